#include "tests/testing/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

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

}  // namespace assay::testing
