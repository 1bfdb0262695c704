// Laws of configuration and snapshots: an engine is made exactly of what is not unsafe; under any
// configuration it judges like the naive reference; a key set that is refused changes nothing.
//
// An input is SWITCHES 0x1E ISSUER 0x1E AUDIENCES 0x1E TYPE 0x1E CLAIM 0x1E SCOPE 0x1E JWK SET,
// where AUDIENCES are separated by line feeds and the JWK Set is offered to the running engine.
#include <algorithm>
#include <string>

#include "fuzz/law.h"
#include "tests/differential/reference.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::SigningKey;

bool Switch(std::string_view switches, char letter) { return switches.find(letter) != std::string_view::npos; }

EngineConfig Configure(std::string_view input, const SigningKey& key, std::string* offered) {
  EngineConfig config;
  const std::string_view switches = fuzz::Take(&input, fuzz::kSeparator);
  IssuerConfig issuer = testing::IssuerWith({key}, fuzz::Take(&input, fuzz::kSeparator));
  PolicyConfig& policy = issuer.policy;
  policy.audiences.clear();
  for (std::string_view list = fuzz::Take(&input, fuzz::kSeparator); !list.empty();) {
    policy.audiences.emplace_back(fuzz::Take(&list, '\n'));
  }
  policy.token_type = fuzz::Take(&input, fuzz::kSeparator);
  const std::string_view claim = fuzz::Take(&input, fuzz::kSeparator);
  const std::string_view scope = fuzz::Take(&input, fuzz::kSeparator);
  if (Switch(switches, 'c')) policy.required_claims.push_back({{std::string(claim)}});
  if (Switch(switches, 's')) policy.required_scopes.emplace_back(scope);
  if (Switch(switches, 'p')) policy.scopes = ScpScopes();
  if (Switch(switches, 'f')) policy.issuer_mode = IssuerMode::kFixed;
  if (Switch(switches, 'u')) policy.issuer_mode = IssuerMode::kUnchecked;
  if (Switch(switches, 'a')) policy.any_audience_is_dangerous = true;
  if (Switch(switches, 'e')) policy.expiry_required = false;
  if (Switch(switches, 'n')) policy.algorithms = {};
  if (Switch(switches, 'l')) policy.leeway_seconds = static_cast<std::int64_t>(switches.size()) * 30 - 60;
  if (Switch(switches, 'm')) policy.max_age_seconds = static_cast<std::int64_t>(switches.size()) * 10 - 20;
  if (Switch(switches, 'r')) policy.mode = EnforcementMode::kReport;
  if (Switch(switches, 'o')) policy.accept_confirmation = {"jkt"};
  if (Switch(switches, '2')) config.issuers.push_back(issuer);
  if (Switch(switches, '3')) config.issuers.push_back(testing::IssuerWith({key}, "https://third.example"));
  config.issuers.insert(config.issuers.begin(), std::move(issuer));
  *offered = input;
  return config;
}

// What the contract calls unsafe.
bool Sound(const EngineConfig& config) {
  const PolicyConfig& policy = config.issuers[0].policy;
  const bool unchecked = policy.issuer_mode == IssuerMode::kUnchecked;
  bool sound = !policy.algorithms.empty() && (unchecked || !policy.issuer.empty());
  sound &= policy.any_audience_is_dangerous == policy.audiences.empty();
  for (const std::string& audience : policy.audiences) sound &= !audience.empty();
  sound &= policy.leeway_seconds >= 0 && policy.leeway_seconds <= 300;
  sound &= !policy.max_age_seconds || *policy.max_age_seconds >= 0;
  for (const RequiredClaim& claim : policy.required_claims) {
    sound &= !claim.claim.front().empty() && claim.claim.front().find('\0') == std::string::npos;
    sound &= claim.claim.front() != "cnf" || !policy.accept_confirmation.empty();  // every such token would be refused
  }
  for (const std::string& scope : policy.required_scopes) {
    sound &= !scope.empty() && std::all_of(scope.begin(), scope.end(),
                                           [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  }
  for (std::size_t i = 1; i < config.issuers.size(); ++i) {
    sound &= config.issuers[i].policy.issuer != policy.issuer;
    sound &= policy.issuer_mode == IssuerMode::kChosenByIss;
  }
  return sound;
}

bool IsTokenType(const std::string& type) {
  return !type.empty() && type.size() < 256 &&
         std::all_of(
             type.begin(), type.end(),
             [](char c) {
               return std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+/")
                          .find(c) != std::string_view::npos;
             });
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::testing;
  static const SigningKey* const key = new SigningKey(SigningKey::Make(Algorithm::kEdDSA, "ed"));
  static const std::vector<std::string>* const tokens = new std::vector<std::string>{
      ValidToken(*key),
      Sign(*key, HeaderOf(*key), ClaimsWith("exp", "")),
      Sign(*key, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", ClaimsWith("scope", "\"scp\":[\"read\"],\"cnf\":{}")),
      Sign(*key, "{\"alg\":\"EdDSA\"}", ClaimsWith("aud", "\"aud\":[\"https://h.example/\",\"x\"]")),
      Sign(*key, HeaderOf(*key), ClaimsWith("exp", "\"exp\":1699999900")),
      Sign(*key, HeaderOf(*key), ClaimsWith("iat", "\"iat\":1700000050")),
      Sign(*key, HeaderOf(*key), ClaimsWith("iss", "\"iss\":\"https://third.example\"")),
      "a.b.c"};
  std::string offered;
  EngineConfig config = Configure(fuzz::Text(data, size), *key, &offered);
  const auto engine = Engine::Create(config);
  FUZZ_LAW(engine.ok() == (Sound(config) && IsTokenType(config.issuers[0].policy.token_type)));
  fuzz::Note(engine.ok());
  if (!engine) {
    FUZZ_LAW(!engine.error().empty());
    return 0;
  }
  // The reference expands no audience: it is given the spellings.
  for (std::string& audience : config.issuers[0].policy.audiences) {
    if (audience == "https://h.example") config.issuers[0].policy.audiences.push_back("https://h.example/");
    break;
  }
  const bool plain_type = config.issuers[0].policy.token_type.find('/') == std::string::npos;
  Worker worker(*engine);
  const reference::Validator naive(config);
  std::vector<Reason> before;
  for (const std::string& token : *tokens) {
    const Reason reason = worker.Validate(token, kNow).reason();
    before.push_back(reason);
    if (plain_type) FUZZ_LAW(reference::Agree(reason, naive.Validate(token, kNow)));
  }
  const auto installed = testing::InstallKeys(*engine, 0, offered);
  FUZZ_LAW((*engine)->Ready());
  FUZZ_LAW(!installed || installed->usable > 0);
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const Reason reason = worker.Validate((*tokens)[i], kNow).reason();
    if (!installed) FUZZ_LAW(reason == before[i]);
    // Other keys can only take acceptance away, or give back what another key had.
    if (IsAccepted(reason)) FUZZ_LAW(IsAccepted(before[i]) || installed.ok());
  }
  return 0;
}
