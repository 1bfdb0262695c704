// What revocation costs with a million entries: a lookup that finds nothing, the check of a token, and one more
// entry published. Every result is checked. Whole validation with and without: gateway_bench.
//
//   build/bin/revocation_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
#include <benchmark/benchmark.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "bench/micro/million_revocations.h"
#include "engine/base/check.h"
#include "engine/json/strict.h"
#include "engine/revocation/batch.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using revocation::Fingerprinter;
using revocation::RevocationSet;

constexpr std::size_t kNames = 65'536;  // of the set's own, asked for in turn

struct Million {
  Fingerprinter names;
  RevocationSet set;

  static const Million& Get() {
    static const Million million = [] {
      Million made;
      RevocationSet::Additions additions;
      for (const Revocation& revocation : bench::MillionRevocations()) additions.Add(made.names, revocation, {});
      made.set = made.set.With(std::move(additions), 0);
      return made;
    }();
    return million;
  }
};

// The names of a batch of tokens, as they stand in memory after parsing. Hashed, begun together and then looked
// up, as validation does; and one after the other. Never the same names again before the filter has been gone
// through. The issuer's seed is made once, as for the several claims of a token.
void LookupOfWhatIsNotThere(benchmark::State& state) {
  constexpr std::size_t kBatch = 256;
  const bool together = state.range(0) != 0;
  const Million& million = Million::Get();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames; ++i) names.push_back(bench::Uuid(10 * bench::kMillion + i));
  const std::uint64_t seed = million.names.IssuerSeed(testing::kIssuer);
  std::array<std::uint64_t, kBatch> hashes;
  std::size_t found = 0, asked = 0;
  for (auto _ : state) {
    const std::span<const std::string> batch = std::span(names).subspan(asked % kNames, kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) {
      hashes[i] = million.names.Hash(seed, RevokedBy::kJwtId, batch[i]);
      if (together) million.set.Prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < kBatch; ++i) {
      found += million.set.Find(million.names, hashes[i], RevokedBy::kJwtId, testing::kIssuer, batch[i]) != nullptr
                   ? 1u
                   : 0u;
    }
    asked += kBatch;
  }
  ASSAY_CHECK(found == 0);
  state.counters["ns_each"] =
      benchmark::Counter(static_cast<double>(asked), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["set_bytes"] = static_cast<double>(million.set.MemoryBytes());
}
BENCHMARK(LookupOfWhatIsNotThere)->ArgName("together")->Arg(0)->Arg(1);

void LookupOfWhatIsThere(benchmark::State& state) {
  const Million& million = Million::Get();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames; ++i) names.push_back(bench::Uuid(4 * i));
  const std::uint64_t seed = million.names.IssuerSeed(testing::kIssuer);
  std::size_t found = 0, asked = 0;
  for (auto _ : state) {
    const std::string& name = names[asked++ % kNames];
    const std::uint64_t hash = million.names.Hash(seed, RevokedBy::kJwtId, name);
    found += million.set.Find(million.names, hash, RevokedBy::kJwtId, testing::kIssuer, name) != nullptr ? 1u : 0u;
  }
  ASSAY_CHECK(found == asked);
}
BENCHMARK(LookupOfWhatIsThere);

// All four claims of a token, none of them listed, in a batch of one.
void CheckOfOneToken(benchmark::State& state) {
  static revocation::RevocationStore store;
  if (store.size() == 0) store.Add(bench::MillionRevocations(), 0);
  revocation::RevocationBatch batch(&store);
  json::StrictParser parser;
  Arena arena;
  std::vector<Claims> claims(4096);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    texts.push_back(R"({"iss":")" + std::string(testing::kIssuer) + R"(","sub":")" +
                    bench::Uuid(8 * bench::kMillion + i) + R"(","client_id":")" + bench::Uuid(9 * bench::kMillion + i) +
                    R"(","jti":")" + bench::Uuid(10 * bench::kMillion + i) + R"(","sid":")" +
                    bench::Uuid(11 * bench::kMillion + i) + R"(","iat":1})");
  }
  for (std::size_t i = 0; i < claims.size(); ++i) {
    json::Document document;
    std::string_view bad_name;
    ASSAY_CHECK(parser.ParseCopy(texts[i], arena, &document) == json::Status::kOk);
    ASSAY_CHECK(claims[i].Read(texts[i], document.members, &bad_name) == Reason::kUnset);
  }
  std::size_t revoked = 0, i = 0;
  for (auto _ : state) {
    Detail detail;
    batch.Start();
    const revocation::RevocationBatch::Handle handle = batch.Add(claims[i], testing::kIssuer);
    batch.Resolve(testing::kNow);
    revoked += batch.ReasonOf(handle, &detail) == Reason::kUnset ? 0u : 1u;
    i = (i + 1) % claims.size();
  }
  ASSAY_CHECK(revoked == 0);
}
BENCHMARK(CheckOfOneToken);

void PublishOneMore(benchmark::State& state) {
  static revocation::RevocationStore store;
  if (store.size() == 0) store.Add(bench::MillionRevocations(), 0);
  static std::uint64_t next = 100 * bench::kMillion;
  for (auto _ : state) {
    const Revocation revocation{RevokedBy::kJwtId, std::string(testing::kIssuer), bench::Uuid(next++), {}, {}};
    store.Add({&revocation, 1}, 0);
  }
  ASSAY_CHECK(store.size() > bench::kMillion);
}
BENCHMARK(PublishOneMore)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
