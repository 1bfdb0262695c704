// ClaimReader: finds the claims of one token by their paths.
#pragma once

#include <array>
#include <cstdint>

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
  // Of: the hint for whoever asks by this path. Paths may share one.
  std::uint16_t& Of(const ClaimPath& path) {
    return places_[reinterpret_cast<std::uintptr_t>(&path) / alignof(ClaimPath) % places_.size()];
  }

 private:
  std::array<std::uint16_t, 256> places_ = {};
};

class ClaimReader {
 public:
  // ClaimReader: all of these must outlive it. `hints` may be null, and `structure`, which is that of the claims' text.
  ClaimReader(const Claims& claims, Arena& arena, ClaimHints* hints = nullptr,
              const json::Structure* structure = nullptr)
      : claims_(claims), arena_(arena), hints_(hints), structure_(structure) {}

  const Claims& claims() const { return claims_; }
  Arena& arena() const { return arena_; }

  // Find: the value at `path`, which is not empty; null when it is absent. Of a path of several names it lies in the
  // arena.
  const json::Value* Find(const ClaimPath& path) const {
    const json::Value* const first = FindFirst(path);
    return path.size() == 1 || first == nullptr ? first : FindBelow(path, *first);
  }

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

 private:
  bool Places(const json::Value& container) const { return structure_ != nullptr && container.place != 0; }
  bool FindMember(const json::Value& object, std::string_view name, json::Value* value) const {
    return Places(object) ? structure_->FindMember(object, name, value) : json::FindMember(object, name, arena_, value);
  }
  const json::Value* FindFirst(const ClaimPath& path) const {
    if (hints_ == nullptr) return claims_.Find(path.front());
    const std::span<const json::Member> members = claims_.members();
    std::uint16_t& hint = hints_->Of(path);
    if (hint < members.size() && SameText(members[hint].name, path.front())) return &members[hint].value;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!SameText(members[i].name, path.front())) continue;
      hint = static_cast<std::uint16_t>(i);
      return &members[i].value;
    }
    return nullptr;
  }
  const json::Value* FindBelow(const ClaimPath& path, const json::Value& first) const;

  const Claims& claims_;
  Arena& arena_;
  ClaimHints* hints_;
  const json::Structure* structure_;
};

}  // namespace assay
