#include "engine/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace assay {
namespace {

// EditDistance: how many letters are to be put in, taken out or changed to make `b` of `a`, in any case.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (ToLower(a[i - 1]) == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view NearestName(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kShortest = 4, kLongest = 64;  // what is shorter or longer resembles nothing
  std::string_view meant;
  if (name.size() < kShortest || name.size() > kLongest) return meant;
  std::size_t least = SIZE_MAX;
  for (const std::string_view one : known) {
    const std::size_t distance = EditDistance(name, one);
    const bool is_part = one.size() >= kShortest &&
                         (name.find(one) != std::string_view::npos || one.find(name) != std::string_view::npos);
    if (distance >= least || !(is_part || distance <= name.size() / 4)) continue;
    least = distance;
    meant = one;
  }
  return meant;
}

}  // namespace assay
