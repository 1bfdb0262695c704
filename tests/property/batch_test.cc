// A batch of n gives what n batches of one give: for any mix of algorithms, keys and defects, in
// any order, and whatever stands beside a token.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/testing/engines.h"
#include "tests/testing/hostile_tokens.h"

namespace assay::testing {
namespace {

constexpr std::uint64_t kSeed = 20240229;

std::vector<std::string> Tokens(std::size_t count) {
  HostileTokens source(kSeed, /*slow_keys=*/true);
  std::vector<std::string> tokens;
  while (tokens.size() < count) tokens.push_back(source.Next());
  return tokens;
}

struct Answer {
  OwnedVerdict verdict;
  std::string detail;
};

Answer AnswerOf(const Verdict& verdict) { return {verdict.Own(), verdict.Detail()}; }

void ExpectSame(const Answer& a, const Answer& b, std::string_view token) {
  EXPECT_EQ(a.verdict.reason, b.verdict.reason) << token;
  EXPECT_EQ(a.verdict.algorithm, b.verdict.algorithm) << token;
  EXPECT_EQ(a.verdict.kid, b.verdict.kid) << token;
  EXPECT_EQ(a.verdict.key_thumbprint, b.verdict.key_thumbprint) << token;
  EXPECT_EQ(a.verdict.issuer_index, b.verdict.issuer_index) << token;
  EXPECT_EQ(a.verdict.claims_json, b.verdict.claims_json) << token;
  EXPECT_EQ(a.detail, b.detail) << token;
}

std::vector<Answer> Singly(Worker& worker, const std::vector<std::string>& tokens) {
  std::vector<Answer> answers;
  for (const std::string& token : tokens) answers.push_back(AnswerOf(worker.Validate(token, kNow)));
  return answers;
}

std::vector<Answer> InBatch(Worker& worker, const std::vector<std::string_view>& tokens) {
  std::vector<Verdict> verdicts(tokens.size());
  worker.ValidateBatch(tokens, kNow, verdicts);
  std::vector<Answer> answers;
  for (const Verdict& verdict : verdicts) answers.push_back(AnswerOf(verdict));
  return answers;
}

TEST(Batch, OfEverySizeGivesWhatSinglesGive) {
  const std::vector<std::string> tokens = Tokens(400);
  Worker worker(MakeEngine(HostileTokens::Config()));
  const std::vector<Answer> singles = Singly(worker, tokens);
  std::size_t accepted = 0;
  for (const Answer& answer : singles) accepted += IsAccepted(answer.verdict.reason);
  EXPECT_GT(accepted, 40u);
  EXPECT_LT(accepted, 360u);
  std::size_t at = 0;
  for (std::size_t size = 0; size <= 300; size += size < 70 ? 1 : 23) {
    std::vector<std::string_view> batch;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(tokens[(at + i) % tokens.size()]);
    const std::vector<Answer> answers = InBatch(worker, batch);
    for (std::size_t i = 0; i < size; ++i) ExpectSame(answers[i], singles[(at + i) % tokens.size()], batch[i]);
    at += size;
  }
}

TEST(Batch, OrderIsIrrelevant) {
  const std::vector<std::string> tokens = Tokens(256);
  Worker worker(MakeEngine(HostileTokens::Config()));
  const std::vector<Answer> singles = Singly(worker, tokens);
  std::mt19937_64 random(kSeed);
  std::vector<std::size_t> order(tokens.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int round = 0; round < 12; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::string_view> batch;
    for (std::size_t i : order) batch.push_back(tokens[i]);
    const std::vector<Answer> answers = InBatch(worker, batch);
    for (std::size_t i = 0; i < order.size(); ++i) ExpectSame(answers[i], singles[order[i]], batch[i]);
  }
}

// In a batch of valid tokens each position in turn holds a hostile one.
TEST(Batch, OneBadTokenNeverChangesANeighbour) {
  const SigningKey keys[] = {SigningKey::Make(Algorithm::kES256, "a"), SigningKey::Make(Algorithm::kRS256, "b"),
                             SigningKey::Make(Algorithm::kEdDSA, "c"), SigningKey::Make(Algorithm::kPS256, "d", 1)};
  Worker worker(MakeEngine(IssuerWith({keys[0], keys[1], keys[2], keys[3]})));
  std::vector<std::string> valid;
  for (std::size_t i = 0; i < 32; ++i) {
    valid.push_back(ValidToken(keys[i % 4], Concat({"\"n\":", std::to_string(i)})));
  }
  std::string flipped = valid[0];
  flipped[flipped.size() - 20] = flipped[flipped.size() - 20] == 'A' ? 'B' : 'A';
  const std::vector<std::string> hostile = {"",
                                            "..",
                                            flipped,
                                            valid[1].substr(0, valid[1].size() - 4),
                                            std::string(100'000, 'A'),
                                            Sign(keys[0], HeaderOf(keys[0]), ClaimsWith("exp", "\"exp\":1")),
                                            Sign(keys[0], HeaderOf(keys[0]), std::string(9000, '{')),
                                            Sign(keys[0], HeaderOf(keys[1]), ValidClaims()),
                                            Compact(HeaderOf(keys[0]), ValidClaims(), std::string(64, '\0')),
                                            Compact(HeaderOf(keys[1]), ValidClaims(), std::string(256, '\xFF'))};
  for (const std::string& bad : hostile) {
    for (std::size_t position = 0; position < valid.size(); ++position) {
      std::vector<std::string_view> batch(valid.begin(), valid.end());
      batch[position] = bad;
      const std::vector<Answer> answers = InBatch(worker, batch);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        EXPECT_EQ(IsAccepted(answers[i].verdict.reason), i != position);
        if (i != position) {
          EXPECT_NE(answers[i].verdict.claims_json.find(Concat({"\"n\":", std::to_string(i), "}"})), std::string::npos);
        }
      }
    }
  }
}

// The same token many times in one batch, and the same view of memory.
TEST(Batch, RepeatedTokensGetTheSameAnswer) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256);
  const std::string token = ValidToken(key);
  Worker worker(EngineFor(key));
  const std::vector<std::string_view> batch(100, token);
  for (const Answer& answer : InBatch(worker, batch)) EXPECT_EQ(answer.verdict.reason, Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
