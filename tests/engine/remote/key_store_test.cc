#include "engine/remote/key_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "engine/base/file.h"
#include "engine/remote/folder_lock.h"
#include "tests/testing/temporary_folder.h"

namespace assay::remote {
namespace {

using std::chrono::milliseconds;

// SetClock: shows what it was set to.
class SetClock : public Clock {
 public:
  explicit SetClock(Moment moment) : monotonic_(moment.monotonic.count()), unix_seconds_(moment.unix_seconds) {}
  milliseconds Now() const override { return milliseconds(monotonic_); }
  std::int64_t UnixSeconds() const override { return unix_seconds_; }
  void Advance(milliseconds by) { monotonic_ += by.count(); }

 private:
  std::atomic<std::int64_t> monotonic_;
  const std::int64_t unix_seconds_;
};

class KeyStoreTest : public ::testing::Test {
 protected:
  static StoredKeys Keys() {
    return {"https://as.example/\"x\"",
            "https://as.example/keys",
            {kBegun, kBegun.monotonic + kTaken},
            300,
            "{\"keys\":[\n\"\xc3\xa4\"]}"};
  }
  static StoredKeys KeysOf(std::string set, milliseconds later) {
    StoredKeys keys = Keys();
    keys.jwk_set = std::move(set);
    keys.time.begun.monotonic += later;
    keys.time.ended += later;
    return keys;
  }
  // Whether the set is in the folder now, in the place of what was there.
  Result<bool> Save(const StoredKeys& keys) const {
    const Result<Age> age = store_.Save(keys, clock_);
    if (!age) return Error{age.error()};
    return *age == Age::kNewer;
  }
  Result<std::optional<StoredKeys>> Load() const { return store_.Load(Keys().issuer, Keys().source, clock_); }
  std::string Path(const StoredKeys& keys = Keys()) const {
    return folder_.Path(KeyStore::FileName(keys.issuer, keys.source));
  }
  // The file with this text in the place of that one.
  void Change(std::string_view from, std::string_view to) const {
    std::string text = ReadWholeFile(Path(), 1 << 20).value();
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    std::ofstream(Path(), std::ios::binary) << text.replace(at, from.size(), to);
  }

  static constexpr Moment kBegun{milliseconds(5'000'000), 1'700'000'000};
  static constexpr Moment kLater{milliseconds(6'000'000), 1'700'001'000};
  static constexpr milliseconds kTaken{50};  // by a fetch

  const testing::TemporaryFolder folder_;
  const KeyStore store_{folder_.Path(".")};
  SetClock clock_{kLater};
};

TEST_F(KeyStoreTest, WhatWasSavedIsLoaded) {
  ASSERT_TRUE(Save(Keys()).value());
  const auto loaded = Load();
  ASSERT_TRUE(loaded && loaded->has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->jwk_set, Keys().jwk_set);
  EXPECT_EQ((*loaded)->time.begun.monotonic, kBegun.monotonic);
  EXPECT_EQ((*loaded)->time.begun.unix_seconds, kBegun.unix_seconds);
  EXPECT_EQ((*loaded)->time.ended, kBegun.monotonic + kTaken);
  EXPECT_EQ((*loaded)->max_age, 300);
}

TEST_F(KeyStoreTest, NothingSavedIsNothing) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(KeyStoreTest, AnotherSourceOrIssuerIsNothing) {
  ASSERT_TRUE(Save(Keys()).value());
  StoredKeys other = Keys();
  other.source = "discovery";
  EXPECT_FALSE(store_.Load(other.issuer, other.source, clock_)->has_value());
  // The right file name with another source's content.
  std::filesystem::copy_file(Path(), Path(other));
  EXPECT_FALSE(store_.Load(other.issuer, other.source, clock_)->has_value());
  other = Keys();
  other.issuer = "https://other.example";
  EXPECT_FALSE(store_.Load(other.issuer, other.source, clock_)->has_value());
  std::filesystem::copy_file(Path(), Path(other));
  EXPECT_FALSE(store_.Load(other.issuer, other.source, clock_)) << "another issuer's content";
}

TEST_F(KeyStoreTest, TwoSourcesOfAnIssuerHaveAFileEach) {
  StoredKeys other = KeysOf("{}", milliseconds(0));
  other.source = "discovery";
  ASSERT_TRUE(Save(Keys()).value());
  ASSERT_TRUE(Save(other).value());
  EXPECT_EQ(Load()->value().jwk_set, Keys().jwk_set);
  EXPECT_EQ(store_.Load(other.issuer, other.source, clock_)->value().jwk_set, "{}");
}

// Publishing compares under a lock.
TEST_F(KeyStoreTest, Hardening22OnlyAFetchThatBeganAfterTheOtherEndedReplaces) {
  const auto save = [&](const char* set, int later) {
    return store_.Save(KeysOf(set, milliseconds(later)), clock_).value();
  };
  ASSERT_EQ(save("second", 100), Age::kNewer);
  EXPECT_EQ(save("first", 49), Age::kOlder);
  // These overlap with it, for a millisecond at least: the issuer may have answered either first.
  for (const int later : {50, 99, 100, 101, 150}) EXPECT_EQ(save("unclear", later), Age::kUnclear) << later;
  EXPECT_EQ(Load()->value().jwk_set, "second");
  EXPECT_EQ(save("third", 151), Age::kNewer);
  EXPECT_EQ(Load()->value().jwk_set, "third");
}

TEST_F(KeyStoreTest, OfTheSameSetTheLaterTimeCounts) {
  const auto save = [&](int later) { return store_.Save(KeysOf("set", milliseconds(later)), clock_).value(); };
  ASSERT_EQ(save(100), Age::kNewer);
  EXPECT_EQ(save(100), Age::kOlder);
  EXPECT_EQ(save(99), Age::kOlder);
  EXPECT_EQ(save(101), Age::kNewer);
  EXPECT_EQ(Load()->value().time.begun.monotonic, kBegun.monotonic + milliseconds(101));
}

// A process that waits for the lock, or is not run for a while, finds there what others have begun and published since:
// that is not from the future, and not to be replaced.
TEST_F(KeyStoreTest, Hardening22WhatWasPublishedWhileAProcessWaitedForTheLockIsNewer) {
  const KeyStore elsewhere(folder_.Path("elsewhere"));
  std::filesystem::create_directory(elsewhere.path());
  ASSERT_EQ(::chmod(elsewhere.path().c_str(), 0700), 0);
  const Descriptor folder = store_.Open().value();
  const std::uint64_t number = KeyStore::NumberOf(KeyStore::FileName(Keys().issuer, Keys().source)) << 1 | 1;
  auto lock = std::make_unique<FolderLock>(FolderLock::Take(folder.get(), ::geteuid(), number).value());
  ASSERT_TRUE(lock->held());
  std::atomic<bool> waits{false};
  auto older = std::async(std::launch::async, [&] {
    waits = true;
    return store_.Save(Keys(), clock_);
  });
  while (!waits) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(50));
  clock_.Advance(milliseconds(1000));
  const StoredKeys newer = KeysOf("newer", kLater.monotonic - kBegun.monotonic + milliseconds(500));
  ASSERT_EQ(elsewhere.Save(newer, clock_).value(), Age::kNewer);
  std::filesystem::rename(elsewhere.path() + '/' + KeyStore::FileName(newer.issuer, newer.source), Path());
  lock.reset();
  EXPECT_EQ(older.get().value(), Age::kOlder);
  EXPECT_EQ(Load()->value().jwk_set, "newer");
}

TEST_F(KeyStoreTest, WhatIsRefusedIsReplaced) {
  ASSERT_TRUE(Save(Keys()).value());
  std::ofstream(Path()) << "{";
  EXPECT_TRUE(Save(KeysOf("{}", milliseconds(-1))).value());
  ASSERT_TRUE(Save(KeysOf("[]", milliseconds(2'000'000))).value());
  EXPECT_FALSE(Load()) << "from the future";
  EXPECT_TRUE(Save(Keys()).value());
  EXPECT_EQ(Load()->value().jwk_set, Keys().jwk_set);
}

TEST_F(KeyStoreTest, AnotherStartOfTheMachineIsComparedByTheWallClock) {
  ASSERT_TRUE(Save(Keys()).value());
  Change("\"clock\":\"", "\"clock\":\"another");
  // 1,000 s ago by the wall clock, whatever its own clock said.
  EXPECT_EQ(Load()->value().time.begun.monotonic, kBegun.monotonic);
  EXPECT_EQ(Load()->value().time.ended, kBegun.monotonic + kTaken);
  Change("\"begun_ms\":5000000", "\"begun_ms\":9000000");
  EXPECT_FALSE(Load()) << "ended before it began";
  Change("\"ended_ms\":5000050", "\"ended_ms\":99000000");
  EXPECT_EQ(Load()->value().time.begun.monotonic, kBegun.monotonic);
  EXPECT_EQ(Load()->value().time.ended, kLater.monotonic) << "it has ended: its machine was started anew";
  Change("\"fetched_at\":1700000000", "\"fetched_at\":1700000500");
  EXPECT_EQ(Load()->value().time.begun.monotonic, kBegun.monotonic + milliseconds(500'000));
  Change("\"fetched_at\":1700000500", "\"fetched_at\":1700001001");
  EXPECT_FALSE(Load()) << "from the future";
}

// Else workers would take the keys for good beyond max-stale, until their clock is where that one was.
TEST_F(KeyStoreTest, AWallClockThatWasSetBackMakesNoKeysYounger) {
  ASSERT_TRUE(Save(Keys()).value());
  const SetClock set_back({kLater.monotonic, kBegun.unix_seconds - 1000});
  const auto loaded = store_.Load(Keys().issuer, Keys().source, set_back);
  ASSERT_TRUE(loaded && loaded->has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->time.begun.unix_seconds, kBegun.unix_seconds - 1000);
  EXPECT_EQ((*loaded)->time.begun.monotonic, kBegun.monotonic);
}

TEST_F(KeyStoreTest, AFileOfAKilledWriterIsInNobodysWay) {
  std::ofstream(Path() + ".new") << "half";
  ASSERT_TRUE(Save(Keys()).value());
  EXPECT_FALSE(std::filesystem::exists(Path() + ".new"));
}

TEST_F(KeyStoreTest, AFileIsAsReadableAsItsFolder) {
  for (const auto& [folder, file] : {std::pair(0700u, 0600u), {0750u, 0640u}, {0755u, 0644u}}) {
    ASSERT_EQ(::chmod(folder_.Path(".").c_str(), folder), 0);
    std::filesystem::remove(Path());
    ASSERT_TRUE(Save(Keys()).value());
    struct stat info;
    ASSERT_EQ(::stat(Path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, file);
    ASSERT_EQ(::stat(folder_.Path("lock").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
  }
}

TEST_F(KeyStoreTest, FilesAreThisUsersAloneAndReplacedWhole) {
  ASSERT_TRUE(Save(Keys()).value());
  ASSERT_TRUE(Save(KeysOf("{}", 2 * kTaken)).value());
  EXPECT_EQ((*Load())->jwk_set, "{}");
  struct stat info;
  ASSERT_EQ(::stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.Path(".")))
    files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 2) << "and the lock";
}

TEST_F(KeyStoreTest, DamagedFilesAreRefused) {
  ASSERT_TRUE(Save(Keys()).value());
  const std::string path = Path();
  std::ifstream file(path, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(Load()) << size;
  }
}

TEST_F(KeyStoreTest, TimesThatNoClockShowsAreRefused) {
  ASSERT_TRUE(Save(Keys()).value());
  for (const char* const ended : {"", "\"ended_ms\":4999999,", "\"ended_ms\":6000001,", "\"ended_ms\":\"5000050\","}) {
    Change("\"ended_ms\":5000050,", ended);
    EXPECT_FALSE(Load()) << ended;
    std::filesystem::remove(Path());
    ASSERT_TRUE(Save(Keys()).value());
  }
  std::string last = "1700000000";
  for (const std::string time : {"-1", "1.5", "1e3", "\"1\"", "1099511627777", "9223372036854775808", "null"}) {
    Change("\"fetched_at\":" + last, "\"fetched_at\":" + time);
    EXPECT_FALSE(Load()) << time;
    last = time;
  }
  Change("\"fetched_at\":" + last, "\"fetched_at\":0");
  EXPECT_TRUE(Load());
  for (const char* const max_age : {"-1", "\"300\"", "null", "1.5"}) {
    std::filesystem::remove(Path());
    ASSERT_TRUE(Save(Keys()).value());
    Change("\"max_age\":300", std::string("\"max_age\":") + max_age);
    EXPECT_FALSE(Load()) << max_age;
  }
}

TEST_F(KeyStoreTest, FilesThatOthersMayWriteAreRefused) {
  ASSERT_TRUE(Save(Keys()).value());
  const std::string path = Path();
  ASSERT_EQ(::chmod(path.c_str(), 0620), 0);
  EXPECT_FALSE(Load());
  ASSERT_EQ(::chmod(path.c_str(), 0602), 0);
  EXPECT_FALSE(Load());
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_TRUE(Load());
  std::filesystem::rename(path, path + ".real");
  std::filesystem::create_symlink(path + ".real", path);
  EXPECT_FALSE(Load());
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_FALSE(Load());
}

TEST_F(KeyStoreTest, ADiskThatIsFullCostsTheNewCopyAlone) {
  ASSERT_TRUE(Save(Keys()).value());
  // A limit for files' sizes fails as a full disk does: in the middle of a write.
  struct rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<bool> saved = Save(KeysOf("{}", 2 * kTaken));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_FALSE(saved);
  EXPECT_EQ(Load()->value().jwk_set, Keys().jwk_set);
  EXPECT_FALSE(std::filesystem::exists(Path() + ".new"));
  EXPECT_TRUE(Save(KeysOf("{}", 2 * kTaken)).value());
}

TEST_F(KeyStoreTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(KeyStore(folder_.Path("absent")).Save(Keys(), clock_));
}

}  // namespace
}  // namespace assay::remote
