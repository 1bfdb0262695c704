// Attacks on what a policy says beyond the registered claims: stand-ins for the audience, paths, issuers by several
// strings, keys without names.
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

constexpr std::string_view kTimes = "\"exp\":1700000600,\"iat\":1699999900,\"sub\":\"s\"";

// Signed by Ours(): these members, times and a subject.
std::string With(std::string_view members, std::string_view header_members = "") {
  return Sign(Ours(), HeaderOf(Ours(), header_members), Concat({"{", kTimes, ",", members, "}"}));
}
std::string OfIssuer(std::string_view members) { return With(Concat({"\"iss\":\"", kIssuer, "\",", members})); }

IssuerConfig StandIn() {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.audience_from = {{"client_id"}, {"app-1"}};
  issuer.policy.claim_rules = {{{"token_use"}, ClaimOperator::kIn, {"access"}}};
  return issuer;
}

TEST(Attacks, Row54AStandInForAnAudienceThatIsThere) {
  const std::string good = R"("client_id":"app-1","token_use":"access")";
  const auto with_aud = [&](std::string_view aud) { return OfIssuer(Concat({good, ",\"aud\":", aud})); };
  ExpectReasons(
      MakeEngine(StandIn()),
      {{54, "no aud", OfIssuer(good), Reason::kAccepted},
       {54, "null", with_aud("null"), Reason::kBadClaimType},
       {54, "[]", with_aud("[]"), Reason::kWrongAudience},
       {54, "empty", with_aud("\"\""), Reason::kWrongAudience},
       {54, "an empty one", with_aud("[\"\"]"), Reason::kWrongAudience},
       {54, "the client", with_aud("\"app-1\""), Reason::kWrongAudience},
       {54, "ours", with_aud(Concat({"\"", kAudience, "\""})), Reason::kAccepted},
       {54, "in other case", OfIssuer(Concat({good, ",\"AUD\":\"x\""})), Reason::kAccepted},
       {54, "another client", OfIssuer(R"("client_id":"app-2","token_use":"access")"), Reason::kWrongAudience},
       {54, "several clients", OfIssuer(R"("client_id":"app-1 app-2","token_use":"access")"), Reason::kWrongAudience},
       {54, "no client", OfIssuer(R"("token_use":"access")"), Reason::kAudienceMissing},
       {54, "an ID token", OfIssuer(R"("client_id":"app-1","token_use":"id")"), Reason::kClaimMismatch},
       {54, "no use", OfIssuer(R"("client_id":"app-1")"), Reason::kClaimMissing}});
  IssuerConfig array = StandIn();
  array.policy.audience_from = {{"azp"}, {"app-1"}};
  ExpectReasons(MakeEngine(array),
                {{54, "an array", OfIssuer(R"("azp":["app-1"],"token_use":"access")"), Reason::kWrongAudience}});
}

TEST(Attacks, Row55RolesSmuggledPastAPath) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.scopes = {{"realm_access", "roles"}, ScopeForm::kArray};
  issuer.policy.required_scopes = {"admin"};
  const auto with = [&](std::string_view members) {
    return OfIssuer(Concat({"\"aud\":\"", kAudience, "\",", members}));
  };
  ExpectReasons(
      MakeEngine(issuer),
      {{55, "in its place", with(R"("realm_access":{"roles":["admin"]})"), Reason::kAccepted},
       {55, "a dotted name", with(R"("realm_access.roles":["admin"])"), Reason::kInsufficientScope},
       {55, "beside the object", with(R"("realm_access.roles":["admin"],"realm_access":{"roles":["user"]})"),
        Reason::kInsufficientScope},
       {55, "twice", with(R"("realm_access":{"roles":["user"],"roles":["admin"]})"), Reason::kDuplicateName},
       {55, "twice, escaped", with(R"("realm_access":{"roles":["user"],"r\u006fles":["admin"]})"),
        Reason::kDuplicateName},
       {55, "deeper", with(R"("realm_access":{"x":{"roles":["admin"]},"roles":["user"]})"), Reason::kInsufficientScope},
       {55, "arrays three deep", with(R"("realm_access":{"roles":[[["admin"]]]})"), Reason::kBadClaimType},
       {55, "an object in between", with(R"("realm_access":[{"roles":["admin"]}])"), Reason::kInsufficientScope},
       {55, "one string", with(R"("realm_access":{"roles":"admin"})"), Reason::kBadClaimType},
       {55, "with a space", with(R"("realm_access":{"roles":["user admin"]})"), Reason::kInsufficientScope},
       {55, "text that looks like it", with(R"("x":"\"realm_access\":{\"roles\":[\"admin\"]}","realm_access":{})"),
        Reason::kInsufficientScope}});
}

TEST(Attacks, Row56IssuersThatResembleATemplatesStrings) {
  IssuerConfig issuer = IssuerWith({Ours()}, "");
  issuer.policy.issuer_template = {"https://login.example/{tenant}/v2.0", {{"tenant", {"t1", "t2"}}}};
  const auto from = [&](std::string_view iss) {
    return With(Concat({"\"iss\":\"", iss, "\",\"aud\":\"", kAudience, "\""}));
  };
  std::vector<Attack> attacks = {{56, "t1", from("https://login.example/t1/v2.0"), Reason::kAccepted},
                                 {56, "t2", from("https://login.example/t2/v2.0"), Reason::kAccepted}};
  for (const char* iss :
       {"https://login.example/{tenant}/v2.0", "https://login.example/t3/v2.0", "https://login.example/t1/v2.0/",
        "https://login.example/t1?/v2.0", "https://login.example/t1%2F../t1/v2.0", "https://login.example/T1/v2.0",
        "https://login.example//v2.0", "https://login.example/t1/t2/v2.0", "https://login.example/t1/v2.0#"}) {
    attacks.push_back({56, iss, from(iss), Reason::kIssuerUnknown});
  }
  ExpectReasons(MakeEngine(issuer), attacks);
}

// As Entra publishes keys of several issuers together, each with the issuer that it is for.
TEST(Attacks, Row57AKeyOfAnotherIssuerInACommonSet) {
  const auto bound_to = [](std::string_view issuer) {
    return JwkSet({Ours().JwkWith(Concat({"\"kid\":\"k\",\"issuer\":", issuer}))});
  };
  const auto judge = [&](std::string_view key_issuer, std::string_view iss) {
    IssuerConfig issuer = IssuerWith(bound_to(key_issuer), "");
    issuer.policy.issuer_template = {"https://login.example/{t}/v2.0", {{"t", {"t1", "t2"}}}};
    const auto engine = MakeEngine(issuer);
    Worker worker(engine);
    const std::string token = With(Concat({"\"iss\":\"", iss, "\",\"aud\":\"", kAudience, "\""}));
    const Reason first = worker.Validate(token, kNow).reason();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(worker.Validate(token, kNow).reason(), first) << "no memory skips it";
    return first;
  };
  constexpr std::string_view kFirst = "https://login.example/t1/v2.0", kSecond = "https://login.example/t2/v2.0";
  EXPECT_EQ(judge("\"https://login.example/{tenantid}/v2.0\"", kFirst), Reason::kAccepted);
  EXPECT_EQ(judge("\"https://login.example/{tenantid}/v2.0\"", kSecond), Reason::kAccepted);
  EXPECT_EQ(judge("\"https://login.example/t1/v2.0\"", kFirst), Reason::kAccepted);
  EXPECT_EQ(judge("\"https://login.example/t1/v2.0\"", kSecond), Reason::kKeyUnusable);
  for (const char* other : {"\"https://login.example/t1\"", "\"https://{tenantid}/t1/v2.0\"", "\"{tenantid}\"", "\"\"",
                            "\"https://login.example/{tenantid}\"", "\"https://evil.example/{tenantid}/v2.0\""}) {
    EXPECT_EQ(judge(other, kFirst), Reason::kKeyUnusable) << other;
  }
}

TEST(Attacks, Row57TheIssuerOfAKeyIsText) {
  for (const char* value : {"7", "[\"https://issuer.example\"]", "true", "{}"}) {
    const auto report =
        Engine::Create({{IssuerWith(JwkSet({Ours().JwkWith(Concat({"\"kid\":\"k\",\"issuer\":", value}))}))}});
    EXPECT_FALSE(report.ok()) << value << ": the set has no usable key";
  }
}

TEST(Attacks, Row58SubjectsThatResembleATrustDomain) {
  IssuerConfig svid = IssuerWith(JwkSet({Ours().JwkWith("\"kid\":\"k\",\"use\":\"jwt-svid\"")}), "");
  svid.policy.subject_trust_domain = "td.example";
  svid.policy.algorithms = {Algorithm::kES256};
  EngineConfig config;
  config.issuers = {svid, IssuerWith({OurRsa()})};
  const auto of = [](std::string_view sub, std::string_view more = "", std::string_view header = "\"typ\":\"JWT\"") {
    return Sign(Ours(), Concat({"{\"alg\":\"ES256\",\"kid\":\"k\",", header, "}"}),
                Concat({"{\"exp\":1700000600,\"sub\":\"", sub, "\",\"aud\":\"", kAudience, "\"", more, "}"}));
  };
  std::vector<Attack> attacks = {
      {58, "a workload", of("spiffe://td.example/ns/a"), Reason::kAccepted},
      {58, "of another type", of("spiffe://td.example/a", "", "\"typ\":\"at+jwt\""), Reason::kWrongType},
      {58, "without kid",
       Sign(Ours(), "{\"alg\":\"ES256\"}",
            Concat({"{\"exp\":1700000600,\"sub\":\"spiffe://td.example/a\",\"aud\":\"", kAudience, "\"}"})),
       Reason::kKeyNotFound},
      {58, "with an unknown iss", of("spiffe://td.example/a", ",\"iss\":\"spiffe://td.example\""),
       Reason::kIssuerUnknown},
      {58, "with another's iss", of("spiffe://td.example/a", Concat({",\"iss\":\"", kIssuer, "\""})),
       Reason::kKeyNotFound}};
  for (const char* sub : {"spiffe://td.example.evil/a", "spiffe://td.exampl/e", "spiffe://td.example",
                          "spiffe://TD.EXAMPLE/a", "spiffe://td.example:443/a", "spiffe://td.example@evil/a",
                          "spiffe://td.example%2fa/b", "https://td.example/a", "spiffe://evil/td.example/a"}) {
    attacks.push_back({58, sub, of(sub), Reason::kIssuerMissing});
  }
  ExpectReasons(MakeEngine(config), attacks);
  svid.keys.value = JwkSet({Ours()});
  ExpectReasons(MakeEngine(svid), {{58, "a key for X.509", of("spiffe://td.example/a"), Reason::kKeyUnusable}});
}

TEST(Attacks, Row59NoKidAsALeverForWork) {
  const auto engine_of = [](unsigned keys) {
    std::vector<SigningKey> set;
    for (unsigned i = 0; i < keys; ++i) set.push_back(SigningKey::Make(Algorithm::kES256, "k" + std::to_string(i), i));
    IssuerConfig issuer = IssuerWith(set);
    issuer.policy.without_kid = WithoutKid::kTry;
    return MakeEngine(issuer);
  };
  const auto by = [](unsigned key) {
    return Sign(SigningKey::Make(Algorithm::kES256, "", key), "{\"alg\":\"ES256\"}", ValidClaims());
  };
  ExpectReasons(engine_of(4), {{59, "the first", by(0), Reason::kAccepted},
                               {59, "the last", by(3), Reason::kAccepted},
                               {59, "none of them", by(9), Reason::kBadSignature}});
  ExpectReasons(engine_of(5), {{59, "five are too many", by(0), Reason::kKeyAmbiguous}});
  ExpectReasons(MakeEngine(IssuerWith({Ours(), Attackers()})), {{59, "not asked for", by(0), Reason::kKeyAmbiguous}});
}

TEST(Attacks, Row60HeaderMembersThatARuleIsOf) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.header_rules = {{"signer", {"arn:a"}}};
  const auto engine = MakeEngine(issuer);
  const auto with = [](std::string_view member) { return Sign(Ours(), HeaderOf(Ours(), member), ValidClaims()); };
  for (int round = 0; round < 3; ++round) {  // the memo of headers keeps no rule's result
    ExpectReasons(engine, {{60, "as it must be", with("\"signer\":\"arn:a\""), Reason::kAccepted},
                           {60, "another", with("\"signer\":\"arn:b\""), Reason::kClaimMismatch},
                           {60, "an array", with("\"signer\":[\"arn:a\"]"), Reason::kClaimMismatch},
                           {60, "none", with("\"signers\":\"arn:a\""), Reason::kClaimMissing},
                           {60, "in the claims", Sign(Ours(), HeaderOf(Ours()), ValidClaims("\"signer\":\"arn:a\"")),
                            Reason::kClaimMissing}});
  }
}

TEST(Attacks, Row61RevokedUnderAnotherSpellingOrName) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.issuer_aliases = {"issuer.example"};
  issuer.policy.identity.client = {"azp"};
  const auto engine = MakeEngine(issuer);
  const auto token = [](std::string_view iss, std::string_view more) {
    return With(Concat({"\"iss\":\"", iss, "\",\"aud\":\"", kAudience, "\",", more}));
  };
  const std::string first = token(kIssuer, "\"azp\":\"app\",\"x\":1"),
                    second = token("issuer.example", "\"azp\":\"app\",\"x\":2");
  const std::string registered = token(kIssuer, "\"azp\":\"other\",\"client_id\":\"app\"");
  ExpectReasons(engine, {{61, "before", first, Reason::kAccepted},
                         {61, "before", second, Reason::kAccepted},
                         {61, "before", registered, Reason::kAccepted}});
  const Revocation client{.by = RevokedBy::kClient, .issuer = "issuer.example", .value = "app", .issued_before = kNow};
  ASSERT_TRUE(engine->Revoke({&client, 1}, kNow).ok());
  ExpectReasons(engine, {{61, "by the first spelling", first, Reason::kRevoked},
                         {61, "by the second", second, Reason::kRevoked},
                         {61, "by the registered claim", registered, Reason::kRevoked}});
}

TEST(Attacks, Row61AStolenKeyUnderAnotherNameThatCannotVerify) {
  for (const char* members :
       {R"("kid":"stolen","use":"enc")", R"("kid":"stolen","alg":"ES512")", R"("kid":"stolen","d":"AA")"}) {
    const auto engine = MakeEngine(IssuerWith(JwkSet({Ours().PublicJwk(), Ours().JwkWith(members)})));
    ExpectReasons(engine, {{61, "before", ValidToken(Ours()), Reason::kAccepted}});
    const Revocation key{.by = RevokedBy::kKey, .issuer = std::string(kIssuer), .value = "stolen"};
    ASSERT_TRUE(engine->Revoke({&key, 1}, kNow).ok());
    ExpectReasons(engine, {{61, members, ValidToken(Ours()), Reason::kRevoked}});
  }
}

TEST(Attacks, Row60AHeaderRuleGoesBeforeAMissingScope) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.header_rules = {{"signer", {"arn:a"}}};
  issuer.policy.required_scopes = {"none-has-it"};
  ExpectReasons(MakeEngine(issuer),
                {{60, "another signer", Sign(Ours(), HeaderOf(Ours(), "\"signer\":\"x\""), ValidClaims()),
                  Reason::kClaimMismatch}});
}

}  // namespace
}  // namespace assay::testing
