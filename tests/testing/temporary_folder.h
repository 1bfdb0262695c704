// TemporaryFolder: somewhere to put a test's files; RestlessFile: one that never keeps still.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

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

// While it lives, a thread sets the file's time again and again: nearly every reading of some length sees
// another one at its end than at its start.
class RestlessFile {
 public:
  explicit RestlessFile(std::string path);
  ~RestlessFile();
  RestlessFile(const RestlessFile&) = delete;
  RestlessFile& operator=(const RestlessFile&) = delete;

 private:
  std::string path_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace assay::testing
