// Preparing keys: tables within the budget, and what stays across a rotation.
#include "engine/verify/public_key.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "engine/jwks/prepare.h"
#include "tests/testing/signing_key.h"

namespace assay {
namespace {

using testing::SigningKey;

std::vector<jwks::Jwk> Es256Keys(unsigned first_seed, unsigned count) {
  std::vector<SigningKey> keys;
  for (unsigned i = 0; i < count; ++i) {
    keys.push_back(SigningKey::Make(Algorithm::kES256, "k" + std::to_string(first_seed + i), first_seed + i));
  }
  auto set = jwks::ReadJwkSet(testing::JwkSet(keys), {Algorithm::kES256});
  EXPECT_TRUE(set.ok());
  return std::move(*set);
}

int WindowOf(const jwks::Jwk& jwk) { return jwk.key->p256_table() == nullptr ? 0 : jwk.key->p256_table()->window(); }

std::size_t TableBytes(const std::vector<jwks::Jwk>& keys) {
  std::size_t bytes = 0;
  for (const jwks::Jwk& jwk : keys) {
    if (jwk.key->p256_table() != nullptr) bytes += jwk.key->p256_table()->bytes();
  }
  return bytes;
}

TEST(PrepareTables, TheLargestWindowThatFitsForAllIsChosenWithinTheBudget) {
  for (std::size_t budget : {0u, 20'000u, 40'000u, 100'000u, 200'000u, 700'000u, 4'000'000u}) {
    std::vector<jwks::Jwk> keys = Es256Keys(0, 3);
    jwks::PrepareTables(keys, nullptr, budget);
    EXPECT_LE(TableBytes(keys), budget);
    for (std::size_t i = 1; i < keys.size(); ++i) {
      EXPECT_TRUE(WindowOf(keys[i]) == WindowOf(keys[0]) || WindowOf(keys[i]) == 0) << budget;
    }
  }
  std::vector<jwks::Jwk> keys = Es256Keys(0, 3);
  jwks::PrepareTables(keys, nullptr, 64u << 20);
  EXPECT_EQ(WindowOf(keys[0]), 10);
  keys = Es256Keys(0, 3);
  jwks::PrepareTables(keys, nullptr, 2 * p256::KeyTable::BytesFor(4));
  EXPECT_EQ(WindowOf(keys[0]), 4);
  EXPECT_EQ(WindowOf(keys[1]), 4);
  EXPECT_EQ(WindowOf(keys[2]), 0);
}

TEST(PrepareTables, AKeyThatStaysKeepsItsTable) {
  std::vector<jwks::Jwk> before = Es256Keys(0, 2);
  jwks::PrepareTables(before, nullptr, 1u << 20);
  const jwks::KeySet previous(std::move(before));
  std::vector<jwks::Jwk> after = Es256Keys(1, 2);
  jwks::PrepareTables(after, &previous, 1u << 20);
  EXPECT_EQ(after[0].key, previous.keys()[1].key);
  EXPECT_NE(WindowOf(after[1]), 0);
  std::vector<jwks::Jwk> smaller = Es256Keys(0, 2);
  jwks::PrepareTables(smaller, &previous, 100'000);
  EXPECT_NE(smaller[0].key, previous.keys()[0].key) << "another window is another table";
  EXPECT_LE(TableBytes(smaller), 100'000u);
}

TEST(PrepareTables, WhereNotAllFitThoseThatHadTablesKeepThem) {
  const std::size_t room = 2 * p256::KeyTable::BytesFor(4);
  std::vector<jwks::Jwk> before = Es256Keys(2, 2);
  jwks::PrepareTables(before, nullptr, room);
  const jwks::KeySet previous(std::move(before));
  std::vector<jwks::Jwk> after = Es256Keys(0, 4);
  jwks::PrepareTables(after, &previous, room);
  EXPECT_EQ(after[2].key, previous.keys()[0].key);
  EXPECT_EQ(after[3].key, previous.keys()[1].key);
  EXPECT_EQ(jwks::CountWithoutTable(jwks::KeySet(std::move(after))), 2u);
}

TEST(PrepareTables, AKeyUnderAnotherKidOrAlgKeepsItsTableAndStandingTwiceHasOne) {
  std::vector<jwks::Jwk> before = Es256Keys(0, 1);
  jwks::PrepareTables(before, nullptr, 1u << 20);
  const jwks::KeySet previous(std::move(before));
  std::vector<jwks::Jwk> after = Es256Keys(0, 1);
  after[0].has_kid = true;
  after[0].kid = "renamed";
  after.push_back(Es256Keys(0, 1)[0]);
  after[1].has_kid = !previous.keys()[0].has_kid;
  jwks::PrepareTables(after, &previous, p256::KeyTable::BytesFor(WindowOf(previous.keys()[0])));
  EXPECT_EQ(after[0].key, previous.keys()[0].key);
  EXPECT_EQ(after[1].key, previous.keys()[0].key);
}

TEST(PublicKey, WithTableIsTheSameKey) {
  const std::vector<jwks::Jwk> keys = Es256Keys(0, 1);
  const auto with = keys[0].key->WithTable(5);
  EXPECT_EQ(with->thumbprint(), keys[0].key->thumbprint());
  EXPECT_EQ(with->signature_bytes(), 64u);
  EXPECT_EQ(with->capable(), AlgorithmSet{Algorithm::kES256});
  EXPECT_EQ(with->p256_table()->window(), 5);
  EXPECT_EQ(keys[0].key->p256_table(), nullptr);
}

}  // namespace
}  // namespace assay
