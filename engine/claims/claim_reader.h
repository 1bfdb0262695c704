// ClaimReader: finds the claims of one token by their paths.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/claims/claim_path.h"
#include "engine/claims/claims.h"
#include "engine/json/items.h"
#include "engine/json/structure.h"

namespace assay {

// ClaimHints: where claims stood in the tokens before: an issuer writes them in one order. A hint is held against the
// name, so that a wrong one costs time only. One per worker.
class ClaimHints {
 public:
  // IndexOf: which hint is that of whoever looks a claim up, by its address. Several may share one.
  static std::uint16_t IndexOf(const void* who) {
    return static_cast<std::uint16_t>(reinterpret_cast<std::uintptr_t>(who) / alignof(std::max_align_t) % kCount);
  }
  std::uint16_t& operator[](std::uint16_t index) { return places_[index]; }

 private:
  static constexpr std::size_t kCount = 256;

  std::array<std::uint16_t, kCount> places_ = {};
};

class ClaimReader {
 public:
  // ClaimReader: all of these must outlive it. `hints` may be null, and `structure`, which is that of the claims' text,
  // with StrictParser::kPadding readable bytes behind.
  ClaimReader(const Claims& claims, Arena& arena, ClaimHints* hints = nullptr,
              const json::Structure* structure = nullptr)
      : claims_(claims), arena_(arena), hints_(hints), structure_(structure) {}

  const Claims& claims() const { return claims_; }
  Arena& arena() const { return arena_; }

  // Find: the value at `path`, which is not empty; null when it is absent. Of a path of several names it lies in the
  // arena.
  const json::Value* Find(const ClaimPath& path) const {
    const json::Member* const first = FindFirst(path);
    return first == nullptr ? nullptr : FindBelow(path, first->value);
  }

  // FindFirst, FindBelow: its two steps: the root's member of the path's first name, and what the rest of the path
  // leads to in its value: of a path of one name the value itself.
  const json::Member* FindFirst(const ClaimPath& path) const {
    const std::uint16_t hint = ClaimHints::IndexOf(&path);
    if (hints_ != nullptr) {
      const std::span<const json::Member> members = claims_.members();
      const std::size_t place = (*hints_)[hint];
      if (place < members.size() && SameText(members[place].name, path.front())) return &members[place];
    }
    return Search(path.front(), hint);
  }
  const json::Value* FindBelow(const ClaimPath& path, const json::Value& first) const {
    return path.size() == 1 ? &first : Descend(path, first);
  }

  // IsLiteral: true: no string of the claims has an escape; false: that is not known.
  bool IsLiteral() const { return structure_ != nullptr; }

  // ForEachItem, IsArrayOfStrings: json's, of a claim that was found here.
  template <typename Visitor>
  void ForEachItem(const json::Value& array, Visitor&& visit) const {
    if (Places(array)) return structure_->ForEachItem(array, visit);
    json::ForEachItem(array, arena_, visit);
  }
  bool IsArrayOfStrings(const json::Value& value) const {
    if (value.kind != json::Kind::kArray) return false;
    return Places(value) ? structure_->IsArrayOfStrings(value) : json::IsArrayOfStrings(value);
  }

  // HasString: whether a claim that was found here is an array of strings alone, of which one is wanted.
  template <typename IsWanted>
  bool HasString(const json::Value& value, IsWanted&& is_wanted) const {
    if (value.kind != json::Kind::kArray) return false;
    bool found = false;
    const auto look = [&](std::string_view text) { found = found || is_wanted(text); };
    if (Places(value)) return structure_->ForEachString(value, look) && found;
    if (!json::IsArrayOfStrings(value)) return false;
    json::ForEachItem(value, arena_, [&](const json::Value& item) { return look(item.text), !found; });
    return found;
  }

 private:
  bool Places(const json::Value& container) const { return structure_ != nullptr && container.place != 0; }

  // Search: FindFirst() where the hint is wrong: the next token gets a better one.
  const json::Member* Search(std::string_view name, std::uint16_t hint) const;
  const json::Value* Descend(const ClaimPath& path, const json::Value& first) const;

  const Claims& claims_;
  Arena& arena_;
  ClaimHints* hints_;
  const json::Structure* structure_;
};

// NameOf: a path in words: its names with slashes between: the last alone may be that of another claim. A view of the
// path or of the arena.
std::string_view NameOf(const ClaimPath& path, Arena& arena);

}  // namespace assay
