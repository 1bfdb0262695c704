// Scopes of a token: a string separated by single spaces, or an array of strings.
#pragma once

#include <algorithm>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/claims/claim_reader.h"
#include "engine/claims/scope_source.h"
#include "engine/json/strict.h"
#include "engine/json/value.h"

namespace assay {

// IsScopeToken: RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
bool IsScopeToken(std::string_view text);

// FindScopes: the scopes that `source` names: null when the claim is absent, else a string or an array of strings, of
// which ScopeForm::kKeys makes a string. False for a claim of another form. What it gives lives as long as the claims
// and the arena.
bool FindScopes(const ScopeSource& source, const ClaimReader& claims, const json::Value** scopes);

// ForEachScope: calls `visit(scope)` for each scope of what FindScopes() gave, until it returns false. A string is
// split at SP only; nothing is trimmed, folded or matched by prefix.
template <typename Visitor>
void ForEachScope(const json::Value& scopes, Arena& arena, Visitor&& visit) {
  if (scopes.kind == json::Kind::kArray) {
    json::ForEachItem(scopes, arena, [&](const json::Value& item) { return visit(item.text); });
    return;
  }
  for (std::string_view rest = scopes.text; !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (!visit(rest.substr(0, space))) return;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
}

// HasScope: whether `scopes` (as FindScopes() gives them) hold exactly `wanted`.
bool HasScope(const json::Value& scopes, std::string_view wanted, Arena& arena);

}  // namespace assay
