#include "engine/remote/refresh_schedule.h"

#include <algorithm>

#include "engine/base/check.h"

namespace assay::remote {
namespace {

using std::chrono::seconds;

// Normalized: `config` with every bound in range. A program may give any; a file's are checked when it is read.
RefreshConfig Normalized(RefreshConfig config) {
  config.min_seconds = std::max<std::int64_t>(config.min_seconds, 1);
  config.max_seconds = std::max(config.max_seconds, config.min_seconds);
  config.cooldown_seconds = std::max<std::int64_t>(config.cooldown_seconds, 1);
  config.max_stale_seconds = std::max(config.max_stale_seconds, config.max_seconds);
  return config;
}

}  // namespace

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
  last_start_ = now;
  return cause;
}

Instant RefreshSchedule::NextFetch() const {
  if (!unknown_kid_ || !last_start_) return next_;
  return std::min(next_, *last_start_ + seconds(config_.cooldown_seconds));
}

void RefreshSchedule::Succeeded(Instant now, std::optional<std::int64_t> max_age) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  failures_in_a_row_ = 0;
  fetched_at_ = last_start_;
  said_near_ = false;
  const seconds lifetime(
      std::clamp(max_age.value_or(kDefaultLifetime.count()), config_.min_seconds, config_.max_seconds));
  next_ = now + std::max<Instant>(Jittered(lifetime, 0.75, 0.9), seconds(config_.min_seconds));
}

void RefreshSchedule::Failed(Instant now) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  Instant backoff = kFirstBackoff;
  for (std::uint64_t i = 0; i < failures_in_a_row_ && backoff < kLongestBackoff; ++i) backoff *= 2;
  ++failures_in_a_row_;
  next_ = now + Jittered(std::min<Instant>(backoff, kLongestBackoff), 0.5, 1.0);
}

RefreshSchedule::Staleness RefreshSchedule::TakeStaleness(Instant now) {
  if (!fetched_at_) return Staleness::kUnchanged;
  const Instant end = KeysEnd();
  if (now >= end) {
    fetched_at_.reset();
    return Staleness::kReached;
  }
  if (said_near_ || now < end - max_stale() / 10) return Staleness::kUnchanged;
  said_near_ = true;
  return Staleness::kNear;
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
