#include "engine/jwks/key_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/jwks/jwk_set.h"
#include "tests/engine/jwks/example_keys.h"

namespace assay::jwks {
namespace {

using testing::kEcMembers;
using testing::KeyWith;
using testing::kRsaMembers;

class KeySetTest : public ::testing::Test {
 protected:
  static Reason Choose(const KeySet& set, std::optional<std::string_view> kid, Algorithm algorithm) {
    return set.Choose(kid ? &*kid : nullptr, algorithm).reason;
  }

  static KeySet Make(const std::string& keys, std::span<const KeyName> names_before = {}) {
    auto set = ReadJwkSet("{\"keys\":[" + keys + "]}", {Algorithm::kES256, Algorithm::kRS256});
    EXPECT_TRUE(set.ok());
    return KeySet(std::move(*set), names_before);
  }
};

TEST_F(KeySetTest, AKidIsFoundByItsBytes) {
  const KeySet set = Make(KeyWith(kEcMembers, R"("kid":"a")") + "," + KeyWith(kRsaMembers, R"("kid":"b\u0000")"));
  EXPECT_EQ(set.usable_count(), 2u);
  using namespace std::string_view_literals;
  EXPECT_EQ(Choose(set, "a", Algorithm::kES256), Reason::kUnset);
  EXPECT_EQ(Choose(set, "b\0"sv, Algorithm::kRS256), Reason::kUnset);
  for (std::string_view other : {"A"sv, ""sv, "b"sv, "a "sv, "a\0"sv}) {
    EXPECT_EQ(Choose(set, other, Algorithm::kES256), Reason::kKeyNotFound) << other;
  }
}

TEST_F(KeySetTest, SetsThatChooseAlikeAreToldFromThoseThatDoNot) {
  const std::string ec = KeyWith(kEcMembers, R"("kid":"a")"), rsa = KeyWith(kRsaMembers, R"("kid":"b")");
  const KeySet set = Make(ec + "," + rsa);
  EXPECT_TRUE(set.ChoosesLike(Make(ec + "," + rsa)));
  EXPECT_TRUE(set.ChoosesLike(Make(rsa + "," + ec))) << "the order says nothing";
  EXPECT_TRUE(set.ChoosesLike(Make(rsa + "," + KeyWith(kEcMembers, R"("kid":"a","alg":"ES256")"))));
  for (const std::string& other :
       {ec, ec + "," + ec, ec + "," + rsa + "," + rsa, KeyWith(kEcMembers, R"("kid":"c")") + "," + rsa,
        KeyWith(kEcMembers, "") + "," + rsa, KeyWith(kEcMembers, R"("kid":"a","use":"enc")") + "," + rsa,
        ec + "," + KeyWith(kRsaMembers, R"("kid":"b","alg":"PS256")"),
        KeyWith(kRsaMembers, R"("kid":"a")") + "," + KeyWith(kEcMembers, R"("kid":"b")")}) {
    EXPECT_FALSE(set.ChoosesLike(Make(other))) << other;
    EXPECT_FALSE(Make(other).ChoosesLike(set)) << other;
  }
}

TEST_F(KeySetTest, TheAlgorithmMustBeTheKeys) {
  const KeySet set =
      Make(KeyWith(kEcMembers, R"("kid":"a")") + "," + KeyWith(kRsaMembers, R"("kid":"b","alg":"RS256")"));
  EXPECT_EQ(Choose(set, "a", Algorithm::kRS256), Reason::kKeyUnusable);
  EXPECT_EQ(Choose(set, "b", Algorithm::kRS512), Reason::kKeyUnusable);
  EXPECT_EQ(Choose(set, "b", Algorithm::kPS256), Reason::kKeyUnusable);
}

TEST_F(KeySetTest, AnUnusableKeyIsNamedAsSuch) {
  const KeySet set = Make(KeyWith(kEcMembers, R"("kid":"a","use":"enc")"));
  EXPECT_EQ(set.usable_count(), 0u);
  EXPECT_EQ(Choose(set, "a", Algorithm::kES256), Reason::kKeyUnusable);
  EXPECT_EQ(Choose(set, std::nullopt, Algorithm::kES256), Reason::kKeyNotFound);
}

TEST_F(KeySetTest, TheSameKidTwiceIsFilteredThenAmbiguous) {
  const KeySet filtered = Make(KeyWith(kEcMembers, R"("kid":"a")") + "," + KeyWith(kRsaMembers, R"("kid":"a")"));
  EXPECT_EQ(Choose(filtered, "a", Algorithm::kES256), Reason::kUnset);
  EXPECT_EQ(Choose(filtered, "a", Algorithm::kRS256), Reason::kUnset);
  const KeySet twice = Make(KeyWith(kEcMembers, R"("kid":"a")") + "," + KeyWith(kEcMembers, R"("kid":"a")"));
  EXPECT_EQ(Choose(twice, "a", Algorithm::kES256), Reason::kKeyAmbiguous);
}

TEST_F(KeySetTest, WithoutKidExactlyOneKeyMustFit) {
  const std::string ec = KeyWith(kEcMembers, R"("kid":"a")");
  const std::string rsa = KeyWith(kRsaMembers, "");
  EXPECT_EQ(Choose(Make(ec + "," + rsa), std::nullopt, Algorithm::kES256), Reason::kUnset);
  EXPECT_EQ(Choose(Make(ec + "," + ec), std::nullopt, Algorithm::kES256), Reason::kKeyAmbiguous);
  EXPECT_EQ(Choose(Make(rsa), std::nullopt, Algorithm::kES256), Reason::kKeyNotFound);
}

TEST_F(KeySetTest, AKidNeverMatchesAKeyWithoutOne) {
  EXPECT_EQ(Choose(Make(KeyWith(kEcMembers, "")), "a", Algorithm::kES256), Reason::kKeyNotFound);
  EXPECT_EQ(Choose(Make(KeyWith(kEcMembers, "")), "", Algorithm::kES256), Reason::kKeyNotFound);
}

TEST_F(KeySetTest, EveryKidOfALargeSetIsFound) {
  std::string keys;
  for (int i = 0; i < 256; ++i) {
    keys += (i > 0 ? "," : "") + KeyWith(kEcMembers, "\"kid\":\"key-" + std::to_string(i) + "\"");
  }
  const KeySet set = Make(keys);
  for (int i = 0; i < 256; ++i) {
    const std::string kid = "key-" + std::to_string(i);
    const std::string_view view = kid;
    const KeySet::Choice choice = set.Choose(&view, Algorithm::kES256);
    ASSERT_NE(choice.jwk, nullptr);
    EXPECT_EQ(choice.jwk->kid, kid);
  }
  EXPECT_EQ(Choose(set, "key-256", Algorithm::kES256), Reason::kKeyNotFound);
}

TEST_F(KeySetTest, FormerNamesAreThoseThatItsKeysDoNotHave) {
  const KeySet first = Make(KeyWith(kEcMembers, R"("kid":"a")") + "," + KeyWith(kRsaMembers, R"("kid":"r")"));
  EXPECT_TRUE(first.former_names().empty());
  ASSERT_EQ(first.names().size(), 2u);
  const KeySet second =
      Make(KeyWith(kEcMembers, R"("kid":"b")") + "," + KeyWith(kRsaMembers, R"("kid":"r")"), first.names());
  EXPECT_EQ(second.former_names(), std::vector<KeyName>{first.names()[0]});
  // Of a key that has gone, and of one that has its name again.
  const KeySet third = Make(KeyWith(kEcMembers, R"("kid":"a")"), second.names());
  const std::vector<KeyName> former = {{"b", first.names()[0].thumbprint}, first.names()[1]};
  EXPECT_EQ(third.former_names(), former);
  EXPECT_EQ(Choose(third, "b", Algorithm::kES256), Reason::kKeyNotFound) << "no token is verified by a former name";
}

TEST_F(KeySetTest, FormerNamesAreBoundedAndThoseOfItsOwnKeysStay) {
  const std::string ec = KeyWith(kEcMembers, R"("kid":"now")");
  const std::string own = Make(ec).keys()[0].thumbprint;
  std::vector<KeyName> before;
  for (std::size_t i = 0; i < 2 * kMaxFormerKeyNames; ++i) before.push_back({std::to_string(i), "another"});
  before.push_back({"then", own});
  const KeySet set = Make(ec, before);
  ASSERT_EQ(set.former_names().size(), kMaxFormerKeyNames);
  EXPECT_EQ(set.former_names()[0], (KeyName{"then", own}));
  EXPECT_EQ(set.former_names()[1], before[0]) << "the latest come first";
  EXPECT_EQ(set.names()[0], (KeyName{"now", own}));
}

}  // namespace
}  // namespace assay::jwks
