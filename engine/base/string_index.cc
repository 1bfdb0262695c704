#include "engine/base/string_index.h"

#include <algorithm>
#include <bit>
#include <set>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace assay {
namespace {

std::vector<StringIndex::Entry> WithPositions(const std::vector<std::string_view>& strings) {
  std::vector<StringIndex::Entry> entries;
  for (const std::string_view text : strings) entries.emplace_back(text, entries.size());
  return entries;
}

}  // namespace

StringIndex::StringIndex(const std::vector<std::string_view>& strings) : StringIndex(WithPositions(strings)) {}

StringIndex::StringIndex(const std::vector<Entry>& entries) {
  constexpr std::size_t kLastWord = 256;  // later offsets are not tried
  std::vector<Entry> distinct;
  std::set<std::string_view> seen;
  std::size_t longest = 0;
  for (const Entry& entry : entries) {
    if (!seen.insert(entry.first).second) continue;
    distinct.push_back(entry);
    texts_ += entry.first;
    longest = std::max(longest, entry.first.size());
  }
  ASSAY_CHECK(texts_.size() < kEmpty && entries.size() < kEmpty);
  slots_.resize(std::bit_ceil(4 * distinct.size() + 1));
  mask_ = slots_.size() - 1;

  std::size_t fewest = 2 * distinct.size() + 1;  // more collisions than this is far worse than random
  word_at_ = kNone;
  for (std::size_t at = 0; fewest != 0 && (at == 0 || at + 8 <= std::min(longest, kLastWord)); ++at) {
    const std::size_t collisions = Place(distinct, at, fewest);
    if (collisions >= fewest) continue;
    fewest = collisions;
    word_at_ = at;
  }
  Place(distinct, word_at_, kNone);
}

std::uint64_t StringIndex::HashAll(std::string_view text) {
  static const SeededHash hash(RandomSeed());
  return hash(text);
}

std::size_t StringIndex::Place(const std::vector<Entry>& entries, std::size_t word_at, std::size_t most) {
  std::fill(slots_.begin(), slots_.end(), Slot());
  std::size_t collisions = 0;
  std::size_t start = 0;
  for (const auto& [text, position] : entries) {
    const std::uint64_t hash = word_at == kNone ? HashAll(text) : HashWord(text, word_at);
    std::size_t at = hash & mask_;
    for (; slots_[at].size != kEmpty; at = (at + 1) & mask_) {
      if (++collisions == most) return most;
    }
    slots_[at] = {TagOf(hash), static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(start),
                  static_cast<std::uint32_t>(position)};
    start += text.size();
  }
  return collisions;
}

}  // namespace assay
