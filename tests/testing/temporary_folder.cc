#include "tests/testing/temporary_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "engine/base/check.h"

namespace assay::testing {

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(path_.data()) != nullptr);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::File(const std::string& name, std::string_view text) const {
  std::ofstream(Path(name), std::ios::binary) << text;
  return Path(name);
}

RestlessFile::RestlessFile(std::string path) : path_(std::move(path)) {
  thread_ = std::thread([this] {
    for (long ns = 0; !done_; ns = (ns + 1) % 1'000'000'000) {
      const timespec times[2] = {{0, UTIME_OMIT}, {1, ns}};
      ::utimensat(AT_FDCWD, path_.c_str(), times, 0);
    }
  });
}

RestlessFile::~RestlessFile() {
  done_ = true;
  thread_.join();
}

}  // namespace assay::testing
