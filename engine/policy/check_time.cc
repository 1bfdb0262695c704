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

Reason CheckTime(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail) {
  const std::int64_t leeway = policy.leeway_seconds;
  if (claims.expires_at()) {
    const std::int64_t expiry = claims.expires_at()->floor();
    if (now >= SaturatingAdd(expiry, leeway)) {
      *detail = {"exp", expiry, now};
      return Reason::kExpired;
    }
  } else if (policy.expiry_required) {
    *detail = {"exp"};
    return Reason::kExpiryMissing;
  }
  if (claims.not_before()) {
    const std::int64_t start = claims.not_before()->ceil();
    if (now < SaturatingAdd(start, -leeway)) {
      *detail = {"nbf", start, now};
      return Reason::kNotYetValid;
    }
  }
  // An absent iat is a missing required claim, which comes later in the order.
  if (policy.max_age_seconds && claims.issued_at()) {
    const NumericDate issued = *claims.issued_at();
    if (SaturatingAdd(issued.ceil(), -leeway) > now) {
      *detail = {"iat", issued.ceil(), now};
      return Reason::kIssuedInFuture;
    }
    if (now > SaturatingAdd(SaturatingAdd(issued.floor(), *policy.max_age_seconds), leeway)) {
      *detail = {"iat", issued.floor(), now};
      return Reason::kTooOld;
    }
  }
  return Reason::kUnset;
}

}  // namespace assay
