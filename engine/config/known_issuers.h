// What is known of issuers that many use, by their names: where a configuration that is sound for others is unsafe.
#pragma once

#include <string_view>

#include "engine/policy/policy_config.h"

namespace assay {

// MissingOwner: for an issuer that gives a token with any audience to whoever asks, the claims of which one must be
// held against values; empty when one is, and for every other issuer.
std::string_view MissingOwner(const PolicyConfig& policy);

// WritesNotBefore: whether the issuer is known to write `nbf` with the time of issue.
bool WritesNotBefore(const PolicyConfig& policy);

}  // namespace assay
