// RSA by layers: Montgomery squaring in lanes, a whole verification by kernel and batch size, RS256
// with its hashing, each beside BoringSSL in the same run. `ideal` is the share of the time that
// the same number of IFMA instructions takes when nothing else is done.
#include <benchmark/benchmark.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/micro/openssl_baseline.h"
#include "engine/digest/sha256_batch.h"
#include "engine/rsa/rsa_verify.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa {
namespace {

constexpr unsigned kSizes[] = {2048, 3072, 4096};
constexpr std::int64_t kCounts[] = {1, 2, 4, 8, 16, 64, 256, 1024};
constexpr std::size_t kMost = 1024;
constexpr std::size_t kInputBytes = 700;

// One key and 1,024 signed inputs of 700 bytes, made before any time is taken.
struct Workload {
  bssl::UniquePtr<RSA> rsa;
  std::unique_ptr<const PreparedRsa> key;
  std::unique_ptr<bench::OpenSslVerifier> openssl;
  std::vector<std::string> inputs;
  std::vector<std::string_view> views;
  std::vector<Sha256Digest> digests;
  std::vector<std::vector<std::uint8_t>> signatures;
  std::vector<RsaJob> jobs;
  std::vector<std::vector<std::uint8_t>> pss_signatures;
  std::vector<RsaJob> pss_jobs;

  explicit Workload(unsigned bits) : rsa(RSA_new()), digests(kMost) {
    bssl::UniquePtr<BIGNUM> e(BN_new());
    std::vector<std::uint8_t> n(bits / 8);
    const std::uint8_t f4[] = {1, 0, 1};
    if (!BN_set_word(e.get(), 65537) || !RSA_generate_key_ex(rsa.get(), static_cast<int>(bits), e.get(), nullptr) ||
        !BN_bn2bin_padded(n.data(), n.size(), RSA_get0_n(rsa.get()))) {
      std::abort();
    }
    key = PreparedRsa::Create(n, f4);
    std::uint8_t* encoded = nullptr;
    const int encoded_size = i2d_RSA_PUBKEY(rsa.get(), &encoded);
    if (encoded_size > 0) {
      openssl = bench::OpenSslVerifier::Create({encoded, static_cast<std::size_t>(encoded_size)});
    }
    OPENSSL_free(encoded);
    std::mt19937_64 random(bits);
    // Signing takes milliseconds: 64 signatures, each used for several places of the batch.
    constexpr std::size_t kSigned = 64;
    for (std::size_t i = 0; i < kMost; ++i) {
      if (i >= kSigned) {
        inputs.push_back(inputs[i % kSigned]);
        signatures.push_back(signatures[i % kSigned]);
        pss_signatures.push_back(pss_signatures[i % kSigned]);
      } else {
        std::string input(kInputBytes, '\0');
        for (char& c : input) c = static_cast<char>(random());
        SHA256(reinterpret_cast<const std::uint8_t*>(input.data()), input.size(), digests[i].data());
        std::vector<std::uint8_t> signature(bits / 8);
        unsigned length = 0;
        if (!RSA_sign(NID_sha256, digests[i].data(), 32, signature.data(), &length, rsa.get())) {
          std::abort();
        }
        inputs.push_back(std::move(input));
        signatures.push_back(std::move(signature));
        std::vector<std::uint8_t> pss(bits / 8);
        std::size_t size = 0;
        if (!RSA_sign_pss_mgf1(rsa.get(), &size, pss.data(), pss.size(), digests[i].data(), 32, EVP_sha256(),
                               EVP_sha256(), 32)) {
          std::abort();
        }
        pss_signatures.push_back(std::move(pss));
      }
      digests[i] = digests[i % kSigned];
    }
    for (std::size_t i = 0; i < kMost; ++i) {
      views.emplace_back(inputs[i]);
      jobs.push_back({key.get(), Algorithm::kRS256, digests[i], signatures[i]});
      pss_jobs.push_back({key.get(), Algorithm::kPS256, digests[i], pss_signatures[i]});
    }
  }

  bool BoringOne(std::size_t i, const std::uint8_t* digest) const {
    return RSA_verify(NID_sha256, digest, 32, signatures[i].data(), signatures[i].size(), rsa.get()) == 1;
  }
};

const Workload& Of(unsigned bits) {
  static const Workload workloads[] = {Workload(2048), Workload(3072), Workload(4096)};
  return workloads[bits / 1024 - 2];
}

void ReportItems(benchmark::State& state, std::size_t count) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}

// Nanoseconds that one IFMA takes when sixteen chains keep the ports full; the median of 15 runs.
double NanosecondsPerIfma() {
  static const double ns = [] {
    std::vector<double> runs;
    for (int i = 0; i < 15; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const std::size_t done = RunIfma(20000);
      const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
      runs.push_back(took.count() / static_cast<double>(done));
    }
    std::nth_element(runs.begin(), runs.begin() + 7, runs.end());
    return runs[7];
  }();
  return ns;
}

// IFMA instructions of a squaring: products i <= j and the reduction, a low and a high half each,
// less the low halves of m[i] n[0], plus one for each m[i].
double SquareIfma(unsigned bits) {
  const double limbs = LaneLimbs(bits);
  return limbs * (limbs + 1) + 2 * limbs * limbs;
}

void Square(benchmark::State& state, const LaneOps& ops) {
  alignas(64) static std::uint64_t x[kMaxLimbs * 8], n[kMaxLimbs * 8], minus_inverse[8];
  std::mt19937_64 random(1);
  const PreparedRsa& key = *Of(ops.bits).key;
  const auto lanes = static_cast<unsigned>(ops.lanes);
  for (unsigned i = 0; i < LaneLimbs(ops.bits) * lanes; ++i) {
    n[i] = key.n()[i / lanes];
    x[i] = i / lanes + 2 < LaneLimbs(ops.bits) ? random() & kLimbMask : 0;
  }
  for (std::uint64_t& word : minus_inverse) word = key.minus_inverse();
  constexpr int kTimes = 16;
  while (state.KeepRunningBatch(kTimes)) {
    ops.square(x, n, minus_inverse, kTimes);
    benchmark::ClobberMemory();
  }
  const double ideal = SquareIfma(ops.bits) * NanosecondsPerIfma() * 1e-9;
  state.counters["ideal"] =
      benchmark::Counter(ideal, benchmark::Counter::kIsIterationInvariantRate);  // ideal seconds in a second
  state.counters["ideal_ns"] = ideal * 1e9;
}

// `pss`: PS256 instead of RS256; its own hashing is in the time, and not in the ideal.
void Verify(benchmark::State& state, const RsaKernel* kernel, unsigned bits, bool pss) {
  const Workload& work = Of(bits);
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::span<const RsaJob> jobs((pss ? work.pss_jobs : work.jobs).data(), count);
  const auto valid = std::make_unique<bool[]>(count);
  RsaScratch scratch;
  for (auto _ : state) {
    VerifyBatch(*kernel, jobs, std::span<bool>(valid.get(), count), scratch);
    benchmark::ClobberMemory();
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!valid[i]) return state.SkipWithError("a right signature was refused");
  }
  ReportItems(state, count);
  if (kernel->lanes == 8 && count % 8 == 0) {
    const double multiply = 4.0 * LaneLimbs(bits) * LaneLimbs(bits);
    const double ideal = (16 * SquareIfma(bits) + multiply) * NanosecondsPerIfma() * 1e-9;
    state.counters["ideal"] =
        benchmark::Counter(ideal * static_cast<double>(count / 8), benchmark::Counter::kIsIterationInvariantRate);
  }
}

void BoringVerify(benchmark::State& state, unsigned bits) {
  const Workload& work = Of(bits);
  std::size_t i = 0;
  for (auto _ : state) {
    if (!work.BoringOne(i, work.digests[i].data())) return state.SkipWithError("refused");
    i = (i + 1) % kMost;
  }
  ReportItems(state, 1);
}

void OpenSslVerify(benchmark::State& state, unsigned bits, bool hashed) {
  const Workload& work = Of(bits);
  if (work.openssl == nullptr) return state.SkipWithError("no libcrypto.so.3 here");
  std::size_t i = 0;
  for (auto _ : state) {
    Sha256Digest digest = work.digests[i];
    if (hashed) {
      bench::OpenSslVerifier::Sha256(
          {reinterpret_cast<const std::uint8_t*>(work.views[i].data()), work.views[i].size()}, digest.data());
    }
    if (!work.openssl->Verify(work.signatures[i], digest.data())) {
      return state.SkipWithError("refused");
    }
    i = (i + 1) % kMost;
  }
  ReportItems(state, 1);
}

// RS256 whole: hashing 700 bytes and verifying.
void Rs256(benchmark::State& state, const RsaKernel* kernel, unsigned bits) {
  const Workload& work = Of(bits);
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::span<const std::string_view> views(work.views.data(), count);
  std::vector<Sha256Digest> digests(count);
  std::vector<RsaJob> jobs(work.jobs.begin(), work.jobs.begin() + state.range(0));
  for (std::size_t i = 0; i < count; ++i) jobs[i].digest = digests[i];
  const auto valid = std::make_unique<bool[]>(count);
  RsaScratch scratch;
  for (auto _ : state) {
    Sha256Batch(views, digests);
    VerifyBatch(*kernel, jobs, std::span<bool>(valid.get(), count), scratch);
    benchmark::ClobberMemory();
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!valid[i]) return state.SkipWithError("a right signature was refused");
  }
  ReportItems(state, count);
}

void BoringRs256(benchmark::State& state, unsigned bits) {
  const Workload& work = Of(bits);
  std::size_t i = 0;
  for (auto _ : state) {
    Sha256Digest digest;
    SHA256(reinterpret_cast<const std::uint8_t*>(work.views[i].data()), work.views[i].size(), digest.data());
    if (!work.BoringOne(i, digest.data())) return state.SkipWithError("refused");
    i = (i + 1) % kMost;
  }
  ReportItems(state, 1);
}

// A block that is not full against as many scalar verifications: RsaKernel::fewest comes from here.
void CrossoverBlock(benchmark::State& state, const RsaKernel* kernel, unsigned bits) {
  const Workload& work = Of(bits);
  const auto count = static_cast<unsigned>(state.range(0));
  const std::uint32_t order[] = {0, 1, 2, 3, 4, 5, 6, 7};
  bool valid[8] = {};
  RsaScratch scratch;
  for (auto _ : state) {
    kernel->verify_block(work.jobs.data(), order, count, valid, scratch);
    benchmark::ClobberMemory();
  }
  ReportItems(state, count);
}

void Install(benchmark::State& state, unsigned bits) {
  const PreparedRsa& key = *Of(bits).key;
  const std::uint8_t f4[] = {1, 0, 1};
  for (auto _ : state) benchmark::DoNotOptimize(PreparedRsa::Create(key.modulus(), f4));
}

void RegisterAll() {
  using benchmark::RegisterBenchmark;
  using benchmark::State;
  for (const LaneOps& ops : AllLaneOps()) {
    if (!simd::Has(ops.required)) continue;
    RegisterBenchmark(("Square8/" + std::to_string(ops.bits)).c_str(), [ops](State& state) { Square(state, ops); });
  }
  for (unsigned bits : kSizes) {
    const std::string size = std::to_string(bits);
    RegisterBenchmark(("Verify/boringssl/" + size).c_str(), [=](State& state) { BoringVerify(state, bits); });
    RegisterBenchmark(("Verify/openssl/" + size).c_str(), [=](State& state) { OpenSslVerify(state, bits, false); });
    RegisterBenchmark(("Rs256/openssl/" + size).c_str(), [=](State& state) { OpenSslVerify(state, bits, true); });
    // Threads that share one key: BoringSSL takes the key's lock at each call.
    RegisterBenchmark(("TwoThreads/boringssl/" + size).c_str(), [=](State& state) { BoringVerify(state, bits); })
        ->Threads(2)
        ->UseRealTime();
    RegisterBenchmark(("Rs256/boringssl/" + size).c_str(), [=](State& state) { BoringRs256(state, bits); });
    RegisterBenchmark(("Install/" + size).c_str(), [=](State& state) { Install(state, bits); });
    for (const RsaKernel* kernel : RsaKernels()) {
      if (!simd::IsSupported(*kernel)) continue;
      const std::string tail = std::string(kernel->name) + "/" + size;
      auto* verify =
          RegisterBenchmark(("Verify/" + tail).c_str(), [=](State& state) { Verify(state, kernel, bits, false); });
      auto* whole = RegisterBenchmark(("Rs256/" + tail).c_str(), [=](State& state) { Rs256(state, kernel, bits); });
      auto* pss =
          RegisterBenchmark(("VerifyPs256/" + tail).c_str(), [=](State& state) { Verify(state, kernel, bits, true); });
      for (std::int64_t count : kCounts) {
        verify->Arg(count);
        whole->Arg(count);
        pss->Arg(count);
      }
      RegisterBenchmark(("TwoThreads/" + tail).c_str(), [=](State& state) { Verify(state, kernel, bits, false); })
          ->Arg(8)
          ->Threads(2)
          ->UseRealTime();
      auto* crossover =
          RegisterBenchmark(("Crossover/" + tail).c_str(), [=](State& state) { CrossoverBlock(state, kernel, bits); });
      crossover->DenseRange(1, 4);
    }
  }
}

}  // namespace
}  // namespace assay::rsa

int main(int argc, char** argv) {
  benchmark::AddCustomContext("cpu_model", assay::simd::ModelName());
  benchmark::AddCustomContext("cpu_features", assay::simd::Describe(assay::simd::Detected()));
  assay::rsa::RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
