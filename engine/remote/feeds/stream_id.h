// StreamId: the place of an entry in a Redis stream, `MILLISECONDS-SEQUENCE`.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::feeds {

struct StreamId {
  std::uint64_t milliseconds = 0, sequence = 0;

  static std::optional<StreamId> Parse(std::string_view text);
  std::string Text() const { return std::to_string(milliseconds) + "-" + std::to_string(sequence); }

  auto operator<=>(const StreamId&) const = default;
};

}  // namespace assay::feeds
