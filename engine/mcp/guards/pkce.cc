#include "engine/mcp/guards/pkce.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "engine/base/text.h"
#include "engine/base64url/base64url.h"
#include "engine/digest/sha256_batch.h"
#include "engine/mcp/request/form.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

// What the checks below go by.
constexpr std::array<std::string_view, 10> kCheckedNames = {
    "response_type", "client_id",  "code_challenge", "code_challenge_method", "request",
    "request_uri",   "grant_type", "code",           "code_verifier",         "refresh_token"};

bool IsPrintable(std::string_view text) { return std::none_of(text.begin(), text.end(), IsControl); }

// ReadParameters: reads only parameters that every server reads alike: names of RFC 6749's characters (PHP takes `x[]`,
// ` x` and `x%00` for `x`), no two of them the same to a reader that folds case or writes `_` for `.`, and no separator
// but `&`: `;` was one too once (HTML 4.01 appendix B.2.2).
GuardReason ReadParameters(std::string_view form, Parameters* out) {
  GuardReason reason = form.find(';') == std::string_view::npos ? GuardReason::kOk : GuardReason::kBrokenEncoding;
  std::set<std::string> folded;
  ForEachParameter(form, [&](const FormText& encoded_name, const FormText& encoded_value) {
    const std::string name = encoded_name.Decode();
    const std::string value = encoded_value.Decode();
    const std::string variable = LowerCase(VariableName(name));
    const bool is_read_as_another =
        variable != name && std::ranges::find(kCheckedNames, variable) != kCheckedNames.end();
    if (!encoded_name.IsWhole() || !encoded_value.IsWhole() || !IsParameterName(name) || !IsPrintable(value) ||
        is_read_as_another) {
      reason = GuardReason::kBrokenEncoding;
    }
    const bool is_new = folded.insert(variable).second;
    if (!is_new && reason == GuardReason::kOk) reason = GuardReason::kParameterRepeated;
    out->emplace(name, value);
  });
  return reason;
}

// Find: the value of parameter `name`; null when it is absent or empty, which RFC 6749 section 3.1 calls the same.
const std::string* Find(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() || found->second.empty() ? nullptr : &found->second;
}

// IsChallenge: whether S256 can have made `text`: 32 bytes in base64url.
bool IsChallenge(std::string_view text) {
  Sha256Digest bytes;
  return text.size() == base64url::EncodedSize(bytes.size()) &&
         base64url::Decode(text, reinterpret_cast<char*>(bytes.data())) == base64url::kOk;
}

}  // namespace

std::string_view GuardReasonWord(GuardReason reason) {
  switch (reason) {
#define ASSAY_GUARD_CASE(name, word) \
  case GuardReason::k##name:         \
    return word;
    ASSAY_GUARD_REASONS(ASSAY_GUARD_CASE)
#undef ASSAY_GUARD_CASE
  }
  return "bad_document";
}

bool IsCodeVerifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
         });
}

std::string CodeChallengeS256(std::string_view verifier) {
  Sha256Digest digest;
  Sha256Batch({&verifier, 1}, {&digest, 1});
  return base64url::Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

GuardReason CheckVerifier(std::string_view verifier, std::string_view challenge) {
  if (verifier.empty()) return GuardReason::kVerifierMissing;
  if (!IsCodeVerifier(verifier)) return GuardReason::kBadVerifier;
  return CodeChallengeS256(verifier) == challenge ? GuardReason::kOk : GuardReason::kVerifierMismatch;
}

GuardReason CheckAuthorizationRequest(std::string_view query) {
  Parameters parameters;
  const GuardReason reason = ReadParameters(query, &parameters);
  if (reason != GuardReason::kOk) return reason;
  // RFC 9101 section 6.3: the server would go by the object's parameters alone, which nobody checks here.
  if (parameters.contains("request") || parameters.contains("request_uri"))
    return GuardReason::kRequestObjectNotAllowed;
  const std::string* const type = Find(parameters, "response_type");
  if (type == nullptr || Find(parameters, "client_id") == nullptr) return GuardReason::kParameterMissing;
  if (*type != "code") return GuardReason::kResponseTypeNotAllowed;
  const std::string* const challenge = Find(parameters, "code_challenge");
  if (challenge == nullptr) return GuardReason::kChallengeMissing;
  const std::string* const method = Find(parameters, "code_challenge_method");
  if (method == nullptr || *method != "S256") return GuardReason::kChallengeMethodNotS256;
  return IsChallenge(*challenge) ? GuardReason::kOk : GuardReason::kBadChallenge;
}

GuardReason CheckTokenRequest(std::string_view form, bool client_is_public) {
  Parameters parameters;
  const GuardReason reason = ReadParameters(form, &parameters);
  if (reason != GuardReason::kOk) return reason;
  const std::string* const type = Find(parameters, "grant_type");
  if (type == nullptr) return GuardReason::kParameterMissing;
  if (*type == "refresh_token") {
    return Find(parameters, "refresh_token") == nullptr ? GuardReason::kParameterMissing : GuardReason::kOk;
  }
  if (*type != "authorization_code") return GuardReason::kGrantTypeNotAllowed;
  if (Find(parameters, "code") == nullptr) return GuardReason::kParameterMissing;
  const std::string* const verifier = Find(parameters, "code_verifier");
  if (verifier == nullptr) return client_is_public ? GuardReason::kVerifierMissing : GuardReason::kOk;
  return IsCodeVerifier(*verifier) ? GuardReason::kOk : GuardReason::kBadVerifier;
}

}  // namespace assay::mcp
