// What revocation costs with a million entries: a lookup that finds nothing, the check of a token, one more
// entry published, and whole validation with and without. Every result is checked.
//
//   build/bin/revocation_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/json/strict.h"
#include "engine/revocation/check.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using revocation::Fingerprinter;
using revocation::RevocationSet;

constexpr int kEntries = 1'000'000;
constexpr std::size_t kNames = 65'536;  // of the set's own, asked for in turn
constexpr std::size_t kTokens = 512;

// Names as issuers make them: 36 characters.
std::string Uuid(std::uint64_t number) {
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(number * 2654435761u),
                static_cast<unsigned>(number >> 7 & 0xFFFF), static_cast<unsigned>(number >> 3 & 0xFFF),
                static_cast<unsigned>(number & 0xFFF),
                static_cast<unsigned long long>(number * 0x9E3779B97F4A7C15u >> 16));
  return text;
}

// A quarter of the entries of each kind, so that no lookup can be left out.
std::vector<Revocation> MillionEntries() {
  std::vector<Revocation> entries;
  for (int i = 0; i < kEntries; ++i) {
    Revocation revocation;
    revocation.by = static_cast<RevokedBy>(i % 4);
    revocation.issuer = testing::kIssuer;
    revocation.value = Uuid(static_cast<std::uint64_t>(i));
    if (revocation.by != RevokedBy::kJwtId) revocation.issued_before = testing::kNow;
    entries.push_back(std::move(revocation));
  }
  return entries;
}

struct Million {
  Fingerprinter names;
  RevocationSet set;

  static const Million& Get() {
    static const Million million = [] {
      Million made;
      RevocationSet::Additions additions;
      for (const Revocation& revocation : MillionEntries()) additions.Add(made.names, revocation, {});
      made.set = made.set.With(std::move(additions), 0);
      return made;
    }();
    return million;
  }
};

// The name is at hand, as that of a token just parsed, and never the same: each lookup goes to another place
// of the filter. The issuer's seed is made once, as for the several claims of a token.
void LookupOfWhatIsNotThere(benchmark::State& state) {
  const Million& million = Million::Get();
  std::string name = Uuid(10 * kEntries);
  const std::uint64_t seed = million.names.IssuerSeed(testing::kIssuer);
  std::size_t found = 0;
  std::uint64_t number = 0;
  for (auto _ : state) {
    number += 0x9E3779B97F4A7C15u;
    std::memcpy(name.data(), &number, sizeof(number));
    found += million.set.Find(million.names, seed, RevokedBy::kJwtId, testing::kIssuer, name) != nullptr ? 1u : 0u;
  }
  ASSAY_CHECK(found == 0);
  state.counters["set_bytes"] = static_cast<double>(million.set.MemoryBytes());
}
BENCHMARK(LookupOfWhatIsNotThere);

void LookupOfWhatIsThere(benchmark::State& state) {
  const Million& million = Million::Get();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames; ++i) names.push_back(Uuid(4 * i));
  const std::uint64_t seed = million.names.IssuerSeed(testing::kIssuer);
  std::size_t found = 0, asked = 0;
  for (auto _ : state) {
    const std::string& name = names[asked++ % kNames];
    found += million.set.Find(million.names, seed, RevokedBy::kJwtId, testing::kIssuer, name) != nullptr ? 1u : 0u;
  }
  ASSAY_CHECK(found == asked);
}
BENCHMARK(LookupOfWhatIsThere);

// All four claims of a token, none of them listed.
void CheckOfOneToken(benchmark::State& state) {
  static revocation::RevocationStore store;
  if (store.size() == 0) store.Add(MillionEntries(), 0);
  revocation::RevocationReader reader(&store);
  json::StrictParser parser;
  Arena arena;
  std::vector<Claims> claims(4096);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    texts.push_back(R"({"iss":")" + std::string(testing::kIssuer) + R"(","sub":")" + Uuid(8 * kEntries + i) +
                    R"(","client_id":")" + Uuid(9 * kEntries + i) + R"(","jti":")" + Uuid(10 * kEntries + i) +
                    R"(","sid":")" + Uuid(11 * kEntries + i) + R"(","iat":1})");
  }
  for (std::size_t i = 0; i < claims.size(); ++i) {
    json::Document document;
    std::string_view bad_name;
    ASSAY_CHECK(parser.ParseCopy(texts[i], arena, &document) == json::Status::kOk);
    ASSAY_CHECK(claims[i].Read(texts[i], document.members, &bad_name) == Reason::kUnset);
  }
  const revocation::RevocationReader::Pinned pinned(reader);
  std::size_t revoked = 0, i = 0;
  for (auto _ : state) {
    Detail detail;
    revoked += pinned.Check(claims[i], testing::kNow, &detail) == Reason::kUnset ? 0u : 1u;
    i = (i + 1) % claims.size();
  }
  ASSAY_CHECK(revoked == 0);
}
BENCHMARK(CheckOfOneToken);

void PublishOneMore(benchmark::State& state) {
  static revocation::RevocationStore store;
  if (store.size() == 0) store.Add(MillionEntries(), 0);
  static std::uint64_t next = 100 * kEntries;
  for (auto _ : state) {
    const Revocation revocation{RevokedBy::kJwtId, std::string(testing::kIssuer), Uuid(next++), {}, {}};
    store.Add({&revocation, 1}, 0);
  }
  ASSAY_CHECK(store.size() > kEntries);
}
BENCHMARK(PublishOneMore)->Unit(benchmark::kMicrosecond);

// Distinct ES256 tokens in batches of 256; with `entries` revocations in force, none of which is theirs.
void WholeValidation(benchmark::State& state) {
  static const testing::SigningKey key = testing::SigningKey::Make(Algorithm::kES256);
  static const std::vector<std::string> tokens = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kTokens; ++i) {
      const std::string more = "\"jti\":\"" + Uuid(10 * kEntries + i) + "\",\"sid\":\"" + Uuid(11 * kEntries + i) +
                               "\",\"name\":\"" + std::string(300, 'n') + "\"";
      made.push_back(testing::Sign(key, testing::HeaderOf(key), testing::ClaimsWith("jti", more)));
    }
    return made;
  }();
  static std::shared_ptr<Engine> engines[2];
  std::shared_ptr<Engine>& engine = engines[state.range(0) == 0 ? 0 : 1];
  if (engine == nullptr) {
    engine = testing::EngineFor(key);
    if (state.range(0) != 0) ASSAY_CHECK(engine->Revoke(MillionEntries(), 0).ok());
  }
  Worker worker(engine);
  constexpr std::size_t kBatch = 256;
  std::vector<std::string_view> views(tokens.begin(), tokens.end());
  std::vector<Verdict> verdicts(kBatch);
  std::size_t at = 0, accepted = 0, judged = 0;
  for (auto _ : state) {
    worker.ValidateBatch(std::span(views).subspan(at, kBatch), testing::kNow, verdicts);
    for (const Verdict& verdict : verdicts) accepted += verdict.accepted() ? 1u : 0u;
    judged += kBatch;
    at = (at + kBatch) % kTokens;
  }
  ASSAY_CHECK(accepted == judged);
  state.SetItemsProcessed(static_cast<std::int64_t>(judged));
}
BENCHMARK(WholeValidation)->ArgName("entries")->Arg(0)->Arg(kEntries)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
