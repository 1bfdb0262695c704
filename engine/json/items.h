// The elements of an array, and the members of an object, that were parsed and accepted.
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

// ForEachMember: likewise for each member of an object.
void ForEachMember(const Value& object, Arena& arena, bool (*visit)(void* context, const Member& member),
                   void* context);

template <typename Visitor>
void ForEachMember(const Value& object, Arena& arena, Visitor&& visit) {
  ForEachMember(
      object, arena,
      [](void* context, const Member& member) -> bool {
        return (*static_cast<std::remove_reference_t<Visitor>*>(context))(member);
      },
      &visit);
}

// FindMember: the value of the member of an accepted object with exactly this name; false when there is none. What is
// not asked for is passed over, not read.
bool FindMember(const Value& object, std::string_view name, Arena& arena, Value* value);

// IsArrayOfStrings: whether an accepted value is an array that holds strings only (or nothing).
bool IsArrayOfStrings(const Value& value);

}  // namespace assay::json
