#include "engine/claims/claim_reader.h"

#include <algorithm>
#include <memory>

namespace assay {

const json::Member* ClaimReader::Search(std::string_view name, std::uint16_t hint) const {
  const std::span<const json::Member> members = claims_.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!SameText(members[i].name, name)) continue;
    if (hints_ != nullptr) (*hints_)[hint] = static_cast<std::uint16_t>(i);
    return &members[i];
  }
  return nullptr;
}

const json::Value* ClaimReader::Descend(const ClaimPath& path, const json::Value& first) const {
  auto* const value = std::construct_at(arena_.Allocate<json::Value>(1), first);
  if (Places(first)) return structure_->FindPath(first, std::span(path).subspan(1), value) ? value : nullptr;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (value->kind != json::Kind::kObject || !json::FindMember(*value, path[i], arena_, value)) return nullptr;
  }
  return value;
}

std::string_view NameOf(const ClaimPath& path, Arena& arena) {
  if (path.size() == 1) return path.front();
  std::size_t size = path.size() - 1;
  for (const std::string& name : path) size += name.size();
  char* const text = arena.Allocate<char>(size);
  char* end = text;
  for (const std::string& name : path) {
    if (end != text) *end++ = '/';
    end = std::copy(name.begin(), name.end(), end);
  }
  return {text, size};
}

}  // namespace assay
