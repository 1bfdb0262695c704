// ScopeSource: which claim holds a token's scopes, and how.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/claims/claim_path.h"

namespace assay {

enum class ScopeForm : std::uint8_t {
  kString,  // one string, separated by spaces (RFC 8693 section 4.2)
  kArray,   // an array of strings
  kEither,  // one or the other
  kKeys,    // an object: the names of its members whose value is `true` or an object that is not empty
};

// ScopeSource: a claim of another form is `bad_claim_type`. What is no scope-token (RFC 6749 section 3.3) grants
// nothing.
struct ScopeSource {
  ClaimPath claim = {"scope"};
  ScopeForm form = ScopeForm::kString;

  // granted_by: with kKeys: a name counts only where its value is an object that holds one of these names (ZITADEL: the
  // organizations that granted a role). Empty: any value that counts.
  std::vector<std::string> granted_by = {};

  bool operator==(const ScopeSource&) const = default;
};

// ScpScopes: `scp`, one string or an array of strings, as Entra and Okta write it.
inline ScopeSource ScpScopes() { return {{"scp"}, ScopeForm::kEither}; }

}  // namespace assay
