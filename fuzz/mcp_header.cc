// Laws of header values: what decodes is what was encoded, has one encoded spelling, and no control reaches it
// unencoded; a credential is the header's own bytes, of the token syntax alone.
#include <openssl/base64.h>

#include <string>

#include "engine/api/mcp.h"
#include "engine/mcp/request/header_text.h"
#include "fuzz/law.h"

namespace {

std::string Encode(std::string_view text) {
  std::string out(text.size() / 3 * 4 + 5, '\0');
  out.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(out.data()),
                             reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  return "=?base64?" + out + "?=";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::mcp;
  const std::string_view value = fuzz::Text(data, size);
  Arena arena;
  const auto text = DecodeHeaderText(value, arena);
  fuzz::Note(text.has_value());
  if (text && value.starts_with("=?base64?")) FUZZ_LAW(Encode(*text) == value);
  if (text && !value.starts_with("=?base64?")) {
    FUZZ_LAW(*text == value);
    for (const char c : *text) FUZZ_LAW(c >= ' ' && c < '\x7F');
  }
  const std::string encoded = Encode(value);
  if (const auto back = DecodeHeaderText(encoded, arena)) FUZZ_LAW(*back == value);
  const HeaderField field{"Authorization", value};
  std::string_view token;
  if (ExtractToken(ReadHead({&field, 1}), &token) == Reason::kUnset) {
    FUZZ_LAW(!token.empty() && token.data() >= value.data() &&
             token.data() + token.size() <= value.data() + value.size());
    FUZZ_LAW(token.find_first_of(" ,;\t\"\\\r\n") == std::string_view::npos);
  } else {
    FUZZ_LAW(token.empty());
  }
  return 0;
}
