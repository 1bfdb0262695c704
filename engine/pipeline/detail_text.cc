#include "engine/pipeline/detail_text.h"

#include "engine/json/text.h"

namespace assay {
namespace {

constexpr std::size_t kLongest = 80;

// KindOfJson: what a JSON text is, by its first byte.
std::string_view KindOfJson(std::string_view json) {
  switch (json.empty() ? 'n' : json.front()) {
    case '"':
      return "a string";
    case '{':
      return "an object";
    case '[':
      return "an array";
    case 't':
    case 'f':
      return "a boolean";
    case 'n':
      return "null";
    default:
      return "a number";
  }
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string quoted;
  json::AppendQuoted(text.substr(0, kLongest), &quoted);
  if (text.size() > kLongest) quoted += "...";
  return quoted;
}

std::string Shortened(std::string_view json) {
  std::string text = json::Escaped(json.substr(0, kLongest), json::Escapes::kShownText);
  if (json.size() > kLongest) text += "...";
  return text;
}

std::string WantedText(const Detail& detail, std::string_view how) {
  if (detail.wanted.empty()) return "";
  std::string text = "; wanted " + std::string(how) + Quoted(detail.wanted);
  if (detail.bound > 0) text += " or " + std::to_string(detail.bound) + (detail.bound == 1 ? " other" : " others");
  return text;
}

std::string ClaimTypeText(const Detail& detail) {
  return Quoted(detail.subject) + " is " + std::string(KindOfJson(detail.found)) + "; wanted " +
         std::string(detail.wanted);
}

std::string AudienceText(Reason reason, const Detail& detail) {
  if (reason == Reason::kAudienceMissing) {
    std::string text = "the token has no aud";
    if (!detail.subject.empty()) text += ", and no " + Quoted(detail.subject) + ", which stands in for it";
    return text + WantedText(detail);
  }
  std::string text = Quoted(detail.subject) + (detail.subject == "aud" ? "" : ", which stands in for aud,");
  text += " is " + Shortened(detail.found);
  if (detail.wanted.empty()) return text + "; wanted is none: what `audience_from` says is for tokens without aud";
  return text + WantedText(detail);
}

std::string ScopesText(const Detail& detail) {
  if (!detail.found.empty()) return Quoted(detail.wanted) + " is " + Shortened(detail.found);
  std::string text = "the token has no " + Shortened(detail.wanted) + ", the scope claim";
  if (detail.value == 1) text += " (it has scp: `scopes` in the issuer's configuration, --scope-claim)";
  if (detail.value == 2) text += " (it has scope: `scopes` in the issuer's configuration, --scope-claim)";
  return text;
}

}  // namespace assay
