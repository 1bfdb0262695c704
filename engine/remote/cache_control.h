// How long a reply says that it is good for (RFC 9111 section 5.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::remote {

// Seconds for which a reply with this Cache-Control (and Age, may be empty) may be used without asking
// again: max-age less age, never negative; 0 with no-store or no-cache. Nothing when it does not say,
// or says so malformed. A number that is too large is as large as can be.
std::optional<std::int64_t> FreshnessSeconds(std::string_view cache_control, std::string_view age);

}  // namespace assay::remote
