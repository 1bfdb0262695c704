#include "tests/testing/token.h"

#include <utility>

namespace assay::testing {
namespace {

// One member a line of ValidClaims(), in order.
const std::pair<std::string_view, std::string>& ClaimAt(std::size_t i) {
  static const std::pair<std::string_view, std::string> kClaims[] = {
      {"iss", Concat({"\"iss\":\"", kIssuer, "\""})},   {"sub", "\"sub\":\"user-1\""},
      {"aud", Concat({"\"aud\":\"", kAudience, "\""})}, {"exp", "\"exp\":" + std::to_string(kNow + 600)},
      {"iat", "\"iat\":" + std::to_string(kNow - 10)},  {"jti", "\"jti\":\"j-1\""},
      {"client_id", "\"client_id\":\"client-1\""},      {"scope", "\"scope\":\"read write\""},
  };
  return kClaims[i];
}
constexpr std::size_t kClaimCount = 8;

void Append(std::string_view member, std::string* object) {
  if (member.empty()) return;
  if (object->back() != '{') *object += ',';
  *object += member;
}

}  // namespace

std::string SigningInput(std::string_view header, std::string_view payload) {
  return Base64url(header) + "." + Base64url(payload);
}

std::string Compact(std::string_view header, std::string_view payload, std::string_view signature) {
  return SigningInput(header, payload) + "." + Base64url(signature);
}

std::string Sign(const SigningKey& key, std::string_view header, std::string_view payload) {
  return Compact(header, payload, key.Sign(SigningInput(header, payload)));
}

std::string HeaderOf(const SigningKey& key, std::string_view more) {
  std::string header =
      Concat({"{\"alg\":\"", AlgorithmName(key.algorithm()), "\",\"kid\":\"", key.kid(), "\",\"typ\":\"at+jwt\""});
  Append(more, &header);
  return header + "}";
}

std::string ValidClaims(std::string_view more) { return ClaimsWith("", more); }

std::string ClaimsWith(std::string_view name, std::string_view replacement) {
  std::string claims = "{";
  for (std::size_t i = 0; i < kClaimCount; ++i) {
    if (ClaimAt(i).first != name) Append(ClaimAt(i).second, &claims);
  }
  Append(replacement, &claims);
  return claims + "}";
}

std::string ValidToken(const SigningKey& key, std::string_view more_claims) {
  return Sign(key, HeaderOf(key), ValidClaims(more_claims));
}

}  // namespace assay::testing
