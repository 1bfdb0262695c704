// Freshness lifetime of a reply by Cache-Control and Age (RFC 9111 sections 4.2.1 and 5.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::remote {

// FreshnessSeconds: the remaining freshness lifetime of a reply with this Cache-Control and Age (may be empty):
// max-age less age, never negative; 0 with no-store or no-cache. Nothing when it is absent or malformed.
// Numbers that are too large saturate.
std::optional<std::int64_t> FreshnessSeconds(std::string_view cache_control, std::string_view age);

}  // namespace assay::remote
