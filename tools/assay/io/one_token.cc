#include "tools/assay/io/one_token.h"

#include "engine/base/limits.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"

namespace assay::cli {

std::string ReadOneToken(const std::string& path) { return OneToken(ReadFile(path, kMaxTokenBytesCeiling)); }

std::string OneToken(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.find('\n') != std::string::npos) {
    throw InputError{"several lines are given; one token at a time can be shown"};
  }
  return std::string(WithoutBearer(text));
}

}  // namespace assay::cli
