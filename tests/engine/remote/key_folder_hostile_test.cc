// Whose a key folder is, whom its files are bound to, and what must be refused in it without waiting.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <functional>

#include "tests/engine/remote/key_folder_fixture.h"

namespace assay::testing {
namespace {

using remote::RefresherOptions;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uid_t kNobody = 65534;

bool IsRoot() { return ::geteuid() == 0; }

// ActingAs: this process acts for another user while this lives.
class ActingAs {
 public:
  explicit ActingAs(uid_t user) { EXPECT_EQ(::seteuid(user), 0); }
  ~ActingAs() { EXPECT_EQ(::seteuid(0), 0); }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
};

class HostileKeyFolderTest : public KeyFolderTest {
 protected:
  // A process has fetched Key(0) and ended, and the issuer is down.
  void RunOnce() {
    Processes first = StartSeveral(1);
    Pass(seconds(1), first);
    served_.clear();
  }
  // What a process that starts now makes of the folder: it has no keys of it, and its log says why; then it fetches.
  void ExpectRefused(const char* event, const std::string& why) {
    served_.clear();
    Processes one = StartSeveral(1);
    EXPECT_EQ(one[0]->Judge(Key(0)), Reason::kKeysUnavailable) << why;
    Pass(seconds(1), one);
    EXPECT_EQ(one[0]->Judge(Key(0)), Reason::kKeysUnavailable) << why;
    EXPECT_GE(one[0]->log.Count(event), 1) << why;
    EXPECT_NE(one[0]->log.Values().find(why), std::string::npos) << one[0]->log.Values();
    Serve({Key(1)});
    Pass(minutes(2), one);
    EXPECT_EQ(one[0]->Judge(Key(1)), Reason::kAccepted) << why;
  }
  // The same of the published file, which is then replaced where it is one.
  void ExpectFileRefused(const std::function<void()>& make, const std::string& why) {
    std::filesystem::remove_all(File());
    Serve({Key(0)});
    RunOnce();
    make();
    ExpectRefused("stored_keys_refused", why);
  }
};

TEST_F(HostileKeyFolderTest, Hardening20TheFolderIsItsOwnersAlone) {
  RunOnce();
  for (const mode_t mode : {0775u, 0757u, 0777u, 01777u}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    ExpectRefused("key_folder_refused", "its mode lets other users in");
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
  Serve({Key(0)});
  std::filesystem::rename(path_, path_ + ".real");
  std::filesystem::create_directory_symlink(path_ + ".real", path_);
  ExpectRefused("key_folder_refused", "keys: ");
  std::filesystem::remove(path_);
  std::ofstream(path_) << "";
  ExpectRefused("key_folder_refused", "Not a directory");
  std::filesystem::remove(path_);
  ExpectRefused("key_folder_refused", "No such file or directory");
}

TEST_F(HostileKeyFolderTest, Hardening20AnotherUsersFolderOrFileIsRefused) {
  if (!IsRoot()) GTEST_SKIP() << "only root makes files of another user";
  RunOnce();
  ASSERT_EQ(::chown(File().c_str(), kNobody, kNobody), 0);
  ExpectRefused("stored_keys_refused", "belongs to user 65534");
  ASSERT_EQ(::chown(path_.c_str(), kNobody, kNobody), 0);
  ExpectRefused("key_folder_refused", "belongs to user 65534");
}

TEST_F(HostileKeyFolderTest, Hardening20TheOwnerIsNamedAndOthersOnlyRead) {
  if (!IsRoot()) GTEST_SKIP() << "only root acts for another user";
  ASSERT_EQ(::chmod(folder_.Path(".").c_str(), 0755), 0);
  Processes all = StartSeveral(1);
  Pass(seconds(1), all);
  const std::size_t files = CountIn(path_);
  const ActingAs nobody(kNobody);
  RefresherOptions options;
  options.key_folder_owner = "root";
  Processes readers;
  readers.push_back(Start(FetchedIssuer(), options));
  options.key_folder_owner = "0";
  readers.push_back(Start(FetchedIssuer(), options));
  Pass(seconds(1), readers);
  for (const auto& reader : readers) {
    EXPECT_EQ(reader->Judge(Key(0)), Reason::kAccepted);
    EXPECT_EQ(reader->Judge(Key(1)), Reason::kKeyNotFound);
    EXPECT_TRUE(reader->Status().follows);
  }
  Pass(seconds(10), readers);
  EXPECT_EQ(Fetches(readers), 0u);
  EXPECT_EQ(CountIn(path_), files) << "no request";
  // Late, it fetches for itself, and publishes nothing.
  Serve({Key(1)});
  Pass(minutes(10), readers);
  EXPECT_EQ(readers[0]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(readers[0]->log.Count("keys_not_stored"), 0);
  EXPECT_EQ(CountIn(path_), files);
  // Without the owner's name the folder is a stranger's.
  const auto unnamed = Start();
  EXPECT_EQ(unnamed->Judge(Key(0)), Reason::kKeysUnavailable);
  unnamed->refresher->RunDue();
  EXPECT_EQ(unnamed->log.Count("key_folder_refused"), 1);
}

TEST_F(HostileKeyFolderTest, Hardening20AnOwnerThatIsNobodyOwnsNothing) {
  RunOnce();
  RefresherOptions options;
  options.key_folder_owner = "no-such-user-here";
  const auto process = Start(FetchedIssuer(), options);
  EXPECT_EQ(process->Judge(Key(0)), Reason::kKeysUnavailable);
  process->refresher->RunDue();
  EXPECT_NE(process->log.Values().find("no such user"), std::string::npos);
}

TEST_F(HostileKeyFolderTest, Hardening20FilesThatOthersCouldHaveWrittenAreRefused) {
  for (const mode_t mode : {0664u, 0646u, 0666u}) {
    ExpectFileRefused([&] { ASSERT_EQ(::chmod(File().c_str(), mode), 0); }, "its mode lets other users in");
  }
}

// None of these is waited for, or read without end.
TEST_F(HostileKeyFolderTest, Hardening20WhatIsNoFileIsRefusedAndNeverBlocks) {
  const auto in_place = [&](const std::function<void()>& make) {
    return [this, make] {
      std::filesystem::rename(File(), folder_.Path("real"));
      make();
    };
  };
  ExpectFileRefused(in_place([&] { std::filesystem::create_symlink(folder_.Path("real"), File()); }),
                    "is a symbolic link");
  ExpectFileRefused(in_place([&] { ASSERT_EQ(::mkfifo(File().c_str(), 0600), 0); }), "is no regular file");
  if (IsRoot() && ::mknod(folder_.Path("zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {
    ExpectFileRefused(in_place([&] { ASSERT_EQ(::mknod(File().c_str(), S_IFCHR | 0600, makedev(1, 5)), 0); }),
                      "is no regular file");
  }
}

TEST_F(HostileKeyFolderTest, AFolderInAFilesPlaceIsRefusedAndCostsTheCopyOnly) {
  RunOnce();
  std::filesystem::remove(File());
  std::filesystem::create_directory(File());
  ExpectRefused("stored_keys_refused", "is no regular file");
  std::filesystem::remove(File());
}

TEST_F(HostileKeyFolderTest, MalformedForeignAndTooLargeFilesAreRefused) {
  const auto write = [&](std::string text) {
    return [this, text = std::move(text)] { std::ofstream(File(), std::ios::trunc) << text; };
  };
  ExpectFileRefused(write(""), "is not a stored key set");
  ExpectFileRefused(write("{\"keys\":[]}"), "is not a stored key set");
  ExpectFileRefused(write(std::string(1'000'000, '[')), "is not a stored key set");
  ExpectFileRefused(write(std::string(8 << 20, ' ')), "File too large");
  ExpectFileRefused(
      [&] {
        remote::StoredKeys other{"https://other.example", kKeysUrl, {clock_.Both(), clock_.Now()}, std::nullopt, "{}"};
        ASSERT_EQ(remote::KeyStore(path_).Save(other, clock_).value(), remote::Age::kNewer);
        std::filesystem::rename(Path(remote::KeyStore::FileName(other.issuer, other.source)), File());
      },
      "is not a stored key set of the issuer");
}

TEST_F(HostileKeyFolderTest, Hardening22TheLockIsAFileOfMode0600ThatNobodyElseOpens) {
  RunOnce();
  EXPECT_EQ(ModeOf(Path("lock")), 0600u);
  const std::vector<std::pair<std::function<void()>, std::string>> kinds = {
      {[&] { ASSERT_EQ(::chmod(Path("lock").c_str(), 0644), 0); }, "lock: its mode lets other users in"},
      {[&] { std::filesystem::create_symlink("target", Path("lock")); }, "lock: is a symbolic link"},
      {[&] { ASSERT_EQ(::mkfifo(Path("lock").c_str(), 0600), 0); }, "lock: is no regular file"},
      {[&] { std::filesystem::create_directory(Path("lock")); }, "lock: "},
  };
  for (const auto& [make, why] : kinds) {
    if (&make != &kinds.front().first) std::filesystem::remove_all(Path("lock"));
    make();
    Serve({Key(1)});
    Processes one = StartSeveral(1);
    EXPECT_EQ(one[0]->Judge(Key(0)), Reason::kAccepted) << "what is published is the owner's all the same";
    Pass(seconds(1), one);
    EXPECT_EQ(one[0]->Judge(Key(1)), Reason::kAccepted) << "fetches for itself";
    EXPECT_EQ(one[0]->log.Count("key_folder_refused"), 1);
    EXPECT_NE(one[0]->log.Values().find(why), std::string::npos) << one[0]->log.Values();
    EXPECT_FALSE(std::filesystem::exists(Path("target")));
  }
}

TEST_F(HostileKeyFolderTest, Hardening22ALockOnAFileThatIsGoneIsNoLock) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  std::filesystem::remove(Path("lock"));
  all[1]->refresher->RunDue();
  all[0]->refresher->RunDue();
  EXPECT_FALSE(all[1]->Status().follows);
  EXPECT_TRUE(all[0]->Status().follows) << "two would fetch";
}

TEST_F(HostileKeyFolderTest, AHolderWhoseFolderIsReplacedHoldsNothing) {
  Processes all = StartSeveral(1);
  Pass(seconds(1), all);
  std::filesystem::rename(path_, path_ + ".old");
  std::filesystem::create_directory(path_);
  ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
  all.push_back(Start());
  all[1]->refresher->RunDue();
  all[0]->refresher->RunDue();
  EXPECT_FALSE(all[1]->Status().follows);
  EXPECT_TRUE(all[0]->Status().follows);
}

TEST_F(HostileKeyFolderTest, Hardening21KeysAreBoundToWhomTheyWereFetchedFrom) {
  const std::string ca = folder_.File("ca.pem", "one"), other_ca = folder_.File("other.pem", "two");
  std::vector<std::function<void(IssuerConfig*, RefresherOptions*)>> ways = {
      [](IssuerConfig*, RefresherOptions*) {},
      [](IssuerConfig* issuer, RefresherOptions*) { issuer->keys.value += "?other"; },
      [](IssuerConfig* issuer, RefresherOptions*) { issuer->keys = {KeySource::Kind::kDiscover, ""}; },
      [&](IssuerConfig*, RefresherOptions* options) { options->ca_file = ca; },
      [&](IssuerConfig*, RefresherOptions* options) { options->ca_file = other_ca; },
      [&](IssuerConfig*, RefresherOptions* options) {
        options->ca_file = ca;
        options->system_ca = true;
      },
      [](IssuerConfig*, RefresherOptions* options) { options->proxy = "http://proxy.example:3128"; },
      [](IssuerConfig*, RefresherOptions* options) { options->allow_private_addresses = true; },
      [](IssuerConfig* issuer, RefresherOptions*) { issuer->keys.transport.private_addresses = true; },
      [](IssuerConfig* issuer, RefresherOptions*) { issuer->keys.transport.plain_http_is_dangerous = true; },
      [&](IssuerConfig* issuer, RefresherOptions*) {
        issuer->keys.transport.bearer_token_file = folder_.File("token", "t");
      },
  };
  const auto start = [&](std::size_t way) {
    IssuerConfig issuer = FetchedIssuer();
    RefresherOptions options;
    ways[way](&issuer, &options);
    if (issuer.keys.transport.plain_http_is_dangerous) issuer.keys.value = "http://issuer.example/keys";
    return Start(std::move(issuer), std::move(options));
  };
  for (std::size_t from = 0; from < ways.size(); ++from) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
    auto first = start(from);
    for (const char* url : {kKeysUrl, "https://issuer.example/keys?other", "http://issuer.example/keys"}) {
      first->fetcher->SetBody(url, JwkSet(std::vector<SigningKey>{Key(0)}));
    }
    first->fetcher->SetBody("https://issuer.example/.well-known/openid-configuration",
                            R"({"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"})");
    first->refresher->RunDue();
    ASSERT_EQ(first->Judge(Key(0)), Reason::kAccepted) << from << ": " << first->Status().last_error;
    for (std::size_t to = 0; to < ways.size(); ++to) {
      // The same by the host's word and the issuer's own.
      const bool same = from == to || (from == 7 && to == 8) || (from == 8 && to == 7);
      EXPECT_EQ(start(to)->Judge(Key(0)), same ? Reason::kAccepted : Reason::kKeysUnavailable) << from << ' ' << to;
    }
  }
}

TEST_F(HostileKeyFolderTest, Hardening21AnotherCaInTheSamePlaceIsAnotherSource) {
  RefresherOptions options;
  options.ca_file = folder_.File("ca.pem", "one");
  Processes all;
  for (int i = 0; i < 2; ++i) all.push_back(Start(FetchedIssuer(), options));
  Pass(seconds(1), all);
  ASSERT_EQ(all[1]->Judge(Key(0)), Reason::kAccepted);
  folder_.File("ca.pem", "another");
  EXPECT_EQ(Start(FetchedIssuer(), options)->Judge(Key(0)), Reason::kKeysUnavailable);
  Serve({Key(1)});
  Pass(seconds(2), all);
  EXPECT_EQ(Fetches(all), 2u) << "once more, for whoever starts now";
  for (const auto& process : all) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Start(FetchedIssuer(), options)->Judge(Key(1)), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
