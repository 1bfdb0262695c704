// Attacks through the claims.
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

std::string WithClaim(std::string_view name, std::string_view value) {
  return WithPayload(ClaimsWith(name, Concat({"\"", name, "\":", value})));
}

TEST(Attacks, Row23DatesOfAnotherType) {
  std::vector<Attack> attacks;
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* value : {"\"1800000000\"", "true", "null", "[]", "[1800000000]", "{}", "\"\""}) {
      attacks.push_back({23, Concat({name, " ", value}), WithClaim(name, value), Reason::kBadClaimType});
    }
  }
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row24ExtremeNumbers) {
  ExpectReasons(OurEngine(),
                {{24, "exp with a fraction", WithClaim("exp", "1700000001.5"), Reason::kAccepted},
                 {24, "exp half a second ahead counts as now", WithClaim("exp", "1700000000.5"), Reason::kExpired},
                 {24, "exp with exponent", WithClaim("exp", "1.7000000010e9"), Reason::kAccepted},
                 {24, "exp 17e8 is now", WithClaim("exp", "17e8"), Reason::kExpired},
                 {24, "exp of a generous issuer", WithClaim("exp", "9223372006096375"), Reason::kAccepted},
                 {24, "exp 1e18", WithClaim("exp", "1e18"), Reason::kAccepted},
                 {24, "exp 2^63-1", WithClaim("exp", "9223372036854775807"), Reason::kAccepted},
                 {24, "exp 2^63", WithClaim("exp", "9223372036854775808"), Reason::kBadClaimType},
                 {24, "exp 2^64 + a second ahead", WithClaim("exp", "18446744075409551617"), Reason::kBadClaimType},
                 {24, "exp 1e400", WithClaim("exp", "1e400"), Reason::kBadClaimType},
                 {24, "exp 1e99999999999999999999", WithClaim("exp", "1e99999999999999999999"), Reason::kBadClaimType},
                 {24, "exp 1e-99999999999999999999", WithClaim("exp", "1e-99999999999999999999"), Reason::kExpired},
                 {24, "exp 0e999999999999", WithClaim("exp", "0e999999999999"), Reason::kExpired},
                 {24, "exp negative", WithClaim("exp", "-1"), Reason::kExpired},
                 {24, "exp -2^63-1", WithClaim("exp", "-9223372036854775809"), Reason::kBadClaimType},
                 {24, "exp -0", WithClaim("exp", "-0"), Reason::kExpired},
                 {24, "exp NaN", WithClaim("exp", "NaN"), Reason::kBadPayloadJson},
                 {24, "exp Infinity", WithClaim("exp", "Infinity"), Reason::kBadPayloadJson},
                 {24, "exp hexadecimal", WithClaim("exp", "0x7fffffff"), Reason::kBadPayloadJson},
                 {24, "exp with leading zero", WithClaim("exp", "01800000000"), Reason::kBadPayloadJson},
                 {24, "exp with plus", WithClaim("exp", "+1800000000"), Reason::kBadPayloadJson},
                 {24, "exp without fraction digits", WithClaim("exp", "1800000000."), Reason::kBadPayloadJson},
                 {24, "nbf 2^63-1", WithClaim("nbf", "9223372036854775807"), Reason::kNotYetValid},
                 {24, "nbf half a second ahead", WithClaim("nbf", "1700000000.5"), Reason::kNotYetValid},
                 {24, "nbf now", WithClaim("nbf", "1700000000"), Reason::kAccepted},
                 {24, "nbf far in the past", WithClaim("nbf", "-9223372036854775807"), Reason::kAccepted},
                 {24, "huge number in another claim", WithClaim("x", "1e400"), Reason::kAccepted},
                 {24, "long number in another claim", WithClaim("x", std::string(4000, '9')), Reason::kAccepted}});
}

TEST(Attacks, Row24LeewaySaturates) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.leeway_seconds = 300;
  issuer.policy.max_age_seconds = INT64_MAX;
  ExpectReasons(MakeEngine(issuer),
                {{24, "exp near the end of time", WithClaim("exp", "9223372036854775800"), Reason::kAccepted},
                 {24, "nbf near its beginning", WithClaim("nbf", "-9223372036854775800"), Reason::kAccepted},
                 {24, "iat near its beginning", WithClaim("iat", "-9223372036854775800"), Reason::kTooOld},
                 {24, "iat near the end", WithClaim("iat", "9223372036854775800"), Reason::kIssuedInFuture},
                 {24, "expired within leeway", WithClaim("exp", "1699999701"), Reason::kAccepted},
                 {24, "expired beyond leeway", WithClaim("exp", "1699999700"), Reason::kExpired},
                 {24, "nbf within leeway", WithClaim("nbf", "1700000300"), Reason::kAccepted},
                 {24, "nbf beyond leeway", WithClaim("nbf", "1700000301"), Reason::kNotYetValid}});
  for (std::int64_t now : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}}) {
    EXPECT_FALSE(IsAccepted(Judge(MakeEngine(issuer), WithClaim("nbf", "1700000000"), now)));
  }
  for (std::int64_t now : {INT64_MAX, INT64_MAX - 1}) {
    EXPECT_EQ(Judge(MakeEngine(issuer), ValidToken(Ours()), now), Reason::kExpired);
  }
}

TEST(Attacks, Row26ExpiryMissingOrOver) {
  ExpectReasons(
      OurEngine(),
      {{26, "missing", WithPayload(ClaimsWith("exp", "")), Reason::kExpiryMissing},
       {26, "misspelled", WithPayload(ClaimsWith("exp", "\"Exp\":9999999999")), Reason::kExpiryMissing},
       {26, "zero", WithClaim("exp", "0"), Reason::kExpired},
       {26, "now", WithClaim("exp", "1700000000"), Reason::kExpired},
       {26, "a second ahead", WithClaim("exp", "1700000001"), Reason::kAccepted},
       {26, "milliseconds are far ahead, not forgiven", WithClaim("exp", "1600000000000"), Reason::kAccepted}});
}

TEST(Attacks, Row28Issuer) {
  std::vector<Attack> attacks = {{28, "missing", WithPayload(ClaimsWith("iss", "")), Reason::kIssuerMissing}};
  for (const char* iss :
       {"https://issuer.example/", "https://issuer.exampl", "https://issuer.example.evil.example", "",
        "HTTPS://issuer.example", "https://ISSUER.example", "https://issuer.example ", "http://issuer.example",
        "issuer.example", "https://issuer.example/../", "https://issuer%2eexample", "https:\\/\\/issuer.example#"}) {
    attacks.push_back({28, iss, WithClaim("iss", Concat({"\"", iss, "\""})), Reason::kIssuerUnknown});
  }
  for (const char* iss : {"null", "1", "true", "[\"https://issuer.example\"]", "{}"}) {
    attacks.push_back({28, iss, WithClaim("iss", iss), Reason::kBadClaimType});
  }
  attacks.push_back(
      {28, "escaped slashes are the same text", WithClaim("iss", "\"https:\\/\\/issuer.example\""), Reason::kAccepted});
  ExpectReasons(OurEngine(), attacks);

  IssuerConfig fixed = IssuerWith({Ours()});
  fixed.policy.issuer_mode = IssuerMode::kFixed;
  ExpectReasons(MakeEngine(fixed),
                {{28, "fixed by the route", WithClaim("iss", "\"https://other.example\""), Reason::kWrongIssuer},
                 {28, "prefix", WithClaim("iss", "\"https://issuer.exampl\""), Reason::kWrongIssuer},
                 {28, "the right one", ValidToken(Ours()), Reason::kAccepted}});
}

TEST(Attacks, Row29Audience) {
  ExpectReasons(
      OurEngine(),
      {{29, "missing", WithPayload(ClaimsWith("aud", "")), Reason::kAudienceMissing},
       {29, "prefix", WithClaim("aud", "\"https://api.example/mc\""), Reason::kWrongAudience},
       {29, "more behind", WithClaim("aud", "\"https://api.example/mcp/x\""), Reason::kWrongAudience},
       {29, "slash behind", WithClaim("aud", "\"https://api.example/mcp/\""), Reason::kWrongAudience},
       {29, "another case", WithClaim("aud", "\"https://API.example/mcp\""), Reason::kWrongAudience},
       {29, "empty string", WithClaim("aud", "\"\""), Reason::kWrongAudience},
       {29, "empty array", WithClaim("aud", "[]"), Reason::kWrongAudience},
       {29, "array with an empty string", WithClaim("aud", "[\"\"]"), Reason::kWrongAudience},
       {29, "space separated", WithClaim("aud", "\"x https://api.example/mcp\""), Reason::kWrongAudience},
       {29, "mixed types", WithClaim("aud", "[\"https://api.example/mcp\",1]"), Reason::kBadClaimType},
       {29, "null in the array", WithClaim("aud", "[null,\"https://api.example/mcp\"]"), Reason::kBadClaimType},
       {29, "nested array", WithClaim("aud", "[[\"https://api.example/mcp\"]]"), Reason::kBadClaimType},
       {29, "null", WithClaim("aud", "null"), Reason::kBadClaimType},
       {29, "number", WithClaim("aud", "0"), Reason::kBadClaimType},
       {29, "object", WithClaim("aud", "{\"https://api.example/mcp\":1}"), Reason::kBadClaimType},
       {29, "one of several", WithClaim("aud", "[\"a\",\"https://api.example/mcp\",\"b\"]"), Reason::kAccepted},
       {29, "escaped in the array", WithClaim("aud", "[ \"a]\" , \"https:\\/\\/api.example\\/mcp\" ]"),
        Reason::kAccepted}});
}

TEST(Attacks, SettledARootAudienceHasTwoSpellingsAndAPathOne) {
  for (const char* configured : {"https://h.example", "https://h.example/"}) {
    IssuerConfig issuer = IssuerWith({Ours()});
    issuer.policy.audiences = {configured};
    ExpectReasons(MakeEngine(issuer),
                  {{29, "without slash", WithClaim("aud", "\"https://h.example\""), Reason::kAccepted},
                   {29, "with slash", WithClaim("aud", "\"https://h.example/\""), Reason::kAccepted},
                   {29, "two slashes", WithClaim("aud", "\"https://h.example//\""), Reason::kWrongAudience},
                   {29, "host alone", WithClaim("aud", "\"h.example\""), Reason::kWrongAudience}});
  }
}

TEST(Attacks, Row30Scope) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.required_scopes = {"read"};
  std::vector<Attack> attacks = {
      {30, "missing", WithPayload(ClaimsWith("scope", "")), Reason::kInsufficientScope},
      {30, "array", WithClaim("scope", "[\"read\"]"), Reason::kBadClaimType},
      {30, "null", WithClaim("scope", "null"), Reason::kBadClaimType},
      {30, "only scp", WithPayload(ClaimsWith("scope", "\"scp\":\"read\"")), Reason::kInsufficientScope}};
  for (const char* scope : {"", " ", "read:all", "xread", "readx", "READ", "read\\twrite", "read\xC2\xA0write",
                            "write\\nread", "read,write", "\\\"read\\\"", "read\\u0000", "rea d"}) {
    attacks.push_back({30, scope, WithClaim("scope", Concat({"\"", scope, "\""})), Reason::kInsufficientScope});
  }
  for (const char* scope : {"read", "write read", "read read", "  read", "read  ", "x  read  y"}) {
    attacks.push_back({30, scope, WithClaim("scope", Concat({"\"", scope, "\""})), Reason::kAccepted});
  }
  ExpectReasons(MakeEngine(issuer), attacks);

  issuer.policy.scopes = ScpScopes();
  ExpectReasons(MakeEngine(issuer),
                {{30, "scp array", WithClaim("scp", "[\"write\",\"read\"]"), Reason::kAccepted},
                 {30, "scp string", WithClaim("scp", "\"write read\""), Reason::kAccepted},
                 {30, "scp array of lists", WithClaim("scp", "[\"write read\"]"), Reason::kInsufficientScope},
                 {30, "scp mixed", WithClaim("scp", "[\"read\",1]"), Reason::kBadClaimType},
                 {30, "only scope", ValidToken(Ours()), Reason::kInsufficientScope}});
}

TEST(Attacks, Row31RequiredClaimsAreNoPatterns) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.required_claims = {{{"tenant"}, {".*"}}, {{"sub"}}};
  ExpectReasons(MakeEngine(issuer), {{31, "a pattern's match", WithClaim("tenant", "\"x\""), Reason::kClaimMismatch},
                                     {31, "the text itself", WithClaim("tenant", "\".*\""), Reason::kAccepted},
                                     {31, "in an array", WithClaim("tenant", "[\"x\",\".*\"]"), Reason::kAccepted},
                                     {31, "nested too deep", WithClaim("tenant", "[[\".*\"]]"), Reason::kClaimMismatch},
                                     {31, "missing", ValidToken(Ours()), Reason::kClaimMissing}});
  issuer.policy.required_claims = {{{"tenant"}}};
  ExpectReasons(MakeEngine(issuer), {{31, "null is no value", WithClaim("tenant", "null"), Reason::kClaimMissing},
                                     {31, "false is one", WithClaim("tenant", "false"), Reason::kAccepted}});
}

TEST(Attacks, Row36LookAlikes) {
  ExpectReasons(
      OurEngine(),
      {{36, "Cyrillic e in iss", WithClaim("iss", "\"https://issuer.\xD0\xB5xample\""), Reason::kIssuerUnknown},
       {36, "full width in aud",
        WithClaim("aud",
                  "\"https://api.example/\xEF\xBD\x8D"
                  "cp\""),
        Reason::kWrongAudience},
       {36, "zero width space in iss", WithClaim("iss", "\"https://issuer.example\xE2\x80\x8B\""),
        Reason::kIssuerUnknown},
       {36, "Kelvin sign in alg",
        WithHeader("{\"alg\":\"E\xC5\xBF"
                   "256\",\"kid\":\"k\"}"),
        Reason::kAlgorithmUnknown},
       {36, "Kelvin sign in kid", WithHeader("{\"alg\":\"ES256\",\"kid\":\"\xE2\x84\xAA\"}"), Reason::kKeyNotFound}});
  IssuerConfig composed = IssuerWith({Ours()}, "https://caf\xC3\xA9.example");
  ExpectReasons(MakeEngine(composed),
                {{36, "composed", WithClaim("iss", "\"https://caf\xC3\xA9.example\""), Reason::kAccepted},
                 {36, "composed and escaped", WithClaim("iss", "\"https://caf\\u00e9.example\""), Reason::kAccepted},
                 {36, "decomposed", WithClaim("iss", "\"https://cafe\xCC\x81.example\""), Reason::kIssuerUnknown}});
}

TEST(Attacks, Row53BoundTokenWithoutProof) {
  ExpectReasons(OurEngine(), {{53, "DPoP", WithClaim("cnf", "{\"jkt\":\"x\"}"), Reason::kConfirmationUnsupported},
                              {53, "mTLS", WithClaim("cnf", "{\"x5t#S256\":\"x\"}"), Reason::kConfirmationUnsupported},
                              {53, "null", WithClaim("cnf", "null"), Reason::kConfirmationUnsupported},
                              {53, "empty", WithClaim("cnf", "{}"), Reason::kConfirmationUnsupported}});
  IssuerConfig checked = IssuerWith({Ours()});
  checked.policy.accept_confirmation = {"jkt"};
  EXPECT_EQ(Judge(MakeEngine(checked), WithClaim("cnf", "{\"jkt\":\"x\"}")), Reason::kAccepted);
}

// A reason of the policy is only ever given for an authentic token.
TEST(Attacks, PolicyReasonsAreForAuthenticTokensOnly) {
  std::vector<Attack> attacks;
  for (const auto& [name, claims] :
       std::vector<std::pair<std::string, std::string>>{{"expired", ClaimsWith("exp", "\"exp\":1")},
                                                        {"audience", ClaimsWith("aud", "\"aud\":\"x\"")},
                                                        {"early", ClaimsWith("nbf", "\"nbf\":9999999999")},
                                                        {"bound", ValidClaims("\"cnf\":{}")}}) {
    attacks.push_back({23, name, Sign(Attackers(), HeaderOf(Ours()), claims), Reason::kBadSignature});
  }
  ExpectReasons(OurEngine(), attacks);
}

}  // namespace
}  // namespace assay::testing
