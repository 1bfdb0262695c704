#include "engine/remote/refresh_schedule.h"

#include <algorithm>

#include "engine/base/check.h"

namespace assay::remote {

using std::chrono::seconds;

namespace {

constexpr double kEarliest = 0.75, kLatest = 0.9;  // of a lifetime: when it is refreshed ahead

}  // namespace

RefreshSchedule::RefreshSchedule(const RefreshConfig& config, std::uint64_t seed, Instant now)
    : config_(Normalized(config)), random_state_(seed), next_(now), overdue_(Overdue(now)) {}

void RefreshSchedule::Reconfigure(const RefreshConfig& config, Instant now) {
  config_ = Normalized(config);
  next_ = now;
}

void RefreshSchedule::Answered() {
  unknown_kid_ = false;
  asked_ = false;
  asking_since_.reset();
  ask_overdue_.reset();
}

void RefreshSchedule::Asked(Instant now, bool done) {
  if (!unknown_kid_) return;  // answered meanwhile
  asked_ = done;
  if (asking_since_) return;
  asking_since_ = now;
  ask_overdue_ = Overdue(now + seconds(config_.cooldown_seconds));
}

RefreshSchedule::Cause RefreshSchedule::Claim(Instant now, bool another_fetches) {
  if (in_flight_ || now < NextFetch(another_fetches)) return Cause::kNone;
  const Cause cause = unknown_kid_ ? Cause::kUnknownKid : Cause::kDue;
  in_flight_ = true;
  Answered();  // by this fetch
  begun_ = now;
  if (cause == Cause::kUnknownKid) cooldown_from_ = now;
  return cause;
}

Instant RefreshSchedule::NextFetch(bool another_fetches) const {
  if (another_fetches) return std::min(overdue_, ask_overdue_.value_or(overdue_));
  if (!unknown_kid_ || !begun_) return next_;
  return std::min(next_, cooldown_from_ ? *cooldown_from_ + seconds(config_.cooldown_seconds) : *begun_);
}

seconds RefreshSchedule::Lifetime(std::optional<std::int64_t> max_age) const {
  return seconds(std::clamp(max_age.value_or(kDefaultLifetime.count()), config_.min_seconds, config_.max_seconds));
}

void RefreshSchedule::Succeeded(Instant now, std::optional<std::int64_t> max_age) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  Adopt(*begun_, max_age, now);
}

void RefreshSchedule::Adopt(Instant begun, std::optional<std::int64_t> max_age, Instant now) {
  const Instant lifetime = Lifetime(max_age);
  const Instant least = seconds(config_.min_seconds);
  failures_in_a_row_ = 0;
  next_ = begun + std::max(Jittered(lifetime, kEarliest, kLatest), least);
  // What was old already when this process found it is no reason for haste.
  overdue_ = Overdue(std::max(now, begun + std::max(Jittered(lifetime, kLatest, kLatest), least)));
}

void RefreshSchedule::Failed(Instant now) {
  ASSAY_CHECK(in_flight_);
  in_flight_ = false;
  cooldown_from_ = begun_;
  Instant backoff = kFirstBackoff;
  for (std::uint64_t i = 0; i < failures_in_a_row_ && backoff < kLongestBackoff; ++i) backoff *= 2;
  ++failures_in_a_row_;
  next_ = now + Jittered(std::min<Instant>(backoff, kLongestBackoff), 0.5, 1.0);
  overdue_ = Overdue(now);
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
