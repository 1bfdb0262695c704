// TrustSnapshot: everything that decides a verdict besides the token and the time, at one moment.
// Immutable; published through a SnapshotCell.
//
// # Generations
// Whoever remembers something between batches keeps the generations under which it was true, never an
// address or an issuer's index, and compares them when it is used. All come from NextGeneration(), so
// none is ever reused in the process, by whatever issuer, engine or configuration.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/generation.h"
#include "engine/base/limits.h"
#include "engine/base/string_index.h"
#include "engine/jwks/key_set.h"
#include "engine/policy/policy.h"

namespace assay {

// IssuerSignals: what validation tells whoever refreshes an issuer's keys; shared by successive snapshots.
struct IssuerSignals {
  // unknown_kid: the generation of the keys of which a token named none, or which it found too old; 0: no token did. Of
  // a batch that still had an earlier snapshot pinned, it is known to be of keys that have been replaced since.
  std::atomic<std::uint64_t> unknown_kid{0};
};

struct IssuerTrust {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const jwks::KeySet> keys;  // null: none loaded, or too old to be used
  std::shared_ptr<IssuerSignals> signals;

  // key_generation, policy_generation: together they say what every verdict on this issuer's tokens depends on. While
  // both are as they were, the same token at the same time gets the same verdict once the issuer has been chosen.
  std::uint64_t key_generation = 0;     // new when keys differ, or are withdrawn; an unchanged set keeps it
  std::uint64_t policy_generation = 0;  // new when the policy differs, or a limit on tokens

  std::size_t counter_row = 0;  // where workers count this issuer's tokens

  // keys_valid_through: the last Unix second at which the keys may be used. No generation changes with it: whoever
  // remembers a verdict looks here as well.
  std::int64_t keys_valid_through = INT64_MAX;

  // keys_fetched_at: the Unix second in which the fetch began that brought or confirmed the keys; INT64_MAX where no
  // fetch brings them. Likewise.
  std::int64_t keys_fetched_at = INT64_MAX;
};

// IssuerDirectory: what a configuration fixes: who the issuers are, and what holds for all of them. Shared by the
// snapshots that differ in keys alone.
class IssuerDirectory {
 public:
  static constexpr int kNoIssuer = -1;

  // IssuerDirectory: of the issuers with these policies, in this order. Requires distinct names.
  IssuerDirectory(Limits limits, const std::vector<std::shared_ptr<const Policy>>& policies);
  IssuerDirectory(const IssuerDirectory&) = delete;
  IssuerDirectory& operator=(const IssuerDirectory&) = delete;

  // Named: the issuer that tokens with this `iss` are of, or kNoIssuer. OfTrustDomain: that of the trust domain which
  // TrustDomainOf() gave.
  int Named(std::string_view iss) const { return IndexOf(by_name_.Find(iss)); }
  int OfTrustDomain(std::string_view domain) const { return IndexOf(by_trust_domain_.Find(domain)); }
  // OfEntry: the issuer whose entry EntryName() calls so, or kNoIssuer. No token's `iss` need be that.
  int OfEntry(std::string_view name) const { return IndexOf(by_entry_.Find(name)); }

  // Kind: the first of the issuers that have a name, or of those that are trust domains, and how many there are.
  struct Kind {
    int first = kNoIssuer;
    std::int64_t count = 0;
  };

 private:
  friend class TrustSnapshot;

  static int IndexOf(std::size_t found) { return found == StringIndex::kNone ? kNoIssuer : static_cast<int>(found); }

  Limits limits_;
  StringIndex by_name_;
  StringIndex by_trust_domain_;
  StringIndex by_entry_;
  Kind named_, trust_domains_;
  AlgorithmSet algorithms_;
  bool only_issuer_ = false;
  bool issuer_required_ = true;
  bool signature_only_ = false;
};

class TrustSnapshot {
 public:
  static constexpr int kNoIssuer = IssuerDirectory::kNoIssuer;
  using Issuers = std::vector<std::shared_ptr<const IssuerTrust>>;

  // Requires as many issuers as the directory has, in its order.
  TrustSnapshot(std::shared_ptr<const IssuerDirectory> directory, Issuers issuers);
  TrustSnapshot(const TrustSnapshot&) = delete;
  TrustSnapshot& operator=(const TrustSnapshot&) = delete;

  // generation: tells this snapshot from every other.
  std::uint64_t generation() const { return generation_; }

  const Limits& limits() const { return directory_->limits_; }

  // issuer: requires an index that FindIssuer() gave, or one below issuer_count().
  const IssuerTrust& issuer(int index) const { return *issuers_[static_cast<std::size_t>(index)]; }
  // keys: issuer(index).keys, one load closer; may be null.
  const jwks::KeySet* keys(int index) const { return keys_[static_cast<std::size_t>(index)]; }
  std::size_t issuer_count() const { return issuers_.size(); }

  // algorithms: those that at least one issuer allows.
  AlgorithmSet algorithms() const { return directory_->algorithms_; }

  // FindIssuer gives the only issuer when its mode does not choose by `iss`, else the one named `iss`; or kNoIssuer.
  // FindTrustDomain: the issuer of tokens without `iss` that have this `sub`.
  int FindIssuer(std::string_view iss) const { return directory_->only_issuer_ ? 0 : directory_->Named(iss); }
  int FindTrustDomain(std::string_view subject) const {
    const std::optional<std::string_view> domain = TrustDomainOf(subject);
    return domain ? directory_->OfTrustDomain(*domain) : kNoIssuer;
  }
  // IsTrustDomain: whether `name` is scheme and trust domain of an issuer.
  bool IsTrustDomain(std::string_view name) const { return directory_->OfTrustDomain(name) != kNoIssuer; }

  // named_issuers, trust_domains: tokens of the former have `iss`; only where there are any of the latter, tokens
  // without it can be of an issuer.
  const IssuerDirectory::Kind& named_issuers() const { return directory_->named_; }
  const IssuerDirectory::Kind& trust_domains() const { return directory_->trust_domains_; }

  bool issuer_required() const { return directory_->issuer_required_; }
  bool signature_only() const { return directory_->signature_only_; }

 private:
  const std::uint64_t generation_ = NextGeneration();
  std::shared_ptr<const IssuerDirectory> directory_;
  Issuers issuers_;
  std::vector<const jwks::KeySet*> keys_;  // of issuers_
};

}  // namespace assay
