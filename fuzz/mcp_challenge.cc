// Law of challenges: an independent parser of RFC 9110 section 11.6.1 reads back one Bearer challenge with the
// parameters that were put in, in order, whatever their bytes; those that a header cannot carry come back as `?`.
//
// An input is ERROR 0x1E DESCRIPTION 0x1E METADATA 0x1E SCOPE 0x1E SCOPE ...
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/mcp.h"
#include "fuzz/law.h"

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// scheme 1*SP auth-param *( OWS "," OWS auth-param ), every value a quoted-string.
std::optional<Parameters> Parse(std::string_view text) {
  Parameters parameters;
  if (!text.starts_with("Bearer ")) return std::nullopt;
  text.remove_prefix(7);
  for (;;) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.substr(equals, 2) != "=\"") return std::nullopt;
    std::string name(text.substr(0, equals)), value;
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) return std::nullopt;
    std::size_t i = equals + 2;
    for (; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
      const auto c = static_cast<unsigned char>(text[i]);
      if (c != '\t' && (c < 0x20 || c == 0x7F)) return std::nullopt;
      value += text[i];
    }
    if (i == text.size()) return std::nullopt;
    parameters.emplace_back(std::move(name), std::move(value));
    text.remove_prefix(i + 1);
    if (text.empty()) return parameters;
    if (!text.starts_with(", ")) return std::nullopt;
    text.remove_prefix(2);
  }
}

std::string Carried(std::string_view text) {
  std::string out;
  for (const char c : text) out += (c >= ' ' && c < '\x7F') || c == '\t' ? c : '?';
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::mcp;
  std::string_view input = fuzz::Text(data, size);
  Challenge challenge;
  challenge.error = fuzz::Take(&input, fuzz::kSeparator);
  challenge.error_description = fuzz::Take(&input, fuzz::kSeparator);
  challenge.resource_metadata = fuzz::Take(&input, fuzz::kSeparator);
  std::vector<std::string_view> scopes;
  std::string joined;
  while (!input.empty()) {
    scopes.push_back(fuzz::Take(&input, fuzz::kSeparator));
    joined += (scopes.size() > 1 ? " " : "") + Carried(scopes.back());
  }
  challenge.scopes = scopes;
  Parameters expected;
  if (!challenge.error.empty()) expected.emplace_back("error", Carried(challenge.error));
  if (!challenge.error_description.empty())
    expected.emplace_back("error_description", Carried(challenge.error_description));
  if (!scopes.empty()) expected.emplace_back("scope", joined);
  if (!challenge.resource_metadata.empty())
    expected.emplace_back("resource_metadata", Carried(challenge.resource_metadata));
  std::string text;
  AppendChallenge(challenge, &text);
  fuzz::Note(!text.empty());
  if (expected.empty()) {
    FUZZ_LAW(text.empty());
    return 0;
  }
  const auto parsed = Parse(text);
  FUZZ_LAW(parsed && *parsed == expected);
  return 0;
}
