#include <limits>

#include "engine/policy/checks.h"

namespace assay {
namespace {

std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

Reason CheckExpiry(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail) {
  if (!claims.expires_at()) {
    if (!policy.expiry_required) return Reason::kUnset;
    *detail = {"exp"};
    return Reason::kExpiryMissing;
  }
  const std::int64_t expiry = claims.expires_at()->floor();
  if (now < SaturatingAdd(expiry, policy.leeway_seconds)) return Reason::kUnset;
  *detail = {"exp", expiry, now};
  return Reason::kExpired;
}

Reason CheckNotBefore(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail) {
  if (!claims.not_before()) return Reason::kUnset;
  const std::int64_t start = claims.not_before()->ceil();
  if (now >= SaturatingAdd(start, -policy.leeway_seconds)) return Reason::kUnset;
  *detail = {"nbf", start, now};
  return Reason::kNotYetValid;
}

// An absent iat is a missing required claim, which comes later in the order.
Reason CheckAge(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail) {
  if (!policy.max_age_seconds || !claims.issued_at()) return Reason::kUnset;
  const std::int64_t leeway = policy.leeway_seconds;
  const NumericDate issued = *claims.issued_at();
  if (SaturatingAdd(issued.ceil(), -leeway) > now) {
    *detail = {"iat", issued.ceil(), now};
    return Reason::kIssuedInFuture;
  }
  if (now > SaturatingAdd(SaturatingAdd(issued.floor(), *policy.max_age_seconds), leeway)) {
    *detail = {"iat", issued.floor(), now};
    return Reason::kTooOld;
  }
  return Reason::kUnset;
}

Reason CheckTime(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail) {
  Reason reason = CheckExpiry(policy, claims, now, detail);
  if (reason == Reason::kUnset) reason = CheckNotBefore(policy, claims, now, detail);
  if (reason == Reason::kUnset) reason = CheckAge(policy, claims, now, detail);
  return reason;
}

}  // namespace assay
