#include "engine/remote/feeds/stream_id.h"

#include <charconv>

namespace assay::feeds {

std::optional<StreamId> StreamId::Parse(std::string_view text) {
  const char* const end = text.data() + text.size();
  StreamId id;
  const auto [dash, first] = std::from_chars(text.data(), end, id.milliseconds);
  if (first != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [rest, second] = std::from_chars(dash + 1, end, id.sequence);
  if (second != std::errc() || rest != end) return std::nullopt;
  return id;
}

}  // namespace assay::feeds
