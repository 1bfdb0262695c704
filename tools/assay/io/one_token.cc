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
    if (text.starts_with("-----BEGIN")) throw InputError{"this is PEM, a key or a certificate, and no token"};
    if (text.starts_with('{')) throw InputError{"this is JSON, and no token: of a token response, take `access_token`"};
    throw InputError{"several lines are given; one token is shown at a time, and no token has a line break in it"};
  }
  return std::string(WithoutBearer(text));
}

}  // namespace assay::cli
