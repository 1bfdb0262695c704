#include "engine/jwks/prepare.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>

#include "engine/verify/p256/key_table.h"

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

void PrepareTables(std::vector<Jwk>& keys, const KeySet* previous, std::size_t table_bytes) {
  // Each key once, though it may stand in the set under several kids.
  std::vector<std::shared_ptr<const PublicKey>> wanting;
  std::map<std::string_view, std::vector<Jwk*>> places;
  for (Jwk& jwk : keys) {
    if (jwk.key == nullptr || jwk.key->type() != KeyType::kP256) continue;
    const auto [at, is_new] = places.try_emplace(jwk.key->thumbprint());
    if (is_new) wanting.push_back(jwk.key);
    at->second.push_back(&jwk);
  }
  const int window = WindowFor(wanting.size(), table_bytes);
  const std::size_t bytes = p256::KeyTable::BytesFor(window);
  const ByThumbprint known = KeysOf(previous);
  for (const std::shared_ptr<const PublicKey>& key : wanting) {
    if (bytes > table_bytes) break;
    table_bytes -= bytes;
    const auto same = known.find(key->thumbprint());
    const p256::KeyTable* const table = same == known.end() ? nullptr : same->second->p256_table();
    const std::shared_ptr<const PublicKey> prepared =
        table != nullptr && table->window() == window ? same->second : key->WithTable(window);
    for (Jwk* jwk : places.find(key->thumbprint())->second) jwk->key = prepared;
  }
}

}  // namespace assay::jwks
