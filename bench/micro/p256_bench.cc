// ES256 by layers: field multiplication, squaring, inversion, table lookup, addition tree, whole
// verification by batch size, with and without hashing, table windows, crafted signatures, key
// install; BoringSSL and OpenSSL beside them in the same run.
//
// `ideal_share` of a row is what its multiplications alone would take, at the throughput that this
// run measured for the same lane, over what the row took.
//
//   bench/p256_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=5
//   bench/p256_bench --benchmark_filter=window           every window from 4 to 12
#include <benchmark/benchmark.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/micro/p256_loops_of.h"
#include "bench/micro/p256_workload.h"
#include "engine/p256/es256.h"
#include "engine/p256/lane_portable64.h"
#include "engine/p256/mulx.h"

namespace assay::p256 {

#if defined(__x86_64__)
extern const LaneLoops kLoopsIfma;
extern const LaneLoops kLoopsAvx512F;
extern const LaneLoops kLoopsAvx2;
#endif

namespace {

constexpr int kDefaultWindow = 10;

struct Lane {
  const LaneLoops* loops;
  const Es256Kernel* kernel;
};

std::vector<Lane> Lanes() {
  static const LaneLoops int128 = LoopsOf<ScalarLane<Int128Arith>>::Functions("portable64/int128");
  std::vector<Lane> lanes;
  for (const Es256Kernel* kernel : Es256Kernels()) {
    if (!simd::IsSupported(*kernel)) continue;
#if defined(__x86_64__)
    static const LaneLoops mulx = LoopsOf<ScalarLane<MulxArith>>::Functions("portable64/mulx");
    for (const LaneLoops* loops : {&kLoopsIfma, &kLoopsAvx512F, &kLoopsAvx2}) {
      if (std::strcmp(kernel->name, loops->name) == 0) lanes.push_back({loops, kernel});
    }
    if (std::strcmp(kernel->variant, "mulx") == 0) lanes.push_back({&mulx, kernel});
#endif
    if (std::strcmp(kernel->variant, "int128") == 0) lanes.push_back({&int128, kernel});
  }
  return lanes;
}

// Nanoseconds of one multiplication of all lanes: the median of short rounds.
double MultiplicationTime(const LaneLoops& loops) {
  static std::map<const LaneLoops*, double> known;
  double& time = known[&loops];
  if (time != 0) return time;
  std::vector<double> rounds;
  for (int i = 0; i < 31; ++i) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(loops.mul(4000));
    rounds.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / 4000);
  }
  std::nth_element(rounds.begin(), rounds.begin() + 15, rounds.end());
  return time = rounds[15];
}

// Multiplications and squarings of a sum of `rows` points: see tree.h and point.h.
int SumMultiplications(int rows, int levels) {
  int count = 0;
  for (int level = 0; level < levels && (level == 0 || rows > 3); ++level) {
    count += rows / 2 * 6;
    rows = (rows + 1) / 2;
  }
  return rows == 2 ? count + 4 : count + 6 + (rows - 3) * 10 + 7;
}

// What `multiplications` a repetition would take alone, as a share of the time.
void ReportShare(benchmark::State& state, const LaneLoops& loops, double multiplications) {
  state.counters["ideal_share"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * multiplications * MultiplicationTime(loops) * 1e-9,
                         benchmark::Counter::kIsRate);
}

void Layer(benchmark::State& state, const LaneLoops* loops, std::uint64_t (*layer)(int), int multiplications) {
  constexpr int kRepeat = 1000;
  MultiplicationTime(*loops);
  for (auto _ : state) benchmark::DoNotOptimize(layer(kRepeat));
  state.SetItemsProcessed(state.iterations() * kRepeat * loops->lanes);
  ReportShare(state, *loops, kRepeat * multiplications);
}

// Of a shared inversion: see InvertAll in lane_field.h and ScalarLane::Invert.
int InversionMultiplications(const LaneLoops& loops) { return loops.lanes == 8 ? 17 : loops.lanes == 4 ? 15 : 6; }

// Picks like a verification's: random entries of the generator's and a key's table.
std::vector<Pick> RandomPicks(int rows, int columns) {
  const KeyTable& generator = GeneratorTable();
  const KeyTable& key = *Workload::Of(kDefaultWindow).tables[0];
  std::mt19937_64 draw(2);
  std::vector<Pick> picks;
  for (int k = 0; k < rows; ++k) {
    const bool own = k >= Windows(kGeneratorWindow);
    const KeyTable& table = own ? key : generator;
    const int window = own ? k - Windows(kGeneratorWindow) : k;
    const bool top = window == Windows(table.window()) - 1;
    const std::size_t entries = top ? TopWindowEntries(table.window()) : WindowEntries(table.window());
    for (int i = 0; i < columns; ++i) {
      picks.push_back(reinterpret_cast<Pick>(table.entries() +
                                             static_cast<std::size_t>(window) * WindowEntries(table.window()) +
                                             draw() % entries) |
                      (draw() & 1));
    }
  }
  return picks;
}
constexpr int kRows = Windows(kGeneratorWindow) + Windows(kDefaultWindow);

void Lookup(benchmark::State& state, const LaneLoops* loops) {
  const std::vector<Pick> picks = RandomPicks(kRows, 64);
  const int loads = kRows * 64 / loops->lanes;
  for (auto _ : state) benchmark::DoNotOptimize(loops->lookup(picks.data(), loads));
  state.SetItemsProcessed(state.iterations() * loads * loops->lanes);
}

void Tree(benchmark::State& state, const LaneLoops* loops) {
  const int vectors = static_cast<int>(state.range(0));
  const int signatures = vectors * loops->lanes;
  const int levels = loops->affine_levels(vectors);
  const std::vector<Pick> picks = RandomPicks(kRows, signatures);
  MultiplicationTime(*loops);
  for (auto _ : state) {
    benchmark::DoNotOptimize(loops->tree(picks.data(), kRows, vectors, levels, 8));
  }
  state.SetItemsProcessed(state.iterations() * 8 * signatures);
  ReportShare(state, *loops, 8.0 * vectors * SumMultiplications(kRows, levels));
  state.counters["levels"] = levels;
}

void ReportEach(benchmark::State& state, std::size_t batch) {
  const std::int64_t signatures = state.iterations() * static_cast<std::int64_t>(batch);
  state.SetItemsProcessed(signatures);
  state.counters["ns_each"] = benchmark::Counter(static_cast<double>(signatures) * 1e-9,
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Whole verifications of a batch, of the digests or of the messages, which are hashed first.
void Verify(benchmark::State& state, Lane lane, int window, bool hashed) {
  const std::size_t batch = static_cast<std::size_t>(state.range(0));
  const Workload& workload = Workload::Of(window);
  Es256Scratch scratch(*lane.kernel);
  std::vector<std::uint8_t> valid(batch);
  std::vector<Sha256Digest> digests(Workload::kSignatures);
  std::vector<Es256Job> jobs = workload.jobs;
  for (std::size_t i = 0; hashed && i < jobs.size(); ++i) jobs[i].digest = digests[i].data();
  MultiplicationTime(*lane.loops);
  std::size_t at = 0;
  std::size_t accepted = 0;
  for (auto _ : state) {
    if (at + batch > jobs.size()) at = 0;
    if (hashed) {
      Sha256Batch({&workload.views[at], batch}, {&digests[at], batch});
    }
    lane.kernel->verify_batch({&jobs[at], batch}, valid.data(), scratch);
    at += batch;
    accepted += valid[0];
  }
  if (accepted != static_cast<std::size_t>(state.iterations())) {
    state.SkipWithError("a valid signature was refused");
  }
  ReportEach(state, batch);
  const int lanes = lane.loops->lanes;
  const int vectors = std::min(lane.loops->block_vectors, (static_cast<int>(batch) + lanes - 1) / lanes);
  // And 5 multiplications mod n, 2 for the comparison.
  const int multiplications =
      7 + SumMultiplications(Windows(kGeneratorWindow) + Windows(window), lane.loops->affine_levels(vectors));
  ReportShare(state, *lane.loops, static_cast<double>(batch) / lanes * multiplications);
}

// Signatures that take the exceptional path, every one of them: no lever if a signature costs at
// most twice what one alone costs (verify/../1).
void Crafted(benchmark::State& state, Lane lane) {
  const std::size_t batch = static_cast<std::size_t>(state.range(0));
  const std::vector<Es256Job> jobs = Workload::Of(kDefaultWindow).Crafted(batch);
  Es256Scratch scratch(*lane.kernel);
  std::vector<std::uint8_t> valid(batch);
  std::size_t at = 0;
  std::size_t accepted = 0;
  for (auto _ : state) {
    if (at + batch > jobs.size()) at = 0;
    lane.kernel->verify_batch({&jobs[at], batch}, valid.data(), scratch);
    at += batch;
    accepted += valid[0];
  }
  if (accepted != 0) state.SkipWithError("a crafted signature was accepted");
  ReportEach(state, batch);
  state.counters["flagged"] = static_cast<double>(scratch.counters.flagged) /
                              (static_cast<double>(state.iterations()) * static_cast<double>(batch));
}

void BoringSsl(benchmark::State& state, bool hashed) {
  const Workload& workload = Workload::Of(kDefaultWindow);
  std::size_t i = 0;
  for (auto _ : state) {
    Sha256Digest digest = workload.digests[i];
    if (hashed) {
      SHA256(reinterpret_cast<const std::uint8_t*>(workload.views[i].data()), workload.views[i].size(), digest.data());
    }
    if (ECDSA_do_verify(digest.data(), 32, workload.parsed[i], workload.keys[i % Workload::kKeys]) != 1) {
      state.SkipWithError("a valid signature was refused");
    }
    i = (i + 1) % Workload::kSignatures;
  }
  ReportEach(state, 1);
}

void OpenSsl(benchmark::State& state, bool hashed) {
  const Workload& workload = Workload::Of(kDefaultWindow);
  if (workload.openssl[0] == nullptr) return state.SkipWithError("no libcrypto.so.3 here");
  std::size_t i = 0;
  for (auto _ : state) {
    Sha256Digest digest = workload.digests[i];
    if (hashed) {
      bench::OpenSslVerifier::Sha256(
          {reinterpret_cast<const std::uint8_t*>(workload.views[i].data()), workload.views[i].size()}, digest.data());
    }
    if (!workload.openssl[i % Workload::kKeys]->Verify(workload.der[i], digest.data())) {
      state.SkipWithError("a valid signature was refused");
    }
    i = (i + 1) % Workload::kSignatures;
  }
  ReportEach(state, 1);
}

void KeyInstall(benchmark::State& state) {
  const Workload& workload = Workload::Of(kDefaultWindow);
  const int window = static_cast<int>(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& point = workload.points[i++ % Workload::kKeys];
    benchmark::DoNotOptimize(KeyTable::Build(point.data(), point.data() + 32, window));
  }
  state.counters["bytes"] = static_cast<double>(KeyTable::BytesFor(window));
}

void Register() {
  benchmark::RegisterBenchmark("verify/boringssl", &BoringSsl, false);
  benchmark::RegisterBenchmark("verify/openssl", &OpenSsl, false);
  benchmark::RegisterBenchmark("hash_and_verify/boringssl", &BoringSsl, true);
  benchmark::RegisterBenchmark("hash_and_verify/openssl", &OpenSsl, true);
  for (const Lane& lane : Lanes()) {
    const std::string name = std::string("/") + lane.loops->name;
    benchmark::RegisterBenchmark(("field_mul" + name).c_str(), &Layer, lane.loops, lane.loops->mul, 1);
    benchmark::RegisterBenchmark(("field_mul_latency" + name).c_str(), &Layer, lane.loops, lane.loops->mul_chain, 1);
    benchmark::RegisterBenchmark(("field_sqr" + name).c_str(), &Layer, lane.loops, lane.loops->sqr, 1);
    benchmark::RegisterBenchmark(("shared_inversion" + name).c_str(), &Layer, lane.loops, lane.loops->invert,
                                 InversionMultiplications(*lane.loops));
    benchmark::RegisterBenchmark(("table_lookup" + name).c_str(), &Lookup, lane.loops);
    auto* tree = benchmark::RegisterBenchmark(("addition_tree" + name).c_str(), &Tree, lane.loops);
    for (int vectors = 1; vectors <= lane.loops->block_vectors; vectors *= 2) tree->Arg(vectors);
    auto* verify = benchmark::RegisterBenchmark(("verify" + name).c_str(), &Verify, lane, kDefaultWindow, false);
    auto* whole = benchmark::RegisterBenchmark(("hash_and_verify" + name).c_str(), &Verify, lane, kDefaultWindow, true);
    for (const int batch : {1, 2, 4, 8, 16, 64, 256, 1024}) {
      verify->Arg(batch);
      whole->Arg(batch);
    }
    auto* crafted = benchmark::RegisterBenchmark(("crafted" + name).c_str(), &Crafted, lane);
    for (const int batch : {1, 2, 4, 8, 64, 256}) crafted->Arg(batch);
    for (int window = kMinWindow; window <= 12; ++window) {
      benchmark::RegisterBenchmark(("verify_window_" + std::to_string(window) + name).c_str(), &Verify, lane, window,
                                   false)
          ->Arg(256);
    }
  }
  auto* install = benchmark::RegisterBenchmark("key_install/window", &KeyInstall);
  for (int window = kMinWindow; window <= 12; ++window) install->Arg(window);
  install->Unit(benchmark::kMicrosecond);
}

}  // namespace
}  // namespace assay::p256

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  assay::p256::Register();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
