// Keys that sign, for tests.
#pragma once

#include "tools/load/signing_key.h"

namespace assay::testing {

using load::Base64url;
using load::Concat;
using load::JwkMembers;
using load::JwkSet;
using load::SigningKey;

}  // namespace assay::testing
