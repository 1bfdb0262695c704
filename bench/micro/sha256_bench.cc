// SHA-256 in batches: every kernel by batch size, the chosen mixture, and BoringSSL's single
// stream.
#include <benchmark/benchmark.h>
#include <openssl/sha.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "engine/digest/sha256_batch.h"

namespace assay {
namespace {

constexpr std::int64_t kCounts[] = {1, 2, 3, 4, 6, 8, 10, 12, 16, 64, 256, 1024};

struct Messages {
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<Sha256Digest> digests;
  std::size_t bytes = 0;

  // `count` messages of `least` to `most` bytes.
  Messages(std::size_t count, std::size_t least, std::size_t most) : digests(count) {
    std::mt19937_64 random(700);
    for (std::size_t i = 0; i < count; ++i) {
      std::string text(least + random() % (most - least + 1), '\0');
      for (char& c : text) c = static_cast<char>(random());
      bytes += text.size();
      texts.push_back(std::move(text));
    }
    for (const std::string& text : texts) views.emplace_back(text);
  }

  void OneByOne() {
    for (std::size_t i = 0; i < views.size(); ++i) {
      SHA256(reinterpret_cast<const std::uint8_t*>(views[i].data()), views[i].size(), digests[i].data());
    }
  }

  // The result is compared before any time is taken.
  bool SameAsOneByOne(const Sha256Kernel* kernel) {
    OneByOne();
    const std::vector<Sha256Digest> reference = digests;
    for (Sha256Digest& digest : digests) digest.fill(0);
    kernel != nullptr ? Sha256Batch(*kernel, views, digests) : Sha256Batch(views, digests);
    return digests == reference;
  }
};

void Report(benchmark::State& state, const Messages& messages) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(messages.bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages.views.size()));
}

void OneStream(benchmark::State& state, std::size_t least, std::size_t most) {
  Messages messages(static_cast<std::size_t>(state.range(0)), least, most);
  for (auto _ : state) {
    messages.OneByOne();
    benchmark::ClobberMemory();
  }
  Report(state, messages);
}

void Kernel(benchmark::State& state, const Sha256Kernel* kernel, std::size_t least, std::size_t most) {
  Messages messages(static_cast<std::size_t>(state.range(0)), least, most);
  if (!messages.SameAsOneByOne(kernel)) return state.SkipWithError("wrong digest");
  for (auto _ : state) {
    kernel != nullptr ? Sha256Batch(*kernel, messages.views, messages.digests)
                      : Sha256Batch(messages.views, messages.digests);
    benchmark::ClobberMemory();
  }
  Report(state, messages);
}

void Register(const std::string& name, std::size_t least, std::size_t most) {
  const auto with_counts = [](benchmark::internal::Benchmark* bench) {
    for (std::int64_t count : kCounts) bench->Arg(count);
  };
  with_counts(benchmark::RegisterBenchmark(("Sha256/" + name + "/one_stream").c_str(),
                                           [=](benchmark::State& state) { OneStream(state, least, most); }));
  with_counts(benchmark::RegisterBenchmark(("Sha256/" + name + "/chosen").c_str(),
                                           [=](benchmark::State& state) { Kernel(state, nullptr, least, most); }));
  for (const Sha256Kernel* kernel : Sha256Kernels()) {
    if (!simd::IsSupported(*kernel)) continue;
    with_counts(benchmark::RegisterBenchmark(("Sha256/" + name + "/" + kernel->name).c_str(),
                                             [=](benchmark::State& state) { Kernel(state, kernel, least, most); }));
  }
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::AddCustomContext("cpu_model", assay::simd::ModelName());
  benchmark::AddCustomContext("cpu_features", assay::simd::Describe(assay::simd::Detected()));
  assay::Register("700_bytes", 700, 700);
  assay::Register("300_to_1500_bytes", 300, 1500);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
