// TemporaryFolder: somewhere to put a test's files.
#pragma once

#include <string>
#include <string_view>

namespace assay::testing {

// A folder of its own for each test, taken away afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + '/' + name; }
  // Writes a file and returns its path.
  std::string File(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

}  // namespace assay::testing
