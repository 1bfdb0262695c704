// ES256 by layers: field multiplication, squaring, inversion, table lookup, addition tree, whole
// verification by batch size, table windows, key install; BoringSSL beside them in the same run.
//
// `ideal_share` of a row is what its multiplications alone would take, at the throughput that this
// run measured for the same lane, over what the row took.
//
//   bench/p256_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=5
#include <benchmark/benchmark.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/p256_loops_of.h"
#include "engine/verify/p256/es256.h"
#include "engine/verify/portable64/p256_lane.h"
#include "engine/verify/portable64/p256_mulx.h"

namespace assay::p256 {

#if defined(__x86_64__)
extern const LaneLoops kLoopsIfma;
#endif

namespace {

constexpr int kKeys = 4;
constexpr int kSignatures = 1024;
constexpr int kDefaultWindow = 10;

struct Lane {
  const LaneLoops* loops;
  const Es256Kernel* kernel;
};

std::vector<Lane> Lanes() {
  static const LaneLoops int128 = LoopsOf<ScalarLane<Int128Arith>>::Functions("portable64/int128");
  std::vector<Lane> lanes;
  for (const Es256Kernel* kernel : Es256Kernels()) {
    if (!kernel->Supported()) continue;
#if defined(__x86_64__)
    static const LaneLoops mulx = LoopsOf<ScalarLane<MulxArith>>::Functions("portable64/mulx");
    if (kernel->lanes == 8) lanes.push_back({&kLoopsIfma, kernel});
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
    rounds.push_back(
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() /
        4000);
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

// Keys and signatures by BoringSSL, made before anything is timed.
struct Workload {
  explicit Workload(int window) {
    std::mt19937_64 draw(1);
    for (int k = 0; k < kKeys; ++k) {
      keys.push_back(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
      if (!EC_KEY_generate_key(keys.back())) std::abort();
      std::uint8_t point[65];
      EC_POINT_point2oct(EC_KEY_get0_group(keys.back()), EC_KEY_get0_public_key(keys.back()),
                         POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), nullptr);
      points.emplace_back(point + 1, point + 65);
      tables.push_back(KeyTable::Build(point + 1, point + 33, window));
    }
    digests.resize(kSignatures * 32);
    signatures.resize(kSignatures * 64);
    for (std::uint8_t& byte : digests) byte = static_cast<std::uint8_t>(draw());
    for (std::size_t i = 0; i < kSignatures; ++i) {
      EC_KEY* key = keys[i % kKeys];
      ECDSA_SIG* signature = ECDSA_do_sign(&digests[32 * i], 32, key);
      if (!BN_bn2bin_padded(&signatures[64 * i], 32, ECDSA_SIG_get0_r(signature)) ||
          !BN_bn2bin_padded(&signatures[64 * i + 32], 32, ECDSA_SIG_get0_s(signature))) {
        std::abort();
      }
      parsed.push_back(signature);
      jobs.push_back({&digests[32 * i], &signatures[64 * i], tables[i % kKeys].get()});
    }
  }

  std::vector<EC_KEY*> keys;
  std::vector<std::vector<std::uint8_t>> points;
  std::vector<std::unique_ptr<const KeyTable>> tables;
  std::vector<std::uint8_t> digests, signatures;
  std::vector<ECDSA_SIG*> parsed;
  std::vector<Es256Job> jobs;
};

Workload& WorkloadOf(int window) {
  static std::map<int, std::unique_ptr<Workload>> workloads;
  auto& workload = workloads[window];
  if (!workload) workload = std::make_unique<Workload>(window);
  return *workload;
}

void Layer(benchmark::State& state, const LaneLoops* loops, std::uint64_t (*layer)(int)) {
  constexpr int kRepeat = 1000;
  for (auto _ : state) benchmark::DoNotOptimize(layer(kRepeat));
  state.SetItemsProcessed(state.iterations() * kRepeat * loops->lanes);
}

// Picks like a verification's: random entries of the generator's and a key's table.
std::vector<Pick> RandomPicks(int rows, int columns) {
  const KeyTable& generator = GeneratorTable();
  const KeyTable& key = *WorkloadOf(kDefaultWindow).tables[0];
  std::mt19937_64 draw(2);
  std::vector<Pick> picks;
  for (int k = 0; k < rows; ++k) {
    const bool own = k >= Windows(kGeneratorWindow);
    const KeyTable& table = own ? key : generator;
    const int window = own ? k - Windows(kGeneratorWindow) : k;
    const bool top = window == Windows(table.window()) - 1;
    const std::size_t entries =
        top ? TopWindowEntries(table.window()) : WindowEntries(table.window());
    for (int i = 0; i < columns; ++i) {
      picks.push_back(
          reinterpret_cast<Pick>(table.entries() +
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
  const double mul = MultiplicationTime(*loops);
  for (auto _ : state) {
    benchmark::DoNotOptimize(loops->tree(picks.data(), kRows, vectors, levels, 8));
  }
  state.SetItemsProcessed(state.iterations() * 8 * signatures);
  state.counters["ideal_share"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 8 * vectors *
                             SumMultiplications(kRows, levels) * mul * 1e-9,
                         benchmark::Counter::kIsRate);
  state.counters["levels"] = levels;
}

void Verify(benchmark::State& state, Lane lane, int window) {
  const std::size_t batch = static_cast<std::size_t>(state.range(0));
  Workload& workload = WorkloadOf(window);
  Es256Scratch scratch(*lane.kernel);
  std::vector<std::uint8_t> valid(batch);
  const double mul = MultiplicationTime(*lane.loops);
  std::size_t at = 0;
  std::size_t accepted = 0;
  for (auto _ : state) {
    if (at + batch > workload.jobs.size()) at = 0;
    lane.kernel->verify_batch({&workload.jobs[at], batch}, valid.data(), scratch);
    at += batch;
    accepted += valid[0];
  }
  if (accepted != static_cast<std::size_t>(state.iterations())) {
    state.SkipWithError("a valid signature was refused");
  }
  const std::int64_t signatures = state.iterations() * static_cast<std::int64_t>(batch);
  state.SetItemsProcessed(signatures);
  state.counters["ns_each"] =
      benchmark::Counter(static_cast<double>(signatures) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  const int vectors =
      std::min(lane.loops->block_vectors,
               static_cast<int>(batch + static_cast<std::size_t>(lane.loops->lanes) - 1) /
                   lane.loops->lanes);
  // And 5 multiplications mod n, 2 for the comparison.
  const int multiplications = 7 + SumMultiplications(Windows(kGeneratorWindow) + Windows(window),
                                                     lane.loops->affine_levels(vectors));
  state.counters["ideal_share"] = benchmark::Counter(
      static_cast<double>(signatures) / lane.loops->lanes * multiplications * mul * 1e-9,
      benchmark::Counter::kIsRate);
}

void BoringSsl(benchmark::State& state) {
  Workload& workload = WorkloadOf(kDefaultWindow);
  std::size_t i = 0;
  for (auto _ : state) {
    if (ECDSA_do_verify(&workload.digests[32 * i], 32, workload.parsed[i],
                        workload.keys[i % kKeys]) != 1) {
      state.SkipWithError("a valid signature was refused");
    }
    i = (i + 1) % kSignatures;
  }
  state.SetItemsProcessed(state.iterations());
}

void KeyInstall(benchmark::State& state) {
  Workload& workload = WorkloadOf(kDefaultWindow);
  const int window = static_cast<int>(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& point = workload.points[i++ % kKeys];
    benchmark::DoNotOptimize(KeyTable::Build(point.data(), point.data() + 32, window));
  }
  state.counters["bytes"] = static_cast<double>(KeyTable::BytesFor(window));
}

void Register() {
  benchmark::RegisterBenchmark("boringssl", &BoringSsl);
  for (const Lane& lane : Lanes()) {
    const std::string name = std::string("/") + lane.loops->name;
    benchmark::RegisterBenchmark(("field_mul" + name).c_str(), &Layer, lane.loops, lane.loops->mul);
    benchmark::RegisterBenchmark(("field_mul_latency" + name).c_str(), &Layer, lane.loops,
                                 lane.loops->mul_chain);
    benchmark::RegisterBenchmark(("field_sqr" + name).c_str(), &Layer, lane.loops, lane.loops->sqr);
    benchmark::RegisterBenchmark(("shared_inversion" + name).c_str(), &Layer, lane.loops,
                                 lane.loops->invert);
    benchmark::RegisterBenchmark(("table_lookup" + name).c_str(), &Lookup, lane.loops);
    auto* tree = benchmark::RegisterBenchmark(("addition_tree" + name).c_str(), &Tree, lane.loops);
    for (int vectors = 1; vectors <= lane.loops->block_vectors; vectors *= 2) tree->Arg(vectors);
    auto* verify =
        benchmark::RegisterBenchmark(("verify" + name).c_str(), &Verify, lane, kDefaultWindow);
    for (const int batch : {1, 2, 4, 8, 16, 64, 256, 1024}) verify->Arg(batch);
    for (const int window : {4, 6, 8, 9, 10, 12}) {
      benchmark::RegisterBenchmark(("verify_window_" + std::to_string(window) + name).c_str(),
                                   &Verify, lane, window)
          ->Arg(256);
    }
  }
  auto* install = benchmark::RegisterBenchmark("key_install", &KeyInstall);
  for (const int window : {4, 6, 8, 9, 10, 12}) install->Arg(window);
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
