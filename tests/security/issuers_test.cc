// Several issuers: no key, header or failure of one may lead to another.
#include <utility>

#include "engine/jwks/jwk_set.h"
#include "engine/pipeline/validate.h"
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

constexpr std::string_view kA = "https://a.example";
constexpr std::string_view kB = "https://b.example";

std::string ClaimsOf(std::string_view issuer) { return ClaimsWith("iss", Concat({"\"iss\":\"", issuer, "\""})); }

// Both issuers call their key "k".
std::shared_ptr<Engine> TwoIssuers(const SigningKey& of_a, const SigningKey& of_b) {
  EngineConfig config;
  config.issuers = {IssuerWith({of_a}, kA), IssuerWith({of_b}, kB)};
  return MakeEngine(std::move(config));
}

TEST(Attacks, Row37IdenticalHeadersSwappedKeys) {
  const auto engine = TwoIssuers(Ours(), Attackers());
  const std::string header = HeaderOf(Ours());
  ASSERT_EQ(header, HeaderOf(Attackers()));
  const std::vector<Attack> attacks = {
      {37, "a by a's key", Sign(Ours(), header, ClaimsOf(kA)), Reason::kAccepted},
      {37, "a by b's key", Sign(Attackers(), header, ClaimsOf(kA)), Reason::kBadSignature},
      {37, "b by b's key", Sign(Attackers(), header, ClaimsOf(kB)), Reason::kAccepted},
      {37, "b by a's key", Sign(Ours(), header, ClaimsOf(kB)), Reason::kBadSignature}};
  ExpectReasons(engine, attacks);
  // One worker, every order: nothing remembered from one token may serve the next.
  Worker worker(engine);
  for (int round = 0; round < 3; ++round) {
    for (const Attack& first : attacks) {
      for (const Attack& second : attacks) {
        EXPECT_EQ(worker.Validate(first.token, kNow).reason(), first.expected);
        EXPECT_EQ(worker.Validate(second.token, kNow).reason(), second.expected)
            << first.name << ", then " << second.name;
      }
    }
  }
}

TEST(Attacks, Row37KeysSwappedUnderARunningWorker) {
  const auto engine = TwoIssuers(Ours(), Attackers());
  Worker worker(engine);
  const std::string a_by_ours = Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kA));
  const std::string b_by_ours = Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kB));
  EXPECT_TRUE(worker.Validate(a_by_ours, kNow).accepted());
  EXPECT_FALSE(worker.Validate(b_by_ours, kNow).accepted());
  ASSERT_TRUE(testing::InstallKeys(engine, 0, JwkSet(std::vector<SigningKey>{Attackers()})).ok());
  ASSERT_TRUE(testing::InstallKeys(engine, 1, JwkSet(std::vector<SigningKey>{Ours()})).ok());
  EXPECT_EQ(worker.Validate(a_by_ours, kNow).reason(), Reason::kBadSignature);
  EXPECT_EQ(worker.Validate(b_by_ours, kNow).reason(), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(b_by_ours, kNow).issuer_index(), 1);
}

TEST(Attacks, Row37EachIssuerHasItsOwnPolicy) {
  EngineConfig config;
  config.issuers = {IssuerWith({Ours(), OurRsa()}, kA), IssuerWith({Ours(), OurRsa()}, kB)};
  config.issuers[0].policy.algorithms = {Algorithm::kES256};
  config.issuers[1].policy.algorithms = {Algorithm::kRS256};
  config.issuers[1].policy.audiences = {"https://other.example"};
  ExpectReasons(
      MakeEngine(std::move(config)),
      {{37, "a, its algorithm", Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kA)), Reason::kAccepted},
       {37, "a, b's algorithm", Sign(OurRsa(), HeaderOf(OurRsa()), ClaimsOf(kA)), Reason::kAlgorithmNotAllowed},
       {37, "b, a's algorithm", Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kB)), Reason::kAlgorithmNotAllowed},
       {37, "b, a's audience", Sign(OurRsa(), HeaderOf(OurRsa()), ClaimsOf(kB)), Reason::kWrongAudience},
       {37, "nobody's algorithm", Sign(Ours(), "{\"alg\":\"PS512\",\"kid\":\"k\"}", ClaimsOf(kA)),
        Reason::kAlgorithmNotAllowed},
       {37, "an issuer nobody configured", Sign(Ours(), HeaderOf(Ours()), ClaimsOf("https://c.example")),
        Reason::kIssuerUnknown}});
}

TEST(SufferedByOthers, OneIssuersMissingKeysDoNotDelayAnother) {
  EngineConfig config;
  config.issuers = {IssuerWith({Ours()}, kA), IssuerWith("", kB)};
  config.issuers[1].keys = {KeySource::Kind::kUrl, "https://b.example/jwks"};
  const auto engine = MakeEngine(std::move(config));
  EXPECT_FALSE(engine->Ready());
  ExpectReasons(engine, {{42, "with keys", Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kA)), Reason::kAccepted},
                         {42, "without", Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kB)), Reason::kKeysUnavailable}});
  ASSERT_TRUE(testing::InstallKeys(engine, 1, Ours().PublicJwk()).ok());
  EXPECT_TRUE(engine->Ready());
  EXPECT_EQ(Judge(engine, Sign(Ours(), HeaderOf(Ours()), ClaimsOf(kB))), Reason::kAccepted);
}

TEST(SufferedByOthers, Row42AReplyThatIsNoKeySetKeepsTheOldKeys) {
  const auto engine = OurEngine();
  const std::string many = [] {
    std::vector<std::string> keys(kMaxKeysPerIssuer + 1, Ours().PublicJwk());
    return JwkSet(keys);
  }();
  for (const std::string& reply :
       {std::string(), std::string("<html>"), std::string("{}"), std::string("[]"), std::string("null"),
        std::string("{\"keys\":null}"), std::string("{\"keys\":{}}"), std::string("{\"keys\":[]}"),
        std::string("{\"keys\":[],\"keys\":[]}"), std::string("{\"keys\":[1,null,\"x\",[]]}"),
        JwkSet(std::vector<std::string>{Ours().JwkWith("\"use\":\"enc\"")}), many,
        JwkSet(std::vector<SigningKey>{Ours()}) + "x", JwkSet(std::vector<SigningKey>{Ours()}).substr(1),
        JwkSet(std::vector<SigningKey>{Ours()}) + std::string(kMaxJwkSetBytes, ' ')}) {
    EXPECT_FALSE(testing::InstallKeys(engine, 0, reply).ok()) << reply.substr(0, 60);
    EXPECT_TRUE(engine->Ready());
    EXPECT_EQ(Judge(engine, ValidToken(Ours())), Reason::kAccepted) << reply.substr(0, 60);
  }
  EXPECT_FALSE(testing::InstallKeys(engine, 1, Ours().PublicJwk()).ok());
}

TEST(SufferedByOthers, AnUnknownKeyIsSkippedCountedAndNamed) {
  std::vector<std::string> events;
  EngineConfig config;
  config.issuers = {IssuerWith(
      JwkSet(std::vector<std::string>{"{\"kty\":\"AKP\",\"kid\":\"new\\n\\u001b[31m\"}", "17", Ours().PublicJwk()}))};
  config.log = [&](const LogEvent& event) {
    for (const auto& [name, value] : event.fields) {
      events.push_back(Concat({event.event, " ", name, " ", value}));
      for (char c : value) EXPECT_TRUE(c >= 0x20 && c != 0x7F) << event.event;
    }
  };
  const auto engine = MakeEngine(std::move(config));
  EXPECT_EQ(Judge(engine, ValidToken(Ours())), Reason::kAccepted);
  const auto report =
      testing::InstallKeys(engine, 0, JwkSet(std::vector<std::string>{"{\"kty\":\"AKP\"}", Ours().PublicJwk()}));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->usable, 1u);
  EXPECT_EQ(report->skipped.size(), 1u);
  std::size_t skipped = 0;
  for (const std::string& event : events) skipped += event.starts_with("key_skipped why");
  EXPECT_EQ(skipped, 3u);
}

// Only a kid that the issuer's set does not hold asks for newer keys; it is one flag, whatever
// comes.
TEST(SufferedByOthers, Row40UnknownKidsAndRow41BadSignatures) {
  Result<Policy> policy = Policy::Build(IssuerWith({Ours()}).policy);
  ASSERT_TRUE(policy.ok());
  auto signals = std::make_shared<IssuerSignals>();
  auto keys = std::make_shared<const jwks::KeySet>(*jwks::ReadJwkSet(Ours().PublicJwk(), AllAlgorithms()));
  const auto shared_policy = std::make_shared<const Policy>(std::move(*policy));
  IssuerTrust trust;
  trust.policy = shared_policy;
  trust.keys = keys;
  trust.signals = signals;
  trust.key_generation = NextGeneration();
  trust.policy_generation = NextGeneration();
  const TrustSnapshot snapshot(
      std::make_shared<const IssuerDirectory>(Limits(), std::vector<std::shared_ptr<const Policy>>{shared_policy}),
      {std::make_shared<const IssuerTrust>(trust)});
  Pipeline pipeline(**ChooseKernel(""), 1 << 20);
  const auto judge = [&](const std::string& token) {
    const std::string_view view = token;
    Verdict verdict;
    pipeline.Run(snapshot, {&view, 1}, kNow, {&verdict, 1});
    return verdict.reason();
  };
  const std::string forged = Sign(Attackers(), HeaderOf(Attackers()), ValidClaims());
  EXPECT_EQ(judge(forged), Reason::kBadSignature);
  EXPECT_EQ(judge(WithHeader("{\"alg\":\"ES384\",\"kid\":\"k\"}")), Reason::kKeyUnusable);
  EXPECT_EQ(judge(WithHeader("{\"alg\":\"ES384\"}")), Reason::kKeyNotFound);
  EXPECT_EQ(judge(WithPayload(ClaimsWith("iss", "\"iss\":\"x\""))), Reason::kIssuerUnknown);
  EXPECT_EQ(signals->unknown_kid, 0u);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(judge(WithHeader(Concat({"{\"alg\":\"ES256\",\"kid\":\"", std::to_string(i), "\"}"}))),
              Reason::kKeyNotFound);
  }
  EXPECT_EQ(signals->unknown_kid, trust.key_generation);
  EXPECT_EQ(judge(ValidToken(Ours())), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
