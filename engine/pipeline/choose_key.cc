// Which key of an issuer verifies a token.
#include <algorithm>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/pipeline/validate.h"

namespace assay {
namespace {

// Test before set: under a flood of such tokens the line stays shared.
void AskForKeys(const IssuerTrust& issuer) {
  std::atomic<std::uint64_t>& unknown_kid = issuer.signals->unknown_kid;
  if (unknown_kid.load(std::memory_order_relaxed) >= issuer.key_generation) return;  // generations only grow
  unknown_kid.store(issuer.key_generation, std::memory_order_relaxed);
}

// IsPending: whether the token says to be newer than the keys, and not from a future that no clock explains: then a key
// that is not here yet may have signed it. Its `iat` is not authentic, and only chooses between two refusals.
bool IsPending(const InFlight& token, std::int64_t now) {
  constexpr std::int64_t kClockDifference = 60;
  if (token.claims == nullptr || !token.claims->issued_at()) return false;
  const std::int64_t issued_at = token.claims->issued_at()->ceil();
  std::int64_t latest = 0;
  if (__builtin_add_overflow(now, token.issuer->policy->config().leeway_seconds + kClockDifference, &latest)) {
    latest = INT64_MAX;
  }
  return issued_at > token.issuer->keys_fetched_at && issued_at <= latest;
}

// WhyUnusable: why no key with this kid can be used.
std::string_view WhyUnusable(const jwks::KeySet& keys, std::string_view kid) {
  for (const jwks::Jwk& key : keys.keys()) {
    if (key.has_kid && key.kid == kid && key.key == nullptr) return key.unusable_because;
  }
  return "that key is for another alg than the token's";
}

}  // namespace

Reason Pipeline::ChooseKey(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token, FreshToken& fresh) {
  const jwks::KeySet* const keys = snapshot.keys(token.issuer_index);
  if (keys == nullptr) return Reason::kKeysUnavailable;
  if (now > token.issuer->keys_valid_through) {
    AskForKeys(*token.issuer);
    return Reason::kKeysUnavailable;
  }
  if (!token.header.has_kid) {
    const Policy& policy = *token.issuer->policy;
    if (policy.names().by_trust_domain()) {
      token.detail = {};  // JWT-SVID section 3
      token.detail.found = KidsOf(*keys, "a JWT-SVID has one; ");
      return Reason::kKeyNotFound;
    }
    if (policy.config().without_kid == WithoutKid::kTry) return TryKeys(*keys, now, token, fresh);
  }
  const Reason reason = ChooseByHeader(*keys, now, token, fresh);
  if (reason != Reason::kUnset) return reason;
  if (const Reason bound = CheckKeyBinding(token, *fresh.key, now); bound != Reason::kUnset) return bound;
  LearnHeader(token, fresh, HeaderMemo::Proof::kNone);
  fresh.job = jobs_.size();
  QueueSignature(token, *fresh.key, fresh);
  return Reason::kUnset;
}

Reason Pipeline::ChooseByHeader(const jwks::KeySet& keys, std::int64_t now, InFlight& token, FreshToken& fresh) {
  // The same header and the same key set: the same key.
  const auto* const known = std::get_if<KnownHeader>(&fresh.header);
  if (known != nullptr && known->entry->key().key_set == keys.id()) {
    fresh.key_place = known->entry->key();
    fresh.key = &keys.keys()[fresh.key_place.position];
    return Reason::kUnset;
  }
  const jwks::KeySet::Choice choice =
      keys.Choose(token.header.has_kid ? &token.header.kid : nullptr, *token.header.algorithm);
  fresh.key = choice.jwk;
  if (fresh.key != nullptr) {
    fresh.key_place = {keys.id(), static_cast<std::size_t>(fresh.key - keys.keys().data())};
  }
  if (choice.reason == Reason::kKeyUnusable) return Unusable(WhyUnusable(keys, token.header.kid), token);
  if (choice.reason == Reason::kUnset) return choice.reason;
  token.detail = {};
  if (choice.reason != Reason::kKeyNotFound) return choice.reason;
  if (!token.header.has_kid) return NoneFits(keys, token);
  AskForKeys(*token.issuer);
  if (IsPending(token, now)) return Reason::kKeyPending;
  token.detail.found = KidsOf(keys, "");
  return Reason::kKeyNotFound;
}

// Unusable: says why in the detail, which must not view the snapshot.
Reason Pipeline::Unusable(std::string_view why, InFlight& token) {
  token.detail = {};
  token.detail.found = arena_.Copy(why);
  return Reason::kKeyUnusable;
}

// KidsOf: the first names of a set, for the detail: nobody reads more, and a flood of unknown ones must stay cheap.
// Bytes that could mislead a reader are replaced.
std::string_view Pipeline::KidsOf(const jwks::KeySet& keys, std::string_view before) {
  constexpr std::size_t kNamed = 4, kMostBytes = 64;
  constexpr std::string_view kStart = "the set has", kNone = " no kid", kMore = " and others";
  char* const text = arena_.Allocate<char>(before.size() + kStart.size() + kNamed * (kMostBytes + 4) + kMore.size());
  char* end = std::copy(before.begin(), before.end(), text);
  end = std::copy(kStart.begin(), kStart.end(), end);
  std::size_t named = 0;
  for (const jwks::Jwk& key : keys.keys()) {
    if (!key.has_kid) continue;
    if (named == kNamed) {
      end = std::copy(kMore.begin(), kMore.end(), end);
      break;
    }
    if (named++ > 0) *end++ = ',';
    *end++ = ' ';
    *end++ = '"';
    const std::string_view kid = std::string_view(key.kid).substr(0, kMostBytes);
    end =
        std::transform(kid.begin(), kid.end(), end, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' ? c : '?'; });
    *end++ = '"';
  }
  if (named == 0) end = std::copy(kNone.begin(), kNone.end(), end);
  return {text, static_cast<std::size_t>(end - text)};
}

// NoneFits: of a token without kid, for whose alg there is no key: which there are keys for.
Reason Pipeline::NoneFits(const jwks::KeySet& keys, InFlight& token) {
  AlgorithmSet usable;
  for (const jwks::Jwk& key : keys.keys()) {
    if (key.key != nullptr) usable = usable | key.algorithms;
  }
  token.detail = {AlgorithmName(*token.header.algorithm), usable.bits()};
  return Reason::kKeyNotFound;
}

// CheckKeyBinding: a key may be one issuer's among several that publish their keys together, and a trust domain's keys
// may be for other documents. A certificate's key is for the time of its certificate.
Reason Pipeline::CheckKeyBinding(InFlight& token, const jwks::Jwk& key, std::int64_t now) {
  if (!key.IsValidAt(now)) return Unusable("the certificate of that key is not valid now", token);
  if (key.issuer && token.claims != nullptr && !jwks::IsIssuerOf(*key.issuer, token.claims->issuer().value_or(""))) {
    const Reason reason = Unusable(kKeyOfAnotherIssuer, token);
    token.detail.wanted = arena_.Copy(*key.issuer);
    return reason;
  }
  if (token.issuer->policy->names().by_trust_domain() && !key.for_svid) {
    return Unusable(kKeyForOtherEnds, token);
  }
  return Reason::kUnset;
}

// TryKeys: queues a signature for each key that fits. The header memo learns no key: none belongs to the header.
Reason Pipeline::TryKeys(const jwks::KeySet& keys, std::int64_t now, InFlight& token, FreshToken& fresh) {
  const jwks::Jwk** const fit = arena_.Allocate<const jwks::Jwk*>(kMaxKeysTried);
  std::size_t count = 0;
  bool is_for_alg = false;
  for (const jwks::Jwk& key : keys.keys()) {
    if (key.key == nullptr || !key.algorithms.Contains(*token.header.algorithm)) continue;
    is_for_alg = true;
    if (CheckKeyBinding(token, key, now) != Reason::kUnset) continue;
    if (count == kMaxKeysTried) {
      token.detail.bound = kMaxKeysTried;
      return Reason::kKeyAmbiguous;
    }
    fit[count++] = &key;
  }
  if (count == 0) {
    if (!is_for_alg) return NoneFits(keys, token);
    (void)Unusable("no key for its alg is this issuer's and valid now", token);  // each for a reason of its own
    return Reason::kKeyNotFound;
  }
  fresh.key = fit[0];
  fresh.job = jobs_.size();
  fresh.tried = {fit, count};
  for (const jwks::Jwk* const key : fresh.tried) QueueSignature(token, *key, fresh);
  return Reason::kUnset;
}

void Pipeline::QueueSignature(const InFlight& token, const jwks::Jwk& key, const FreshToken& fresh) {
  SignatureJob& job = jobs_.emplace_back();  // filled in place: a copy would cost a store-forwarding stall
  job.key = key.key.get();
  job.algorithm = *token.header.algorithm;
  job.signing_input = fresh.compact.signing_input;
  job.signature = fresh.signature;
}

}  // namespace assay
