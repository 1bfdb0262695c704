// Laws of JWK Sets: what is loaded is JSON with unique names; each usable key is within the limits,
// is public, and serves only algorithms that its type can; every key is usable or says why not; a
// token's choice of key is usable with the token's algorithm. And of keys in PEM.
#include <string>

#include "engine/base/limits.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "engine/jwks/pem_keys.h"
#include "fuzz/law.h"
#include "tests/differential/reference_json.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

void CheckKey(const jwks::Jwk& jwk, const reference::Node& source) {
  FUZZ_LAW((jwk.key == nullptr) == !jwk.unusable_because.empty());
  FUZZ_LAW(jwk.kid.size() <= kMaxKidBytes);
  if (jwk.key == nullptr) return;
  const PublicKey& key = *jwk.key;
  FUZZ_LAW(!jwk.algorithms.empty() && (jwk.algorithms & key.capable()) == jwk.algorithms);
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) FUZZ_LAW(source.Find(name) == nullptr);
  const reference::Node* const use = source.Find("use");
  FUZZ_LAW(use == nullptr || use->text == "sig" || use->text == "jwt-svid");
  const reference::Node* const kid = source.Find("kid");
  FUZZ_LAW(jwk.has_kid == (kid != nullptr) && (kid == nullptr || jwk.kid == kid->text));
  const reference::Node* const alg = source.Find("alg");
  if (alg != nullptr) FUZZ_LAW(jwk.algorithms.Contains(*ParseAlgorithm(alg->text)));
  FUZZ_LAW(key.thumbprint().size() == 43);
  if (key.type() == KeyType::kRsa) {
    FUZZ_LAW(key.rsa_bits() >= kMinRsaBits && key.rsa_bits() <= kMaxRsaBits);
    FUZZ_LAW(key.first().back() % 2 == 1 && key.second().back() % 2 == 1 && key.second().size() <= 4);
  }
}

// CheckPem: the same text as PEM, or as kids and PEM: a key is usable or says why not, and is public; one alone has no
// kid, and no key pretends to an algorithm that its type cannot do.
void CheckPem(std::string_view text) {
  const auto keys = jwks::ReadPemKeys(text, testing::AllAlgorithms());
  if (!keys) {
    FUZZ_LAW(!keys.error().empty());
    return;
  }
  for (const jwks::Jwk& jwk : *keys) {
    FUZZ_LAW((jwk.key == nullptr) == !jwk.unusable_because.empty());
    if (jwk.key == nullptr) continue;
    FUZZ_LAW(!jwk.algorithms.empty() && (jwk.algorithms & jwk.key->capable()) == jwk.algorithms);
    FUZZ_LAW(jwk.has_kid || (keys->size() == 1 && text.find("PRIVATE KEY-----") == text.npos));
  }
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view text = fuzz::Text(data, size);
  CheckPem(text);
  auto set = jwks::ReadJwkSet(text, testing::AllAlgorithms());
  reference::Node root;
  const bool json = reference::ReadJson(text, &root) == reference::JsonStatus::kOk;
  if (!set) {
    FUZZ_LAW(!set.error().empty());
    fuzz::Note(false);
    return 0;
  }
  FUZZ_LAW(json && root.kind == reference::Node::Kind::kObject);
  const reference::Node* const keys = root.Find("keys");
  FUZZ_LAW(set->size() == (keys == nullptr ? 1 : keys->items.size()));
  for (std::size_t i = 0; i < set->size(); ++i) CheckKey((*set)[i], keys == nullptr ? root : keys->items[i]);

  const jwks::KeySet index(std::move(*set));
  fuzz::Note(index.usable_count() > 0);
  for (const jwks::Jwk& jwk : index.keys()) {
    const std::string_view kid = jwk.kid;
    for (int i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      const auto choice = index.Choose(jwk.has_kid ? &kid : nullptr, algorithm);
      FUZZ_LAW((choice.jwk == nullptr) == (choice.reason != Reason::kUnset));
      if (choice.jwk == nullptr) continue;
      FUZZ_LAW(choice.jwk->key != nullptr && choice.jwk->algorithms.Contains(algorithm));
      FUZZ_LAW(!jwk.has_kid || choice.jwk->kid == jwk.kid);
    }
  }
  return 0;
}
