#include "engine/jwks/prepare.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "engine/p256/key_table.h"

namespace assay::jwks {
namespace {

// Largest first. Larger windows than the first gain nothing: their tables miss the caches.
constexpr int kWindows[] = {10, 8, 6, 5, 4};

int WindowFor(std::size_t keys, std::size_t table_bytes) {
  const auto fits = [&](int window) { return keys * p256::KeyTable::BytesFor(window) <= table_bytes; };
  const auto found = std::find_if(std::begin(kWindows), std::end(kWindows), fits);
  return found == std::end(kWindows) ? kWindows[std::size(kWindows) - 1] : *found;
}

using ByThumbprint = std::map<std::string_view, std::shared_ptr<const PublicKey>>;

ByThumbprint KeysOf(const KeySet* set) {
  ByThumbprint keys;
  if (set == nullptr) return keys;
  for (const Jwk& jwk : set->keys()) {
    if (jwk.key != nullptr) keys.emplace(jwk.key->thumbprint(), jwk.key);
  }
  return keys;
}

}  // namespace

std::size_t TablePlan::bytes() const { return count == 0 ? 0 : count * p256::KeyTable::BytesFor(window); }

std::size_t TablePlan::SmallestTable() { return p256::KeyTable::BytesFor(kWindows[std::size(kWindows) - 1]); }

TablePlan PlanTables(std::size_t keys, std::size_t share, std::size_t limit) {
  TablePlan plan;
  plan.window = WindowFor(keys, std::min(share, limit));
  plan.count = std::min(keys, limit / p256::KeyTable::BytesFor(plan.window));
  return plan;
}

void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, const Planner& planner) {
  // Each key once, though it may stand in the set under several kids.
  std::vector<std::shared_ptr<const PublicKey>> wanting;
  std::map<std::string_view, std::vector<Jwk*>> places;
  for (Jwk& jwk : keys) {
    if (jwk.key == nullptr || jwk.key->type() != KeyType::kP256) continue;
    const auto [at, is_new] = places.try_emplace(jwk.key->thumbprint());
    if (is_new) wanting.push_back(jwk.key);
    at->second.push_back(&jwk);
  }
  const ByThumbprint known = KeysOf(previous);
  const auto table_before = [&](const std::shared_ptr<const PublicKey>& key) -> const p256::KeyTable* {
    const auto same = known.find(key->thumbprint());
    return same == known.end() ? nullptr : same->second->p256_table();
  };
  const TablePlan plan = planner(wanting.size());
  if (plan.count < wanting.size()) {
    std::vector<std::shared_ptr<const PublicKey>> ordered;
    for (const bool had_one : {true, false}) {
      for (const auto& key : wanting) {
        if ((table_before(key) != nullptr) == had_one) ordered.push_back(key);
      }
    }
    wanting = std::move(ordered);
  }
  for (std::size_t i = 0; i < plan.count; ++i) {
    const std::shared_ptr<const PublicKey>& key = wanting[i];
    const p256::KeyTable* const table = table_before(key);
    const std::shared_ptr<const PublicKey> prepared = table != nullptr && table->window() == plan.window
                                                          ? known.find(key->thumbprint())->second
                                                          : key->WithTable(plan.window);
    for (Jwk* jwk : places.find(key->thumbprint())->second) jwk->key = prepared;
  }
}

void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, std::size_t table_bytes) {
  PrepareTables(keys, previous, [&](std::size_t count) { return PlanTables(count, table_bytes, table_bytes); });
}

std::size_t CountWithoutTable(const KeySet& keys) {
  return static_cast<std::size_t>(std::count_if(keys.keys().begin(), keys.keys().end(), [](const Jwk& jwk) {
    return jwk.key != nullptr && jwk.key->type() == KeyType::kP256 && jwk.key->p256_table() == nullptr;
  }));
}

}  // namespace assay::jwks
