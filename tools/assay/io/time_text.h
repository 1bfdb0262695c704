// Times for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::cli {

// UtcText: the Unix second `seconds` as `2026-11-28 20:00:00 UTC`; nothing for one that no calendar of ours has.
std::optional<std::string> UtcText(std::int64_t seconds);

// DurationText: `3 s`, `2 h 5 min`, `41 days`: the two largest units, rounded down.
std::string DurationText(std::uint64_t seconds);

}  // namespace assay::cli
