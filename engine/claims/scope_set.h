// Scopes of a token: a string separated by single spaces, or an array of strings (some providers' `scp`).
#pragma once

#include <string_view>

#include "engine/base/arena.h"
#include "engine/json/strict.h"
#include "engine/json/value.h"

namespace assay {

// IsScopeToken: RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
bool IsScopeToken(std::string_view text);

// HasScope: whether `scopes` (a string, or an array of strings) holds exactly `wanted`. Strings are split at
// SP only; nothing is trimmed, folded or matched by prefix.
bool HasScope(const json::Value& scopes, std::string_view wanted, Arena& arena);

}  // namespace assay
