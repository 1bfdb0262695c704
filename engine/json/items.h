// The elements of an array that was parsed and accepted.
#pragma once

#include <type_traits>

#include "engine/base/arena.h"
#include "engine/json/value.h"

namespace assay::json {

// ForEachItem: calls `visit(item)` for each element of an array that a StrictParser has accepted; `array.raw` is
// read again, strings with escapes are unescaped into `arena`. Stops early when visit returns false.
void ForEachItem(const Value& array, Arena& arena, bool (*visit)(void* context, const Value& item), void* context);

template <typename Visitor>
void ForEachItem(const Value& array, Arena& arena, Visitor&& visit) {
  ForEachItem(
      array, arena,
      [](void* context, const Value& item) -> bool {
        return (*static_cast<std::remove_reference_t<Visitor>*>(context))(item);
      },
      &visit);
}

// IsArrayOfStrings: whether an accepted value is an array that holds strings only (or nothing).
bool IsArrayOfStrings(const Value& value);

}  // namespace assay::json
