// Precomputation of comb tables for ES256, within a memory budget; done once, when a set is installed.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "engine/jwks/jwk.h"
#include "engine/jwks/key_set.h"

namespace assay::jwks {

// TablePlan: how many keys get a table, and of which window.
struct TablePlan {
  int window = 0;
  std::size_t count = 0;

  std::size_t bytes() const;
  static std::size_t SmallestTable();  // bytes
};

// PlanTables: tables for `keys` keys, all of one window: the largest with which all fit into `share`, or, when not even
// the smallest fits for all, that one; as many as fit into `limit`.
TablePlan PlanTables(std::size_t keys, std::size_t share, std::size_t limit);

// Planner: what plans for a number of keys; called once.
using Planner = std::function<TablePlan(std::size_t)>;

// PrepareTables: gives the P-256 keys of `keys` their comb tables, as planned for the number of distinct ones. Those
// that get none verify through BoringSSL: the last of the set, except that a key for which `previous` (may be null) has
// a table comes before all for which it has none. Such a key keeps its table, if it is of the planned window: rotation
// rebuilds only what changed. The tables of a set that is being retired are not counted.
void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, const Planner& planner);

// PrepareTables: the same by PlanTables() with `table_bytes` as share and limit.
void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, std::size_t table_bytes);

// CountWithoutTable: the number of P-256 keys that have no table.
std::size_t CountWithoutTable(const KeySet& keys);

}  // namespace assay::jwks
