// The engine and a second, naive validator agree on a great many hostile tokens.
//
// ASSAY_DIFF_COUNT sets how many (the long run takes a million), ASSAY_DIFF_SEED which.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/differential/reference.h"
#include "tests/testing/engines.h"
#include "tests/testing/hostile_tokens.h"

namespace assay::testing {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

using Counts = std::map<Reason, std::uint64_t>;

// Judges `count` tokens in batches by both; counts the engine's reasons.
void Compare(const EngineConfig& config, std::uint64_t seed, std::uint64_t count, Counts* counts) {
  constexpr std::size_t kBatch = 128;
  Worker worker(MakeEngine(config));
  const reference::Validator naive(config);
  HostileTokens source(seed);
  std::uint64_t disagreements = 0;
  for (std::uint64_t done = 0; done < count && disagreements < 20; done += kBatch) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < kBatch; ++i) texts.push_back(source.Next());
    const std::vector<std::string_view> tokens(texts.begin(), texts.end());
    std::vector<Verdict> verdicts(kBatch);
    worker.ValidateBatch(tokens, kNow, verdicts);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const Reason expected = naive.Validate(tokens[i], kNow);
      const Reason reason = verdicts[i].reason();
      ++(*counts)[reason];
      const bool agree = reference::Agree(reason, expected) && IsAccepted(reason) == IsAccepted(expected);
      EXPECT_TRUE(agree) << "engine " << ReasonWord(reason) << ", reference " << ReasonWord(expected) << ", seed "
                         << seed << ":\n"
                         << tokens[i];
      disagreements += !agree;
    }
  }
}

TEST(Differential, EngineAndReferenceAgree) {
  const std::uint64_t count = FromEnvironment("ASSAY_DIFF_COUNT", 60'000);
  const std::uint64_t seed = FromEnvironment("ASSAY_DIFF_SEED", 1);
  Counts counts;
  Compare(HostileTokens::Config(), seed, count, &counts);
  Compare(HostileTokens::FixedIssuerConfig(), seed + 1, count / 16, &counts);
  std::uint64_t all = 0;
  for (const auto& [reason, number] : counts) all += number;
  for (const auto& [reason, number] : counts) {
    std::printf("%9llu %s\n", static_cast<unsigned long long>(number), std::string(ReasonWord(reason)).c_str());
  }
  EXPECT_GE(all, count);
  EXPECT_GE(counts[Reason::kAccepted], all / 8);
  const std::set<Reason> unreachable = {Reason::kUnset, Reason::kRevoked, Reason::kRevocationUnavailable,
                                        Reason::kKeyPending};
#define ASSAY_EXPECT_REASON(name, number, word)                                                  \
  if (Reason::k##name <= Reason::kInsufficientScope && !unreachable.contains(Reason::k##name)) { \
    EXPECT_GE(counts[Reason::k##name], count / 20'000 + 1) << word;                              \
  }
  ASSAY_REASONS(ASSAY_EXPECT_REASON)
#undef ASSAY_EXPECT_REASON
}

}  // namespace
}  // namespace assay::testing
