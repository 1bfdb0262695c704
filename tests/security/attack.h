// Attack: one hostile (or deliberately harmless) token and the reason it must get.
//
// `row` is the attack's number in README.md beside this file, which the messages name.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/testing/engines.h"

namespace assay::testing {

struct Attack {
  int row;
  std::string name;
  std::string token;
  Reason expected;
};

// Judges each token alone, and all of them in one batch, which must give the same.
inline void ExpectReasons(const std::shared_ptr<Engine>& engine, const std::vector<Attack>& attacks,
                          std::int64_t now = kNow) {
  Worker worker(engine);
  std::vector<std::string_view> tokens;
  for (const Attack& attack : attacks) {
    EXPECT_EQ(worker.Validate(attack.token, now).reason(), attack.expected)
        << "row " << attack.row << ": " << attack.name;
    tokens.push_back(attack.token);
  }
  std::vector<Verdict> verdicts(tokens.size());
  worker.ValidateBatch(tokens, now, verdicts);
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    EXPECT_EQ(verdicts[i].reason(), attacks[i].expected) << "in a batch: " << attacks[i].name;
    EXPECT_EQ(verdicts[i].accepted(), verdicts[i].claims() != nullptr) << attacks[i].name;
  }
}

// The key that the issuer's set holds, and one that only the attacker holds.
inline const SigningKey& Ours() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k", 0);
  return key;
}
inline const SigningKey& Attackers() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k", 1);
  return key;
}
inline const SigningKey& OurRsa() {
  static const SigningKey key = SigningKey::Make(Algorithm::kRS256, "r", 0);
  return key;
}

// Signed by Ours(): a valid header with this payload, and this header with valid claims.
inline std::string WithPayload(std::string_view payload) { return Sign(Ours(), HeaderOf(Ours()), payload); }
inline std::string WithHeader(std::string_view header) { return Sign(Ours(), header, ValidClaims()); }

// An engine that holds Ours() and OurRsa().
inline std::shared_ptr<Engine> OurEngine() { return MakeEngine(IssuerWith({Ours(), OurRsa()})); }

}  // namespace assay::testing
