#include "tools/assay/io/append_atomically.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/testing/temporary_folder.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLimit = 10;
constexpr uid_t kSomebody = 65534;

class AppendAtomicallyTest : public ::testing::Test {
 protected:
  static void Append(const std::string& path, const std::string& lines) {
    AppendAtomically(path, lines, kLimit, [](const std::string&, const std::string&) {});
  }
  static std::string TextOf(const std::string& path) { return ReadFile(path, 1000); }
  std::ptrdiff_t FilesInFolder() const {
    return std::distance(std::filesystem::directory_iterator(folder_.Path("")), std::filesystem::directory_iterator());
  }

  const testing::TemporaryFolder folder_;
  const std::string file_ = folder_.Path("file");
};

TEST_F(AppendAtomicallyTest, ASymbolicLinkStaysAndItsTargetGrows) {
  const std::string link = folder_.Path("link");
  std::filesystem::create_symlink("file", link);
  Append(link, "a\n");  // where there is nothing yet
  Append(link, "b\n");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(file_)));
  EXPECT_EQ(TextOf(file_), "a\nb\n");
  EXPECT_EQ(FilesInFolder(), 2);
}

TEST_F(AppendAtomicallyTest, UpToTheLimitAndNoFurther) {
  Append(file_, "12345678\n");
  EXPECT_THROW(Append(file_, "a\n"), InputError);
  EXPECT_EQ(TextOf(file_), "12345678\n");
  EXPECT_EQ(FilesInFolder(), 1);
  Append(file_, "\n");
  EXPECT_EQ(TextOf(file_).size(), kLimit);
}

TEST_F(AppendAtomicallyTest, WhatIsNoRegularFileIsNotReplaced) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  const int held = ::open(file_.c_str(), O_RDWR);  // else opening it would wait for a writer
  ASSERT_GE(held, 0);
  EXPECT_THROW(Append(file_, "a\n"), InputError);
  EXPECT_TRUE(std::filesystem::is_fifo(file_));
  ::close(held);
}

TEST_F(AppendAtomicallyTest, OwnerGroupAndModeStay) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  Append(file_, "a\n");
  ASSERT_EQ(::chown(file_.c_str(), kSomebody, kSomebody - 1), 0);
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  Append(file_, "b\n");
  struct stat status = {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kSomebody);
  EXPECT_EQ(status.st_gid, kSomebody - 1);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(AppendAtomicallyTest, AnOwnerThatCannotBeKeptChangesNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may become somebody else";
  Append(file_, "a\n");
  ASSERT_EQ(::chmod(folder_.Path("").c_str(), 0777), 0);
  ASSERT_EQ(::seteuid(kSomebody), 0);
  EXPECT_THROW(Append(file_, "b\n"), InputError);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(TextOf(file_), "a\n");
  EXPECT_EQ(FilesInFolder(), 1);
}

}  // namespace
}  // namespace assay::cli
