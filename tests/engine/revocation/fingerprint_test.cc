#include "engine/revocation/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace assay::revocation {
namespace {

TEST(Fingerprinter, HashTellsTextsOfEveryShortLengthApart) {
  const Fingerprinter names;
  std::set<std::uint64_t> seen;
  std::size_t texts = 0;
  for (std::size_t length = 0; length <= 80; ++length) {
    const std::string text(length, 'a');
    seen.insert(names.Hash(1, RevokedBy::kJwtId, text));
    ++texts;
    for (std::size_t i = 0; i < length; ++i) {
      std::string changed = text;
      changed[i] = 'b';
      seen.insert(names.Hash(1, RevokedBy::kJwtId, changed));
      ++texts;
    }
  }
  EXPECT_EQ(seen.size(), texts);
}

TEST(Fingerprinter, HashDependsOnIssuerAndKind) {
  const Fingerprinter names;
  const std::uint64_t a = names.IssuerSeed("https://a");
  const std::uint64_t b = names.IssuerSeed("https://b");
  EXPECT_NE(names.Hash(a, RevokedBy::kJwtId, "x"), names.Hash(b, RevokedBy::kJwtId, "x"));
  EXPECT_NE(names.Hash(a, RevokedBy::kJwtId, "x"), names.Hash(a, RevokedBy::kSubject, "x"));
}

TEST(Fingerprinter, WhereIssuerAndValueMeetDoesNotMatter) {
  const Fingerprinter names;
  EXPECT_NE(names.Of(RevokedBy::kSubject, "ab", "c"), names.Of(RevokedBy::kSubject, "a", "bc"));
  EXPECT_NE(names.Of(RevokedBy::kSubject, "a", "x"), names.Of(RevokedBy::kClient, "a", "x"));
  EXPECT_EQ(names.Of(RevokedBy::kSubject, "a", "x"), names.Of(RevokedBy::kSubject, "a", "x"));
}

TEST(Fingerprinter, EachHasItsOwnSecrets) {
  EXPECT_NE(Fingerprinter().Of(RevokedBy::kSubject, "a", "x"), Fingerprinter().Of(RevokedBy::kSubject, "a", "x"));
  EXPECT_NE(Fingerprinter().Hash(1, RevokedBy::kSubject, "x"), Fingerprinter().Hash(1, RevokedBy::kSubject, "x"));
}

}  // namespace
}  // namespace assay::revocation
