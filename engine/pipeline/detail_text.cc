#include "engine/pipeline/detail_text.h"

#include <algorithm>

#include "engine/json/text.h"
#include "engine/policy/checks.h"
#include "engine/policy/issuer_names.h"
#include "engine/policy/policy_config.h"

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

// OddKind: likewise of what is of a kind that would do by its name alone; empty where it is not.
std::string_view OddKind(std::string_view json, std::string_view wanted) {
  const std::string_view kind = KindOfJson(json);
  if (kind == "an array" && wanted.ends_with("array of strings")) return "an array with other items";
  if (kind == "a number" && wanted == "a number") return "a number of more than 64 bits";
  if (json == "\"\"") return "an empty string";
  return kind == "a string" && wanted.ends_with("without NUL") ? "a string with NUL" : "";
}

bool IsText(std::string_view json) { return json.starts_with('"'); }
bool IsArray(std::string_view json) { return json.starts_with('['); }

// HasWord: whether one of the words of a JSON string is `word`.
bool HasWord(std::string_view json, std::string_view word) {
  if (!IsText(json)) return false;
  for (std::string_view rest = json.substr(1, json.size() - 2); !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == word) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

// WantedWhole: of a rule that asks for a string equal to one of its values.
std::string WantedWhole(const Detail& detail) {
  std::string text = WantedText(detail);
  if (text.empty() || detail.found.empty()) return text;
  if (!IsText(detail.found)) text += ", a string";
  if (detail.value == kOfHeader) return text;
  if (IsArray(detail.found)) text += " (`has` is for arrays)";
  if (HasWord(detail.found, detail.wanted)) text += " as the whole string (`words` is for strings of words)";
  return text;
}

// WantedByRule: likewise of a rule on a claim, whose operator `value` is; of required claims it is none.
std::string WantedByRule(const Detail& detail) {
  switch (static_cast<ClaimOperator>(detail.value)) {
    case ClaimOperator::kIs:
      return "; wanted " + std::string(detail.wanted);
    case ClaimOperator::kHas:
      // One with other items does not hold it, even where it can be seen in it.
      return WantedText(detail,
                        IsArray(detail.found) ? "an array of strings alone that holds " : "an array that holds ") +
             std::string(Apart(detail.found, detail.wanted));
    case ClaimOperator::kWords:
      return WantedText(detail, "a string with the word ") + std::string(Apart(detail.found, detail.wanted));
    case ClaimOperator::kPrefix:
      return WantedText(detail, "a string that begins with ");
    case ClaimOperator::kExists:
      if (IsArray(detail.found)) return WantedText(detail, "an array that holds ");
      break;
    case ClaimOperator::kIn:
      break;
  }
  return WantedWhole(detail);
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

std::string IssuerText(Reason reason, const Detail& detail) {
  const bool is_domain = detail.value == kTrustDomain;
  if (reason == Reason::kIssuerUnknown) {
    const std::string is = "iss is " + Quoted(detail.subject);
    if (is_domain) return is + ", a configured trust domain, and tokens of one have no iss";
    if (detail.wanted.empty()) return is + ", and only trust domains are configured: tokens of one have no iss";
    return is + ", which is none of the configured issuers" + WantedText(detail);
  }
  if (detail.value == 0) return "the token has no iss" + WantedText(detail);
  std::string text = "the token has neither iss nor sub";
  if (is_domain) {
    text = "the token has no iss, and sub is " + Quoted(detail.subject) +
           (TrustDomainOf(detail.subject) ? ", which is of none of the configured trust domains"
                                          : ", which is no SPIFFE ID with a path");
  }
  return text + WantedText(detail, "a sub of the trust domain ");
}

std::string ClaimTypeText(const Detail& detail) {
  const std::string_view odd = OddKind(detail.found, detail.wanted);
  return Quoted(detail.subject) + " is " + std::string(odd.empty() ? KindOfJson(detail.found) : odd) + "; wanted " +
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
  return text + WantedText(detail) + (detail.subject == "aud" || IsText(detail.found) ? "" : ", a string");
}

std::string RuleText(Reason reason, const Detail& detail) {
  const std::string claim = Quoted(detail.subject) + (detail.value == kOfHeader ? " in the header" : "");
  if (detail.found.empty()) return claim + " is missing" + WantedByRule(detail);
  const std::string is = claim + " is " + Shortened(detail.found);
  return reason == Reason::kClaimMissing ? is + ", which says nothing" : is + WantedByRule(detail);
}

std::string_view Apart(std::string_view found, std::string_view wanted) {
  if (found.find(wanted) == std::string_view::npos) return "";
  if (IsArray(found)) {
    return found.find('"' + std::string(wanted) + '"') == std::string_view::npos ? ", as an item of its own" : "";
  }
  return IsText(found) && !HasWord(found, wanted) ? ", between spaces" : "";
}

std::string ScopesText(const Detail& detail) {
  if (!detail.found.empty()) return Quoted(detail.wanted) + " is " + Shortened(detail.found);
  std::string text = "the token has no " + Shortened(detail.wanted) + ", the scope claim";
  if (detail.value == 1) text += " (it has scp: `scopes` in the issuer's configuration, --scope-claim)";
  if (detail.value == 2) text += " (it has scope: `scopes` in the issuer's configuration, --scope-claim)";
  return text;
}

}  // namespace assay
