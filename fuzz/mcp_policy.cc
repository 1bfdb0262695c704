// Laws of policy files: a file that is refused says where; one that is taken publishes a document that a strict
// parser reads back, keeps every name within its grammar, and denies a token without scopes whatever has a rule
// that needs one.
#include <string>

#include "engine/api/mcp.h"
#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "fuzz/law.h"

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
