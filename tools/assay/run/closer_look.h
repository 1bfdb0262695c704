// What this very token shows beyond the reason for which it was refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/pipeline/trace.h"
#include "engine/policy/policy_config.h"

namespace assay::cli {

// FindInside: where a claim stands inside of another, whose name, or what follows the last dot of it, is `name`.
// Nothing where several do: which is meant, nobody can tell.
std::optional<ClaimPath> FindInside(const Claims& claims, const std::string& name);

// CloserLook: a sentence or two that say who has to change what, in place of AdviceFor(), which knows the reason alone;
// empty where nothing more is seen. `trace` is of this token, `issuers` are those that are configured.
std::string CloserLook(Reason reason, std::string_view token, const TokenTrace& trace,
                       std::span<const PolicyConfig> issuers, std::int64_t now);

}  // namespace assay::cli
