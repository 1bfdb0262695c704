// Tokens of any text: header and payload are given as JSON text (or any other bytes), byte for
// byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/testing/signing_key.h"

namespace assay::testing {

// The time at which test tokens are judged; the claims below are valid then.
inline constexpr std::int64_t kNow = 1'700'000'000;
inline constexpr std::string_view kIssuer = "https://issuer.example";
inline constexpr std::string_view kAudience = "https://api.example/mcp";

// BASE64URL(header) '.' BASE64URL(payload)
std::string SigningInput(std::string_view header, std::string_view payload);

// The compact serialization of these three byte strings.
std::string Compact(std::string_view header, std::string_view payload, std::string_view signature);

// The compact serialization signed by `key`, whatever the header says.
std::string Sign(const SigningKey& key, std::string_view header, std::string_view payload);

// {"alg":…,"kid":…,"typ":"at+jwt"} with `more` (`"cty":"x"`, may be empty) behind it.
std::string HeaderOf(const SigningKey& key, std::string_view more = "");

// A valid set of claims for kIssuer, kAudience and kNow, with `more` behind it.
std::string ValidClaims(std::string_view more = "");

// The same claims without the member `name`, which `replacement` (`"exp":null`, may be empty)
// stands for.
std::string ClaimsWith(std::string_view name, std::string_view replacement);

// A token that an engine made by EngineFor(key) accepts at kNow.
std::string ValidToken(const SigningKey& key, std::string_view more_claims = "");

}  // namespace assay::testing
