// Where the shared conformance vectors are, and what to do without them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace assay::testing {

// The vectors' folder: ASSAY_VECTORS, or ../shared/vectors beside the source tree.
inline std::optional<std::filesystem::path> VectorsFolder() {
  const char* const named = std::getenv("ASSAY_VECTORS");
  const std::filesystem::path folder = named != nullptr ? named : ASSAY_DEFAULT_VECTORS;
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline nlohmann::json ReadJson(const std::filesystem::path& path) { return nlohmann::json::parse(ReadFile(path)); }

}  // namespace assay::testing

// Skips the test, which ctest then counts and prints, when the vectors are not there.
#define ASSAY_VECTORS_OR_SKIP(variable)                                               \
  const auto variable##_found = ::assay::testing::VectorsFolder();                    \
  if (!variable##_found) GTEST_SKIP() << "no conformance vectors: set ASSAY_VECTORS"; \
  const std::filesystem::path variable = *variable##_found
