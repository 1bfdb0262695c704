#include "engine/remote/refresh_schedule.h"

#include <algorithm>

#include "engine/base/check.h"

namespace assay::remote {

using std::chrono::seconds;

RefreshSchedule::RefreshSchedule(const RefreshConfig& config, std::uint64_t seed, Instant now)
    : config_(Normalized(config)), random_state_(seed), next_(now) {}

void RefreshSchedule::Reconfigure(const RefreshConfig& config, Instant now) {
  config_ = Normalized(config);
  next_ = now;
}

RefreshSchedule::Cause RefreshSchedule::Claim(Instant now) {
  if (in_flight_ || now < NextFetch()) return Cause::kNone;
  const Cause cause = unknown_kid_ ? Cause::kUnknownKid : Cause::kDue;
  in_flight_ = true;
  unknown_kid_ = false;
  begun_ = now;
  if (cause == Cause::kUnknownKid) cooldown_from_ = now;
  return cause;
}

Instant RefreshSchedule::NextFetch() const {
  if (!unknown_kid_ || !begun_) return next_;
  return std::min(next_, cooldown_from_ ? *cooldown_from_ + seconds(config_.cooldown_seconds) : *begun_);
}

void RefreshSchedule::Succeeded(Instant now, std::optional<std::int64_t> max_age) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  failures_in_a_row_ = 0;
  const seconds lifetime(
      std::clamp(max_age.value_or(kDefaultLifetime.count()), config_.min_seconds, config_.max_seconds));
  next_ = now + std::max<Instant>(Jittered(lifetime, 0.75, 0.9), seconds(config_.min_seconds));
}

void RefreshSchedule::Failed(Instant now) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  cooldown_from_ = begun_;
  Instant backoff = kFirstBackoff;
  for (std::uint64_t i = 0; i < failures_in_a_row_ && backoff < kLongestBackoff; ++i) backoff *= 2;
  ++failures_in_a_row_;
  next_ = now + Jittered(std::min<Instant>(backoff, kLongestBackoff), 0.5, 1.0);
}

Instant RefreshSchedule::Jittered(Instant whole, double least, double most) {
  // splitmix64
  std::uint64_t z = random_state_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  const double unit = static_cast<double>(z >> 11) * 0x1.0p-53;
  return Instant(static_cast<Instant::rep>(static_cast<double>(whole.count()) * (least + (most - least) * unit)));
}

}  // namespace assay::remote
