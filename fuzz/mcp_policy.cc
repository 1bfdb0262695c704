// Laws of policy files: a file that is refused says where; one that is taken publishes a document that a strict
// parser reads back, keeps every name within its grammar, and denies a token without scopes whatever has a rule
// that needs one. Its origins are origins, its stand-ins for an audience name a claim and values, and no challenge asks
// for what is not the resource's to ask for.
#include <algorithm>
#include <string>

#include "engine/api/mcp.h"
#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/policy_config.h"
#include "fuzz/law.h"

namespace assay::mcp {
namespace {

bool IsPath(const ClaimPath& path) {
  return !path.empty() && path.size() <= kMaxClaimPathNames &&
         std::none_of(path.begin(), path.end(), [](const std::string& name) { return name.empty(); });
}

// What holds of every policy's members by themselves.
void CheckMembers(const ScopePolicyConfig& config) {
  FUZZ_LAW(config.role_claim.empty() || IsPath(config.role_claim));
  FUZZ_LAW(config.permissions_claim.empty() || IsPath(config.permissions_claim));
  FUZZ_LAW(config.grants == Grants::kToken || !config.role_claim.empty() || !config.permissions_claim.empty());
  for (const auto& [issuer, from] : config.audience_from_issuers) {
    FUZZ_LAW(!issuer.empty() && IsPath(from.claim) && from.claim != ClaimPath{"aud"} && !from.in.empty());
    for (const std::string& value : from.in) FUZZ_LAW(!value.empty());
  }
  for (const std::string& origin : config.allowed_origins) {
    FUZZ_LAW(origin != "null" && (origin == kAnyLocalPort || origin.find('*') == std::string::npos));
  }
  FUZZ_LAW(config.scope_prefix.empty() || IsScopeToken(config.scope_prefix));
}

// A challenge after all the policy's scopes.
void CheckChallenge(const ScopePolicy& policy) {
  Decision decision;
  decision.challenge = ChallengeKind::kInsufficientScope;
  decision.scopes_granted = policy.compiled().scopes();
  decision.scopes_needed = policy.default_scopes();
  const std::string challenge = ChallengeFor(policy, decision);
  const std::size_t begin = challenge.find("scope=\"");
  if (begin == std::string::npos) return;
  std::string_view scopes = std::string_view(challenge).substr(begin + 7);
  scopes = scopes.substr(0, scopes.find('"'));
  while (!scopes.empty()) {
    const std::string_view scope = fuzz::Take(&scopes, ' ');
    FUZZ_LAW(scope.starts_with(policy.config().scope_prefix) && IsScopeToken(scope));
    FUZZ_LAW(scope.substr(policy.config().scope_prefix.size()) != kOfflineAccess);
  }
}

}  // namespace
}  // namespace assay::mcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::mcp;
  const auto policy = ScopePolicy::FromJson(fuzz::Text(data, size), "p");
  fuzz::Note(policy.ok());
  if (!policy) {
    FUZZ_LAW(policy.error().starts_with("p:"));
    return 0;
  }
  const ScopePolicyConfig& config = (*policy)->config();
  json::StrictParser parser;
  Arena arena;
  json::Document document;
  FUZZ_LAW(parser.ParseCopy(MetadataDocument(**policy), arena, &document) == json::Status::kOk);
  FUZZ_LAW(json::Find(document.members, "resource")->text == config.resource);
  FUZZ_LAW(!config.authorization_servers.empty());
  CheckMembers(config);
  CheckChallenge(**policy);
  FUZZ_LAW((*policy)->metadata_url().find("/.well-known/oauth-protected-resource") != std::string::npos);
  for (const auto& [rules, table] : {std::pair{&config.tools, &(*policy)->compiled().tools()},
                                     {&config.resources, &(*policy)->compiled().resources()},
                                     {&config.prompts, &(*policy)->compiled().prompts()},
                                     {&config.methods, &(*policy)->compiled().methods()}}) {
    for (const NamedRule& named : *rules) {
      const Rule* const rule = table->Find(named.name);
      if (!named.is_prefix) FUZZ_LAW(rule != nullptr);
      if (rule == nullptr) continue;
      for (const Alternative& alternative : rule->alternatives) {
        FUZZ_LAW(alternative.scopes.empty() == alternative.needed.IsWithin(ScopeBits()));
        for (const std::string_view scope : alternative.scopes)
          FUZZ_LAW(IsScopeToken(scope) && scope != "offline_access");
        ScopeBits granted;
        for (const std::string_view scope : alternative.scopes) (*policy)->compiled().GrantScope(scope, &granted);
        FUZZ_LAW(rule->IsSatisfiedBy(granted));
      }
    }
  }
  return 0;
}
