// Every refusal helps: for each reason that a token can get, what was wanted and what was found stand in the detail,
// and no part of the token but values of claims and of header members.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/api/tracer.h"
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

struct Refusal {
  Reason reason;
  std::string token;
  std::vector<std::string> words;  // of the detail: what was wanted, and what was found
};

// ExpectNoSegment: no piece of the token's segments is shown.
void ExpectNoSegment(std::string_view token, const std::string& detail) {
  constexpr std::size_t kPiece = 12;
  for (std::size_t at = 0; at < token.size();) {
    const std::size_t end = std::min(token.find('.', at), token.size());
    if (end - at >= kPiece) {
      EXPECT_EQ(detail.find(token.substr(at, kPiece)), std::string::npos) << detail;
    }
    at = end + 1;
  }
}

class Details : public ::testing::Test {
 protected:
  // ExpectAll: each refusal has its reason and its words, and the trace says the same.
  void ExpectAll(const std::shared_ptr<Engine>& engine, const std::vector<Refusal>& refusals) {
    Worker worker(engine);
    Tracer tracer(engine);
    for (const Refusal& refusal : refusals) {
      const Verdict& verdict = worker.Validate(refusal.token, kNow);
      EXPECT_EQ(verdict.reason(), refusal.reason) << refusal.token;
      const std::string detail = verdict.Detail();
      EXPECT_FALSE(detail.empty()) << ReasonWord(refusal.reason);
      for (const std::string& word : refusal.words) {
        EXPECT_NE(detail.find(word), std::string::npos) << ReasonWord(refusal.reason) << ": " << detail;
      }
      ExpectNoSegment(refusal.token, detail);
      const TokenTrace& trace = tracer.Trace(refusal.token, kNow);
      ASSERT_NE(trace.cause(), nullptr);
      EXPECT_EQ(trace.cause()->detail, detail);
      seen_.insert(refusal.reason);
    }
  }
  void ExpectOne(IssuerConfig issuer, const Refusal& refusal) { ExpectAll(MakeEngine(std::move(issuer)), {refusal}); }

  std::set<Reason> seen_;
};

std::string Header(const std::string& members) { return WithHeader("{" + members + "}"); }

std::vector<Refusal> OfForm() {
  const std::string valid = ValidToken(Ours());
  const std::string deep = std::string(17, '[') + std::string(17, ']');
  std::string many;
  for (int i = 0; i < 257; ++i) many += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
  return {
      {Reason::kEmpty, "", {"no bytes"}},
      {Reason::kTooLarge, std::string(17'000, 'a'), {"17000", "16384"}},
      {Reason::kNotThreeSegments, "opaque", {"three segments", "opaque"}},
      {Reason::kEncryptedToken, "a.b.c.d.e", {"five segments", "JWE"}},
      {Reason::kBadBase64url, valid + "=", {"signature", "position", "padding"}},
      {Reason::kBadHeaderJson, WithHeader("{"), {"header", "byte", "JSON object"}},
      {Reason::kBadHeaderJson, Header(R"("alg":"ES256","x":)" + deep), {"header", "byte 34", "at most 16 objects"}},
      {Reason::kBadHeaderJson, Header(many), {"header", "byte", "at most 256 members"}},
      {Reason::kDuplicateName, Header(R"("alg":"ES256","alg":"ES256")"), {"header", "byte", "twice"}},
      {Reason::kBadHeaderField, Header(R"("alg":"ES256","kid":7)"), {"kid", "no string"}},
      {Reason::kAlgorithmMissing, Header(R"("kid":"k")"), {"no alg"}},
      {Reason::kAlgorithmNone, Header(R"("alg":"none")"), {"none", "not signed"}},
      {Reason::kAlgorithmUnknown, Header(R"("alg":"HS256")"), {"HS256"}},
      {Reason::kCriticalHeader, Header(R"("alg":"ES256","crit":["x"])"), {"crit"}},
      {Reason::kUnencodedPayload, Header(R"("alg":"ES256","b64":false)"), {"b64"}},
      {Reason::kKidTooLong, Header(R"("alg":"ES256","kid":")" + std::string(300, 'k') + "\""), {"300", "limit"}},
      {Reason::kBadPayloadJson, WithPayload("[]"), {"payload", "byte", "JSON object"}},
      {Reason::kBadPayloadJson, WithPayload(R"({"x":)" + deep + "}"), {"payload", "byte", "at most 16 objects"}},
      {Reason::kBadClaimType, WithPayload(ClaimsWith("exp", R"("exp":"x")")), {"exp", "string", "number"}},
      {Reason::kIssuerMissing, WithPayload(ClaimsWith("iss", "")), {"no iss"}},
      {Reason::kIssuerUnknown,
       WithPayload(ClaimsWith("iss", R"("iss":"https://x.example")")),
       {"https://x.example", std::string(kIssuer)}},
      {Reason::kKeyNotFound, Header(R"("alg":"ES256","kid":"other")"), {"\"other\"", "the set has \"k\", \"r\""}},
      {Reason::kKeyUnusable, Header(R"("alg":"RS256","kid":"k")"), {"\"k\"", "another alg"}},
      {Reason::kSignatureLength, valid.substr(0, valid.rfind('.') + 5), {"3 bytes", "64"}},
      {Reason::kBadSignature, Sign(Attackers(), HeaderOf(Ours()), ValidClaims()), {"\"k\"", "not by that key"}},
      {Reason::kBadSignature,
       Sign(Attackers(), HeaderOf(Ours(), R"("nonce":"x")"), ValidClaims()),
       {"nonce", "Microsoft Graph"}},
  };
}

std::vector<Refusal> OfClaims() {
  const std::string aud(kAudience);
  return {
      {Reason::kExpiryMissing, WithPayload(ClaimsWith("exp", "")), {"no exp"}},
      {Reason::kExpired,
       WithPayload(ClaimsWith("exp", "\"exp\":1699999997")),
       {"3 s before now", "leeway_seconds is 0"}},
      {Reason::kNotYetValid, ValidToken(Ours(), "\"nbf\":1700000003"), {"3 s after now", "leeway_seconds is 0"}},
      {Reason::kAudienceMissing, WithPayload(ClaimsWith("aud", "")), {"no aud", aud, "audience_from"}},
      {Reason::kWrongAudience, WithPayload(ClaimsWith("aud", R"("aud":"https://x.example")")), {"x.example", aud}},
      {Reason::kWrongType,
       Sign(Ours(), R"({"alg":"ES256","kid":"k","typ":"logout+jwt"})", ValidClaims()),
       {"logout+jwt", "access token"}},
      {Reason::kConfirmationUnsupported, ValidToken(Ours(), R"("cnf":{"jkt":"x"})"), {"jkt", "accept_confirmation"}},
  };
}

// OfPolicies: what a plain policy does not ask for.
std::vector<std::pair<IssuerConfig, Refusal>> OfPolicies() {
  const std::string aud(kAudience);
  std::vector<std::pair<IssuerConfig, Refusal>> all;
  const auto add = [&](Refusal refusal) -> IssuerConfig& {
    return all.emplace_back(IssuerWith({Ours(), OurRsa()}), std::move(refusal)).first;
  };
  add({Reason::kAlgorithmNotAllowed, ValidToken(Ours()), {"ES256", "RS256"}}).policy.algorithms = {Algorithm::kRS256};
  add({Reason::kWrongIssuer, WithPayload(ClaimsWith("iss", R"("iss":"x")")), {"\"x\"", "issuer.example"}})
      .policy.issuer_mode = IssuerMode::kFixed;
  add({Reason::kIssuedInFuture, WithPayload(ClaimsWith("iat", "\"iat\":1700000005")), {"5 s after now", "leeway"}})
      .policy.max_age_seconds = 60;
  add({Reason::kTooOld, WithPayload(ClaimsWith("iat", "\"iat\":1699990000")), {"10000 s before now"}})
      .policy.max_age_seconds = 60;
  add({Reason::kClaimMissing, ValidToken(Ours()), {"azp", "\"app\""}}).policy.required_claims = {{{"azp"}, {"app"}}};
  add({Reason::kClaimMismatch, ValidToken(Ours(), R"("azp":"b")"), {"azp", "\"b\"", "\"app\""}})
      .policy.required_claims = {{{"azp"}, {"app"}}};
  // What a rule wants is told apart from what it would not do: 1 from "1", a beginning from the whole.
  const auto add_rule = [&](ClaimRule rule, Reason reason, const std::string& members, const std::string& words) {
    add({reason, ValidToken(Ours(), members), {words}}).policy.claim_rules = {std::move(rule)};
  };
  const Reason other = Reason::kClaimMismatch, missing = Reason::kClaimMissing;
  const std::string one = R"("c":"1")";
  add_rule({{"c"}, ClaimOperator::kIs, {}, std::int64_t{1}}, other, one, R"("c" is "1"; wanted 1)");
  add_rule({{"c"}, ClaimOperator::kIs, {}, true}, missing, "", R"("c" is missing; wanted true)");
  add_rule({{"c"}, ClaimOperator::kIs, {}, "true"}, other, R"("c":true)", R"("c" is true; wanted "true")");
  add_rule({{"c"}, ClaimOperator::kPrefix, {"a/"}}, other, one, R"(wanted a string that begins with "a/")");
  add_rule({{"c"}, ClaimOperator::kHas, {"a", "b"}}, other, one, R"(wanted an array that holds "a" or 1 other)");
  add_rule({{"c"}, ClaimOperator::kWords, {"a"}}, other, one, R"(wanted a string with the word "a")");
  add_rule({{"c"}, ClaimOperator::kExists}, missing, R"("c":"")", R"("c" is "", which says nothing)");
  add_rule({{"c"}, ClaimOperator::kExists}, missing, "", R"("c" is missing)");
  add({Reason::kInsufficientScope, ValidToken(Ours()), {"admin", "scope"}}).policy.required_scopes = {"admin"};
  add({Reason::kKeysUnavailable, ValidToken(Ours()), {"no keys"}}).keys = {KeySource::Kind::kUrl,
                                                                           "https://issuer.example/jwks"};
  add({Reason::kKeyAmbiguous, ValidToken(Ours()), {"\"k\"", "more than one"}}).keys =
      IssuerWith({Ours(), Attackers()}).keys;
  PolicyConfig& stand_in =
      add({Reason::kWrongAudience, ValidToken(Ours()), {aud, "wanted is none", "audience_from"}}).policy;
  stand_in.audiences.clear();
  stand_in.audience_from = AudienceFrom{{"client_id"}, {"a"}};
  stand_in.token_type = "at+jwt";
  std::vector<SigningKey> five;
  for (unsigned i = 1; i <= 5; ++i) five.push_back(SigningKey::Make(Algorithm::kES256, "k" + std::to_string(i), i));
  const std::string nameless = Sign(Ours(), R"({"alg":"ES256"})", ValidClaims());
  add({Reason::kKeyAmbiguous, nameless, {"no kid; more than one key fits (`without_kid`"}}).keys =
      IssuerWith(five).keys;
  IssuerConfig& tries = add({Reason::kKeyAmbiguous, nameless, {"no kid; more than 4 keys fit"}});
  tries.keys = IssuerWith(five).keys;
  tries.policy.without_kid = WithoutKid::kTry;
  PolicyConfig& svid = add({Reason::kIssuerMissing,
                            WithPayload(R"({"sub":"spiffe://other/x","aud":"a","exp":1700000600})"),
                            {"no iss", "\"spiffe://other/x\"", "trust domains"}})
                           .policy;
  svid.issuer.clear();
  svid.subject_trust_domain = "td.example";
  svid.algorithms = {Algorithm::kES256};
  return all;
}

TEST_F(Details, EachReasonSaysWhatWasWantedAndWhatWasFound) {
  ExpectAll(OurEngine(), OfForm());
  ExpectAll(OurEngine(), OfClaims());
  for (const auto& [issuer, refusal] : OfPolicies()) ExpectOne(issuer, refusal);

  const auto revoking = OurEngine();
  const Revocation revocation = {RevokedBy::kJwtId, std::string(kIssuer), "j-1", {}, {}};
  ASSERT_TRUE(revoking->Revoke({&revocation, 1}, kNow).ok());
  ExpectAll(revoking, {{Reason::kRevoked, ValidToken(Ours()), {"jti"}}});

  EngineConfig unknown;
  unknown.issuers = {IssuerWith({Ours()})};
  unknown.revocation.redis = RedisConfig{.url = "redis://127.0.0.1:6379"};
  ExpectAll(MakeEngine(std::move(unknown)), {{Reason::kRevocationUnavailable, ValidToken(Ours()), {"no revocations"}}});

  IssuerConfig fetched = IssuerWith({Ours()});
  fetched.keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks"};
  const auto engine = MakeEngine(fetched);
  const Moment moment{std::chrono::hours(1), kNow - 10};
  ASSERT_TRUE(KeyFeed::Of(engine, kIssuer)->Install(JwkSet({Ours()}), moment).ok());
  const std::string pending =
      Sign(Ours(), R"({"alg":"ES256","kid":"new"})", ClaimsWith("iat", "\"iat\":" + std::to_string(kNow)));
  ExpectAll(engine, {{Reason::kKeyPending, pending, {"\"new\"", "older than the token"}}});

  // Those above insufficient_scope are of requests; tests/engine/mcp/decide/detail_test.cc has them.
#define ASSAY_EXPECT_SEEN(name, number, word)                                               \
  if (Reason::k##name != Reason::kUnset && Reason::k##name <= Reason::kInsufficientScope) { \
    EXPECT_TRUE(seen_.contains(Reason::k##name)) << (word) << " has no row above";          \
  }
  ASSAY_REASONS(ASSAY_EXPECT_SEEN)
#undef ASSAY_EXPECT_SEEN
}

}  // namespace
}  // namespace assay::testing
