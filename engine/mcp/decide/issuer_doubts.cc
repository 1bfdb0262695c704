#include "engine/mcp/decide/issuer_doubts.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string_view>

#include "engine/json/text.h"
#include "engine/policy/checks.h"
#include "engine/policy/issuer_names.h"

namespace assay::mcp {
namespace {

// IssuersByName: the issuers by every string that their tokens may name them by; none of one whose name is not checked.
using IssuersByName = std::map<std::string, const PolicyConfig*, std::less<>>;

IssuersByName ByName(std::span<const PolicyConfig> issuers) {
  IssuersByName known;
  for (const PolicyConfig& issuer : issuers) {
    const Result<IssuerNames> names = IssuerNames::Build(issuer);
    if (!names || issuer.issuer_mode == IssuerMode::kUnchecked) continue;
    for (const std::string& name : names->all()) known.emplace(name, &issuer);
  }
  return known;
}

bool Proves(const PolicyConfig& issuer, std::string_view member) {
  const auto& accepted = issuer.accept_confirmation;
  return std::find(accepted.begin(), accepted.end(), member) != accepted.end();
}

void DoubtServers(const ScopePolicyConfig& config, const IssuersByName& known, std::vector<std::string>* doubts) {
  for (std::size_t i = 0; i < config.authorization_servers.size(); ++i) {
    if (known.contains(config.authorization_servers[i])) continue;
    doubts->push_back(config.places.authorization_servers[i] +
                      ": is no configured issuer: clients are sent there for tokens, and those that name it as their "
                      "issuer are refused");
  }
}

void DoubtAudiences(const ScopePolicyConfig& config, std::span<const PolicyConfig> issuers,
                    std::vector<std::string>* doubts) {
  for (std::size_t i = 0; i < config.audiences.size(); ++i) {
    if (std::any_of(issuers.begin(), issuers.end(),
                    [&](const PolicyConfig& issuer) { return HasAudience(issuer, config.audiences[i]); })) {
      continue;
    }
    doubts->push_back(config.places.audiences[i] +
                      ": has no effect: no configured issuer has it among its audiences, so that its tokens are "
                      "refused before");
  }
}

void DoubtStandIns(const ScopePolicyConfig& config, const IssuersByName& known, std::vector<std::string>* doubts) {
  for (std::size_t i = 0; i < config.audience_from_issuers.size(); ++i) {
    const auto issuer = known.find(config.audience_from_issuers[i].first);
    if (issuer == known.end()) {
      doubts->push_back(config.places.audience_from_issuers[i] + ": has no effect: no configured issuer has this name");
    } else if (!issuer->second->audience_from) {
      doubts->push_back(config.places.audience_from_issuers[i] +
                        ": has no effect: the issuer's own configuration has no audience_from");
    }
  }
}

// OfIssuer: behind "token"; nothing for an issuer without a name.
std::string OfIssuer(const PolicyConfig& issuer) {
  const std::string name = EntryName(issuer);
  return name.empty() ? "" : " of " + json::Escaped(name);
}

void DoubtBindings(const ScopePolicyConfig& config, std::span<const PolicyConfig> issuers,
                   std::vector<std::string>* doubts) {
  for (const PolicyConfig& issuer : issuers) {
    if (!config.metadata.dpop_bound_access_tokens_required || Proves(issuer, "jkt")) continue;
    doubts->push_back(config.places.dpop_required + ": every token" + OfIssuer(issuer) +
                      " is refused: one without jkt by this, one with it since accept_confirmation does not name it");
  }
  if (config.metadata.tls_client_certificate_bound_access_tokens &&
      std::none_of(issuers.begin(), issuers.end(), [](const auto& issuer) { return Proves(issuer, "x5t#S256"); })) {
    doubts->push_back(config.places.tls_bound +
                      ": is promised in vain: such tokens are refused, since no issuer's accept_confirmation names "
                      "x5t#S256");
  }
}

// HasRuleOn: whether a rule of the issuer's is on this claim; that a claim is required counts where its values are
// said.
bool HasRuleOn(const PolicyConfig& issuer, std::string_view claim) {
  return std::any_of(issuer.claim_rules.begin(), issuer.claim_rules.end(),
                     [&](const ClaimRule& rule) { return rule.claim.front() == claim; }) ||
         std::any_of(issuer.required_claims.begin(), issuer.required_claims.end(), [&](const RequiredClaim& required) {
           return required.claim.front() == claim && !required.values.empty();
         });
}

void DoubtGrants(const ScopePolicyConfig& config, std::span<const PolicyConfig> issuers,
                 std::vector<std::string>* doubts) {
  for (const PolicyConfig& issuer : issuers) {
    if (config.grants != Grants::kEither || HasRuleOn(issuer, "idtyp")) continue;
    doubts->push_back(
        config.places.grants + ": \"either\": a token" + OfIssuer(issuer) +
        " without a scope claim goes by its roles alone; let a rule of the issuer's configuration tell the "
        "tokens that may (Entra: idtyp)");
  }
}

}  // namespace

std::vector<std::string> FindIssuerDoubts(const ScopePolicyConfig& config, std::span<const PolicyConfig> issuers) {
  const IssuersByName known = ByName(issuers);
  const bool any_is_good = std::any_of(issuers.begin(), issuers.end(), [](const PolicyConfig& issuer) {
    return issuer.issuer_mode == IssuerMode::kUnchecked;
  });
  std::vector<std::string> doubts;
  if (!any_is_good) DoubtServers(config, known, &doubts);
  DoubtAudiences(config, issuers, &doubts);
  DoubtStandIns(config, known, &doubts);
  DoubtBindings(config, issuers, &doubts);
  DoubtGrants(config, issuers, &doubts);
  return doubts;
}

}  // namespace assay::mcp
