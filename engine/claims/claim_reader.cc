#include "engine/claims/claim_reader.h"

#include <memory>

namespace assay {

const json::Value* ClaimReader::FindBelow(const ClaimPath& path, const json::Value& first) const {
  auto* const value = std::construct_at(arena_.Allocate<json::Value>(1), first);
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (value->kind != json::Kind::kObject || !FindMember(*value, path[i], value)) return nullptr;
  }
  return value;
}

}  // namespace assay
