// TableBudget: how the memory for key tables is shared out among issuers.
//
// Each issuer has an even share, which decides how large its tables are. Where a share does not hold even the smallest
// table for each of an issuer's keys, it takes what others leave, as long as there is any: issuers that have tables
// come first, then the order of the configuration, or of installation. So the first key too many costs one table, not
// all.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/jwks/prepare.h"

namespace assay {

class TableBudget {
 public:
  // TableBudget: `total` bytes for `issuers`, at least one.
  TableBudget(std::size_t total, std::size_t issuers) : total_(total), share_(total / issuers) {}

  std::size_t total() const { return total_; }
  std::size_t share() const { return share_; }

  // Reserved: what an issuer that has no keys yet may count on; 0 when a share holds no table.
  std::size_t Reserved() const { return share_ >= jwks::TablePlan::SmallestTable() ? share_ : 0; }

  // Plan: a plan for an issuer with `keys` keys while the other issuers have, or may count on, `others` bytes.
  jwks::TablePlan Plan(std::size_t keys, std::size_t others) const {
    return jwks::PlanTables(keys, share_, total_ - std::min(total_, others));
  }

 private:
  const std::size_t total_, share_;
};

}  // namespace assay
