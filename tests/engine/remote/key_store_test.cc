#include "engine/remote/key_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/testing/temporary_folder.h"

namespace assay::remote {
namespace {

class KeyStoreTest : public ::testing::Test {
 protected:
  static StoredKeys Keys() {
    return {"https://as.example/\"x\"", "https://as.example/keys", 1700000000, "{\"keys\":[\n\"\xc3\xa4\"]}"};
  }
  Result<std::optional<StoredKeys>> Load() const { return store_.Load(Keys().issuer, Keys().source); }

  const testing::TemporaryFolder folder_;
  const KeyStore store_{folder_.Path(".")};
};

TEST_F(KeyStoreTest, WhatWasSavedIsLoaded) {
  ASSERT_TRUE(store_.Save(Keys()));
  const auto loaded = Load();
  ASSERT_TRUE(loaded && loaded->has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->jwk_set, Keys().jwk_set);
  EXPECT_EQ((*loaded)->fetched_at, Keys().fetched_at);
}

TEST_F(KeyStoreTest, NothingSavedIsNothing) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(KeyStoreTest, AnotherSourceOrIssuerIsNothing) {
  ASSERT_TRUE(store_.Save(Keys()));
  EXPECT_FALSE(store_.Load(Keys().issuer, "discovery")->has_value());
  EXPECT_FALSE(store_.Load("https://other.example", Keys().source)->has_value());
  // The right file name with another issuer's content.
  std::filesystem::copy_file(store_.PathFor(Keys().issuer), store_.PathFor("https://other.example"));
  EXPECT_FALSE(store_.Load("https://other.example", Keys().source));
}

TEST_F(KeyStoreTest, FilesAreThisUsersAloneAndReplacedWhole) {
  ASSERT_TRUE(store_.Save(Keys()));
  StoredKeys next = Keys();
  next.jwk_set = "{}";
  ASSERT_TRUE(store_.Save(next));
  EXPECT_EQ((*Load())->jwk_set, "{}");
  struct stat info;
  ASSERT_EQ(::stat(store_.PathFor(Keys().issuer).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.Path(".")))
    files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 1);
}

TEST_F(KeyStoreTest, DamagedFilesAreRefused) {
  ASSERT_TRUE(store_.Save(Keys()));
  const std::string path = store_.PathFor(Keys().issuer);
  std::ifstream file(path, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(Load()) << size;
  }
}

TEST_F(KeyStoreTest, TimesThatNoClockShowsAreRefused) {
  StoredKeys keys = Keys();
  for (const std::int64_t time : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, (std::int64_t{1} << 40) + 1, INT64_MAX}) {
    keys.fetched_at = time;
    ASSERT_TRUE(store_.Save(keys));
    EXPECT_FALSE(Load()) << time;
  }
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{1} << 40}) {
    keys.fetched_at = time;
    ASSERT_TRUE(store_.Save(keys));
    EXPECT_TRUE(Load()) << time;
  }
}

TEST_F(KeyStoreTest, FilesThatOthersMayWriteAreRefused) {
  ASSERT_TRUE(store_.Save(Keys()));
  const std::string path = store_.PathFor(Keys().issuer);
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

TEST_F(KeyStoreTest, AFolderThatIsNotThereIsAnError) { EXPECT_FALSE(KeyStore(folder_.Path("absent")).Save(Keys())); }

}  // namespace
}  // namespace assay::remote
