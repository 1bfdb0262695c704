#include "engine/remote/key_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/file.h"
#include "tests/testing/temporary_folder.h"

namespace assay::remote {
namespace {

using std::chrono::milliseconds;

class KeyStoreTest : public ::testing::Test {
 protected:
  static StoredKeys Keys() {
    return {"https://as.example/\"x\"", "https://as.example/keys", kBegun, 300, "{\"keys\":[\n\"\xc3\xa4\"]}"};
  }
  static StoredKeys KeysOf(std::string set, milliseconds later) {
    StoredKeys keys = Keys();
    keys.jwk_set = std::move(set);
    keys.begun.monotonic += later;
    return keys;
  }
  Result<bool> Save(const StoredKeys& keys) const { return store_.Save(keys, kLater); }
  Result<std::optional<StoredKeys>> Load() const { return store_.Load(Keys().issuer, Keys().source, kLater); }
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

  const testing::TemporaryFolder folder_;
  const KeyStore store_{folder_.Path(".")};
};

TEST_F(KeyStoreTest, WhatWasSavedIsLoaded) {
  ASSERT_TRUE(Save(Keys()).value());
  const auto loaded = Load();
  ASSERT_TRUE(loaded && loaded->has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->jwk_set, Keys().jwk_set);
  EXPECT_EQ((*loaded)->begun.monotonic, kBegun.monotonic);
  EXPECT_EQ((*loaded)->begun.unix_seconds, kBegun.unix_seconds);
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
  EXPECT_FALSE(store_.Load(other.issuer, other.source, kLater)->has_value());
  // The right file name with another source's content.
  std::filesystem::copy_file(Path(), Path(other));
  EXPECT_FALSE(store_.Load(other.issuer, other.source, kLater)->has_value());
  other = Keys();
  other.issuer = "https://other.example";
  EXPECT_FALSE(store_.Load(other.issuer, other.source, kLater)->has_value());
  std::filesystem::copy_file(Path(), Path(other));
  EXPECT_FALSE(store_.Load(other.issuer, other.source, kLater)) << "another issuer's content";
}

TEST_F(KeyStoreTest, TwoSourcesOfAnIssuerHaveAFileEach) {
  StoredKeys other = KeysOf("{}", milliseconds(0));
  other.source = "discovery";
  ASSERT_TRUE(Save(Keys()).value());
  ASSERT_TRUE(Save(other).value());
  EXPECT_EQ(Load()->value().jwk_set, Keys().jwk_set);
  EXPECT_EQ(store_.Load(other.issuer, other.source, kLater)->value().jwk_set, "{}");
}

// Publishing compares under a lock.
TEST_F(KeyStoreTest, OnlyAFetchThatBeganLaterReplaces) {
  ASSERT_TRUE(Save(KeysOf("second", milliseconds(100))).value());
  EXPECT_FALSE(Save(KeysOf("first", milliseconds(99))).value());
  EXPECT_FALSE(Save(KeysOf("same", milliseconds(100))).value());
  EXPECT_EQ(Load()->value().jwk_set, "second");
  EXPECT_TRUE(Save(KeysOf("third", milliseconds(101))).value());
  EXPECT_EQ(Load()->value().jwk_set, "third");
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
  EXPECT_EQ(Load()->value().begun.monotonic, kBegun.monotonic);
  Change("\"begun_ms\":5000000", "\"begun_ms\":9000000");
  EXPECT_EQ(Load()->value().begun.monotonic, kBegun.monotonic);
  Change("\"fetched_at\":1700000000", "\"fetched_at\":1700000500");
  EXPECT_EQ(Load()->value().begun.monotonic, kBegun.monotonic + milliseconds(500'000));
  Change("\"fetched_at\":1700000500", "\"fetched_at\":1700001001");
  EXPECT_FALSE(Load()) << "from the future";
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
  ASSERT_TRUE(Save(KeysOf("{}", milliseconds(1))).value());
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

TEST_F(KeyStoreTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(KeyStore(folder_.Path("absent")).Save(Keys(), kLater));
}

}  // namespace
}  // namespace assay::remote
