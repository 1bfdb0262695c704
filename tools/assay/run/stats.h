// What a run of `assay verify` did, for --stats and SIGINT.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/reason.h"

namespace assay::cli {

struct Stats {
  std::array<std::uint64_t, 256> by_reason = {};

  void Add(Reason reason) { ++by_reason[static_cast<std::uint8_t>(reason)]; }
  void Add(const Stats& other);

  std::uint64_t tokens() const;
  std::uint64_t accepted() const { return by_reason[static_cast<std::uint8_t>(Reason::kAccepted)]; }

  // Text: one `name value` a line; under `rejected`, one indented line for each reason seen.
  std::string Text(double seconds, std::string_view kernel) const;
};

}  // namespace assay::cli
