#include "engine/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tests/testing/temporary_folder.h"

namespace assay {
namespace {

class FileTest : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
};

TEST_F(FileTest, IsReadAsAWhole) {
  const std::string text = std::string(200'000, 'x') + std::string("\0\n", 2);
  const auto read = ReadWholeFile(folder_.File("long", text), text.size());
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(*read, text);
  EXPECT_EQ(ReadWholeFile(folder_.File("empty", ""), 0).value(), "");
}

TEST_F(FileTest, LargerThanTheLimitIsNotRead) {
  const std::string path = folder_.File("long", std::string(101, 'x'));
  const auto read = ReadWholeFile(path, 100);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), path + ": larger than 100 bytes");
}

TEST_F(FileTest, WhatCannotBeReadIsNamedWithTheCause) {
  EXPECT_EQ(ReadWholeFile(folder_.Path("none"), 1).error(), folder_.Path("none") + ": No such file or directory");
  EXPECT_EQ(ReadWholeFile(folder_.Path(""), 1).error(), folder_.Path("") + ": Is a directory");
}

TEST_F(FileTest, ThatChangesAfterItWasOpenedIsAnError) {
  const std::string path = folder_.File("file", "first");
  auto file = File::Open(path);
  ASSERT_TRUE(file.ok());
  std::ofstream(path, std::ios::app) << ", second";
  const auto read = file->Read(100);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), path + ": changed while it was read; replace it by rename");
}

// As `<(...)` of a shell is one: it changes with every write, and its end says that it is whole.
TEST_F(FileTest, APipeIsReadToItsEnd) {
  const std::string path = folder_.Path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Result<std::string> read = Error{""};
  std::thread reader([&] { read = ReadWholeFile(path, 100); });
  {
    std::ofstream pipe(path);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pipe << "first";
  }
  reader.join();
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(*read, "first");
}

TEST_F(FileTest, ThatIsReplacedIsReadAsItWas) {
  const std::string path = folder_.File("file", "first");
  auto file = File::Open(path);
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(std::rename(folder_.File("next", "second").c_str(), path.c_str()), 0);
  EXPECT_EQ(file->Read(100).value(), "first");
  const auto again = File::Open(path);
  ASSERT_TRUE(again.ok());
  EXPECT_NE(file->state(), again->state());
}

}  // namespace
}  // namespace assay
