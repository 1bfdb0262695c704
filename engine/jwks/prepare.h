// Preparing keys for the kernels, within a memory budget; done once, when a set is installed.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/jwks/jwk.h"
#include "engine/jwks/key_set.h"

namespace assay::jwks {

// Gives the P-256 keys of `keys` their tables, all of the largest window with which they fit into
// `table_bytes`; when not even the smallest fits for all, the first keys get it and the rest have none
// and verify through BoringSSL. A key that `previous` (may be null) holds too keeps the table it has
// there, if that is of the chosen window: rotation rebuilds only what changed. The tables of a set
// that is being retired are not counted.
void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, std::size_t table_bytes);

}  // namespace assay::jwks
