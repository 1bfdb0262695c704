// RevocationBatch: which tokens of one batch have been revoked. One per worker; not thread-safe.
//
// # Example
//   batch.Start();
//   handle = batch.Add(claims, issuer);   // for each token, while its claims are in the caches from being parsed
//   batch.Resolve(now);                   // once, when the signatures have been verified
//   batch.ReasonOf(handle, &detail);      // of those tokens that are authentic
//   batch.IsKeyRevoked(name, keys, thumbprint);  // likewise, where batch.any_key_revoked()
//   batch.Finish();                       // when nothing is asked any more
//
// # What a token is looked for by
// (iss, jti), (iss, sub), (iss, client_id), (iss, sid), what the policy names in their place, and iss; a `sid` that is
// no string counts as it is spelled. `iss` is the name that the issuer is revoked by: see Add().
//
// # Keys
// A revocation by `kid` goes by the key that has verified the token, and not by what its header says: whoever has
// stolen a key leaves the `kid` out, or takes another one of the same key. So it is looked for by the kids that keys
// of the issuer's key set have or once had, once for each key set and state of the revocations, and only where there is
// such a revocation at all.
//
// # What is in force
// Resolve() pins what is published when it begins, also when the store came into use only after Add(). Without a store,
// or while the store is not in use, nothing is revoked. No lock and no clock; allocates only to grow to a larger batch
// than it has seen.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/claims/identity.h"
#include "engine/jwks/key_set.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay::revocation {

class RevocationBatch {
 public:
  // Handle: stands for one token of the batch.
  using Handle = std::size_t;

  // RevocationBatch: the store may be null and must otherwise outlive this.
  explicit RevocationBatch(RevocationStore* store);

  // Start forgets the tokens of the batch before.
  void Start();

  // Add takes a token into the batch. `issuer`: the name that the issuer is revoked by, however its tokens spell it.
  // `identity`: by what else the token is revoked than by its registered claims; may be null. All must live until
  // Resolve() returns.
  Handle Add(const Claims& claims, std::string_view issuer, const Identity* identity = nullptr) {
    tokens_.push_back({&claims, issuer, identity});
    if (hash_early_) Hash(tokens_.back(), &lookups_.emplace_back());
    return tokens_.size() - 1;
  }

  // Resolve looks all tokens of the batch up.
  void Resolve(std::int64_t now);

  // any_key_revoked says whether Resolve() has found a revocation by `kid`, of whomever.
  bool any_key_revoked() const { return revoked_keys_in_[0] != nullptr || revoked_keys_in_[1] != nullptr; }

  // IsKeyRevoked says whether a revocation by `kid` means the key of `keys` with this thumbprint. `names`: every string
  // by which tokens name the issuer whose keys these are; none where `iss` is not checked. `policy`: the generation of
  // the issuer's policy, which these names are of: one key set may be that of several issuers, and outlive a name.
  bool IsKeyRevoked(std::span<const std::string> names, std::uint64_t policy, const jwks::KeySet& keys,
                    std::string_view thumbprint);

  // Finish lets go of what was in force.
  void Finish() {
    if (any_key_revoked()) revoked_keys_in_ = {};
  }

  // ReasonOf gives kUnset when nothing stands against the token, or kRevoked, with the claim's name in the detail, or
  // kRevocationUnavailable: not known to be revoked, but what is held was complete until earlier than `now`, or
  // nobody has called Resolve(). The detail is written with a reason only.
  Reason ReasonOf(Handle handle, Detail* detail) const {
    return nothing_in_force_ ? Reason::kUnset : Resolved(handle, detail);
  }

 private:
  struct Token {
    const Claims* claims;
    std::string_view issuer;
    const Identity* identity;
  };
  // Name: one of the values that a token is looked for by, in the order in which they are.
  struct Name {
    RevokedBy by;
    bool registered;  // else by what the policy calls so
    std::string_view claim;
  };
  static constexpr Name kNames[] = {{RevokedBy::kJwtId, true, "jti"},        {RevokedBy::kSubject, true, "sub"},
                                    {RevokedBy::kClient, true, "client_id"}, {RevokedBy::kSession, true, "sid"},
                                    {RevokedBy::kJwtId, false, "jti"},       {RevokedBy::kClient, false, "client_id"},
                                    {RevokedBy::kSession, false, "sid"}};
  static constexpr std::size_t kRegistered = 4;  // of these, which come first
  struct Lookup {
    std::array<std::uint64_t, std::size(kNames)> hashes = {};
    std::uint8_t present = 0;  // bit i: kNames[i] is there
    Reason reason = Reason::kRevocationUnavailable;
    std::string_view revoked_by = {};  // the claim's name, with kRevoked
  };

  // AskedSet: a set, with the names that it may hold: bit i is kNames[i].
  struct AskedSet {
    const RevocationSet* set;
    std::uint8_t names;
  };
  using AskedSets = std::array<AskedSet, 2>;

  bool InUse() const { return store_ != nullptr && store_->in_use(); }
  Reason Resolved(Handle handle, Detail* detail) const;
  // LookAt keeps those sets for IsKeyRevoked() that list keys, and forgets what it knew of other revocations.
  void LookAt(const Revocations& revocations);
  void Hash(const Token& token, Lookup* lookup) const;
  static std::uint8_t NamesIn(const RevocationSet& set);  // as AskedSet has them
  static void Prefetch(const AskedSets& sets, const Lookup& lookup);
  static std::optional<std::string_view> ValueOf(const Token& token, const Name& name);
  // IsRevoked, IsRevokedIn set `revoked_by` when it is.
  bool IsRevoked(const AskedSets& sets, const Fingerprinter& names, const Token& token, Lookup* lookup) const;
  bool IsRevokedIn(const AskedSet& asked, const Fingerprinter& names, const Token& token, Lookup* lookup) const;
  bool IsListed(std::string_view issuer, std::string_view kid) const;
  // RevokedOf: the thumbprints of the keys that are revoked by the names of an issuer.
  std::vector<std::string> RevokedOf(std::span<const std::string> names, const jwks::KeySet& keys) const;

  RevocationStore* const store_;
  std::optional<SnapshotCell<Revocations>::Reader> reader_;  // of store_
  std::vector<Token> tokens_;                                // by Handle
  std::vector<Lookup> lookups_;                              // likewise; none when the store was not in use at Start()
  bool hash_early_ = false;                                  // the store was in use at Start()
  bool nothing_in_force_ = false;                            // as Resolve() found it
  std::int64_t fresh_until_ = INT64_MAX, now_ = 0;           // of Resolve()

  std::array<std::shared_ptr<const RevocationSet>, 2> revoked_keys_in_;  // those that list keys; null: it lists none
  // IssuersKeys: a key set, by the names of a policy.
  struct IssuersKeys {
    auto operator<=>(const IssuersKeys&) const = default;

    std::uint64_t policy, key_set;
  };
  // KnownKeys: those of a key set that are revoked.
  struct KnownKeys {
    IssuersKeys keys;
    std::vector<std::string> revoked;  // their thumbprints
  };
  std::uint64_t known_generation_ = 0;      // of the revocations by which the next two were found
  std::array<std::uint8_t, 2> names_in_{};  // added, listed: as AskedSet has them
  std::vector<KnownKeys> known_keys_;       // of the key sets looked through, by `keys`
};

}  // namespace assay::revocation
