#include "engine/api/parked_tokens.h"

#include <new>
#include <utility>

namespace assay {

ParkedTokens::Keys ParkedTokens::Keys::Of(const TrustSnapshot& snapshot, int issuer) {
  Keys keys{.issuer = issuer};
  if (issuer >= 0 && static_cast<std::size_t>(issuer) < snapshot.issuer_count()) {
    keys.generation = snapshot.issuer(issuer).key_generation;
    keys.fetched_at = snapshot.issuer(issuer).keys_fetched_at;
  }
  return keys;
}

bool ParkedTokens::Park(std::uint64_t number, std::string_view bytes, Completion done, const TrustSnapshot& pinned,
                        int issuer, TimePoint clock) noexcept {
  const Keys keys = Keys::Of(pinned, issuer);
  if (keys.generation == 0) return false;  // a reload came between
  const std::size_t row = pinned.issuer(issuer).counter_row;
  if (tokens_.size() >= kMaxTokens || bytes.size() > kMaxBytes - bytes_) return false;
  try {
    if (row >= of_issuer_.size()) of_issuer_.resize(row + 1);
    if (of_issuer_[row] >= kMaxTokensOfIssuer) return false;
    if (tokens_.empty()) next_look_ = clock + kLookEvery;
    tokens_.emplace_hint(tokens_.end(), number, Parked{bytes, done, clock + wait_, keys, row});
  } catch (const std::bad_alloc&) {
    return false;
  }
  ++of_issuer_[row];
  bytes_ += bytes.size();
  return true;
}

void ParkedTokens::BeginLook(const TrustSnapshot& pinned, TimePoint clock) {
  changed_ = std::exchange(seen_snapshot_, pinned.generation()) != pinned.generation();
  look_clock_ = clock;
  next_look_ = clock + kLookEvery;
  looked_at_ = 0;
}

std::optional<ParkedTokens::Due> ParkedTokens::NextDue(const TrustSnapshot& pinned) {
  for (auto token = tokens_.upper_bound(looked_at_); token != tokens_.end(); ++token) {
    const Parked& parked = token->second;
    const bool time_is_up = parked.until <= look_clock_;
    if (!time_is_up && !changed_) break;  // nor is that of those behind it
    looked_at_ = token->first;
    if (time_is_up || Keys::Of(pinned, parked.keys.issuer) != parked.keys) {
      return Due{token->first, parked.bytes, parked.done};
    }
  }
  return std::nullopt;
}

bool ParkedTokens::Keep(std::uint64_t number, const TrustSnapshot& pinned, int issuer) {
  const auto token = tokens_.find(number);
  if (token == tokens_.end() || token->second.until <= look_clock_) return false;
  token->second.keys = Keys::Of(pinned, issuer);
  return true;
}

bool ParkedTokens::Take(std::uint64_t number) {
  const auto token = tokens_.find(number);
  if (token == tokens_.end()) return false;
  Erase(token);
  return true;
}

Completion ParkedTokens::TakeFirst() {
  const Completion done = tokens_.begin()->second.done;
  Erase(tokens_.begin());
  return done;
}

void ParkedTokens::Erase(Tokens::iterator token) {
  --of_issuer_[token->second.row];
  bytes_ -= token->second.bytes.size();
  tokens_.erase(token);
}

}  // namespace assay
