// Configurations that would be unsafe are refused when the engine is made.
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

struct Unsafe {
  int row;
  const char* name;
  std::function<void(EngineConfig&)> apply;
};

PolicyConfig& PolicyOf(EngineConfig& config) { return config.issuers[0].policy; }

TEST(Attacks, Row25UnsafeConfigurationsAreRefused) {
  const Unsafe cases[] = {
      {25, "leeway 301", [](EngineConfig& c) { PolicyOf(c).leeway_seconds = 301; }},
      {25, "infinite leeway", [](EngineConfig& c) { PolicyOf(c).leeway_seconds = INT64_MAX; }},
      {25, "negative leeway", [](EngineConfig& c) { PolicyOf(c).leeway_seconds = -1; }},
      {25, "negative maximum age", [](EngineConfig& c) { PolicyOf(c).max_age_seconds = -1; }},
      {29, "no audience", [](EngineConfig& c) { PolicyOf(c).audiences.clear(); }},
      {29, "empty audience", [](EngineConfig& c) { PolicyOf(c).audiences.push_back(""); }},
      {29, "audience and none", [](EngineConfig& c) { PolicyOf(c).any_audience_is_dangerous = true; }},
      {1, "no algorithm", [](EngineConfig& c) { PolicyOf(c).algorithms = {}; }},
      {28, "no issuer", [](EngineConfig& c) { PolicyOf(c).issuer = ""; }},
      {30, "scope with a space", [](EngineConfig& c) { PolicyOf(c).required_scopes = {"a b"}; }},
      {30, "scope with a quote", [](EngineConfig& c) { PolicyOf(c).required_scopes = {"a\""}; }},
      {30, "empty scope", [](EngineConfig& c) { PolicyOf(c).required_scopes = {""}; }},
      {31, "claim without a name", [](EngineConfig& c) { PolicyOf(c).required_claims = {{{""}}}; }},
      {35, "token type with a space", [](EngineConfig& c) { PolicyOf(c).token_type = "at jwt"; }},
      {35, "empty token type", [](EngineConfig& c) { PolicyOf(c).token_type = ""; }},
      {37, "signature only beside a policy", [](EngineConfig& c) { PolicyOf(c).signature_only = true; }},
      {37, "two issuers of one name", [](EngineConfig& c) { c.issuers.push_back(c.issuers[0]); }},
      {37, "unchecked issuer among several",
       [](EngineConfig& c) {
         c.issuers.push_back(c.issuers[0]);
         c.issuers[1].policy.issuer = "https://b.example";
         c.issuers[1].policy.issuer_mode = IssuerMode::kUnchecked;
       }},
      {37, "no issuers", [](EngineConfig& c) { c.issuers.clear(); }},
      {18, "token limit 0", [](EngineConfig& c) { c.limits.token_bytes = 0; }},
      {18, "token limit beyond the ceiling", [](EngineConfig& c) { c.limits.token_bytes = kMaxTokenBytesCeiling + 1; }},
      {32, "keys that are no JSON", [](EngineConfig& c) { c.issuers[0].keys.value = "x"; }},
      {32, "key file that is not there",
       [](EngineConfig& c) { c.issuers[0].keys = {KeySource::Kind::kFile, "/nonexistent/jwks"}; }},
      {3, "only symmetric keys", [](EngineConfig& c) { c.issuers[0].keys.value = "{\"kty\":\"oct\",\"k\":\"AA\"}"; }},
      {0, "a kernel that is not there", [](EngineConfig& c) { c.kernel = "quantum"; }}};
  EngineConfig sound;
  sound.issuers = {IssuerWith({Ours()})};
  ASSERT_TRUE(Engine::Create(sound).ok());
  for (const Unsafe& unsafe : cases) {
    EngineConfig config = sound;
    unsafe.apply(config);
    const auto engine = Engine::Create(std::move(config));
    EXPECT_FALSE(engine.ok()) << "row " << unsafe.row << ": " << unsafe.name;
    if (!engine.ok()) {
      EXPECT_FALSE(engine.error().empty());
    }
  }
}

TEST(Attacks, Row18ALowerTokenLimitIsEnforced) {
  EngineConfig config;
  config.issuers = {IssuerWith({Ours()})};
  config.limits.token_bytes = ValidToken(Ours()).size();
  const auto engine = MakeEngine(config);
  EXPECT_EQ(Judge(engine, ValidToken(Ours())), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, ValidToken(Ours()) + "A"), Reason::kTooLarge);
}

}  // namespace
}  // namespace assay::testing
