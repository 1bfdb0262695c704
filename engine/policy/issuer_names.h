// IssuerNames: the exact strings by which tokens name one configured issuer. Immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/string_index.h"
#include "engine/claims/claims.h"
#include "engine/policy/policy_config.h"

namespace assay {

// kMaxTemplateStrings: the most strings that one template may stand for.
inline constexpr std::size_t kMaxTemplateStrings = 100'000;

// kSpiffeScheme: what SPIFFE ids begin with; with the trust domain behind it, it stands for the `iss` that JWT-SVIDs
// need not have.
inline constexpr std::string_view kSpiffeScheme = "spiffe://";

// TrustDomainOf: scheme and trust domain of a SPIFFE id that has a path behind them (SPIFFE-ID section 2); nothing for
// any other text. A view of `subject`.
std::optional<std::string_view> TrustDomainOf(std::string_view subject);

// EntryName: what a configuration's entry is called in messages, metrics and by KeyFeed::Of().
std::string EntryName(const PolicyConfig& config);

class IssuerNames {
 public:
  // Build: fails for a template that is none, stands for too many strings, or leaves a value out of use.
  static Result<IssuerNames> Build(const PolicyConfig& config);

  // all: every string, distinct; of a trust domain the one that TrustDomainOf() gives.
  const std::vector<std::string>& all() const { return all_; }
  bool by_trust_domain() const { return by_trust_domain_; }

  // Has: whether `name` is one of them.
  bool Has(std::string_view name) const {
    return all_.size() == 1 ? SameText(name, all_.front()) : index_.Find(name) != StringIndex::kNone;
  }

  // Name: the string by which these claims name this issuer; nothing when they do not. A token with `iss` is never one
  // of a trust domain.
  std::optional<std::string_view> Name(const Claims& claims) const;

  // Canonical: what principal and revocation call the issuer of these claims: of one that has several spellings always
  // the first. Requires claims that Name() knows.
  // A view of the claims, or of this where has_canonical_spelling().
  std::string_view Canonical(const Claims& claims) const {
    return is_plain_ ? claims.issuer().value_or(std::string_view()) : FindCanonical(claims);
  }
  bool has_canonical_spelling() const { return one_issuer_ && all_.size() > 1; }

 private:
  std::string_view FindCanonical(const Claims& claims) const;

  std::vector<std::string> all_;
  StringIndex index_;
  bool by_trust_domain_ = false;
  bool is_plain_ = true;    // `iss` is the canonical name
  bool one_issuer_ = true;  // the strings are spellings of one issuer
};

}  // namespace assay
