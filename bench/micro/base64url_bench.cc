// base64url decoding: every kernel by length, and what is at hand beside them. None of those refuses
// what RFC 7515 refuses: BoringSSL wants padding and the other alphabet (it is given both), modp_b64
// takes text with unused bits set.
#include <benchmark/benchmark.h>
#include <openssl/base64.h>

#include <random>
#include <string>
#include <vector>

#include "engine/base64url/base64url.h"
#include "engine/base64url/kernels.h"

#if defined(ASSAY_HAVE_MODP_B64)
#include <modp_b64w.h>
#endif

namespace assay::base64url {
namespace {

// An ES256 signature has 86 characters, an RS256 one 342; the others are headers and payloads.
constexpr std::int64_t kLengths[] = {20, 40, 86, 300, 342, 600, 1000, 1400};

// Several texts of one length, so that no branch predictor knows them by heart.
struct Texts {
  std::vector<std::string> bytes;
  std::vector<std::string> encoded;
  std::string out;

  explicit Texts(std::size_t length) : out(DecodedSize(length) + 64, '\0') {
    std::mt19937_64 random(7515);
    for (int i = 0; i < 64; ++i) {
      std::string text(DecodedSize(length), '\0');
      for (char& c : text) c = static_cast<char>(random());
      encoded.push_back(Encode(text));
      bytes.push_back(std::move(text));
    }
  }

  // The result is compared before any time is taken.
  template <class DecodeInto>
  bool AllRight(const DecodeInto& decode) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (!decode(encoded[i], out.data()) || out.compare(0, bytes[i].size(), bytes[i]) != 0) return false;
    }
    return true;
  }
};

template <class DecodeInto>
void Run(benchmark::State& state, Texts& texts, const DecodeInto& decode) {
  if (!texts.AllRight(decode)) return state.SkipWithError("wrong bytes");
  std::size_t next = 0;
  bool good = true;
  for (auto _ : state) {
    good &= decode(texts.encoded[next], texts.out.data());
    next = (next + 1) % texts.encoded.size();
    benchmark::ClobberMemory();
  }
  if (!good) return state.SkipWithError("refused");
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void OfKernel(benchmark::State& state, const Kernel* kernel) {
  Texts texts(static_cast<std::size_t>(state.range(0)));
  Run(state, texts, [&](const std::string& text, char* out) { return kernel->decode(text, out) == kOk; });
}

void Chosen(benchmark::State& state) {
  Texts texts(static_cast<std::size_t>(state.range(0)));
  Run(state, texts, [](const std::string& text, char* out) { return Decode(text, out) == kOk; });
}

void BoringSsl(benchmark::State& state) {
  Texts texts(static_cast<std::size_t>(state.range(0)));
  for (std::string& text : texts.encoded) {
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    text.append((4 - text.size() % 4) % 4, '=');
  }
  Run(state, texts, [](const std::string& text, char* out) {
    std::size_t size = 0;
    return EVP_DecodeBase64(reinterpret_cast<std::uint8_t*>(out), &size, text.size() / 4 * 3,
                            reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == 1;
  });
}

#if defined(ASSAY_HAVE_MODP_B64)
void Modp(benchmark::State& state) {
  Texts texts(static_cast<std::size_t>(state.range(0)));
  Run(state, texts, [](const std::string& text, char* out) {
    return modp_b64w_decode(out, text.data(), text.size()) != static_cast<std::size_t>(-1);
  });
}
#endif

void Register(const std::string& name, void (*run)(benchmark::State&)) {
  benchmark::internal::Benchmark* bench = benchmark::RegisterBenchmark(("Base64url/" + name).c_str(), run);
  for (std::int64_t length : kLengths) bench->Arg(length);
}

}  // namespace
}  // namespace assay::base64url

int main(int argc, char** argv) {
  using namespace assay;
  benchmark::AddCustomContext("cpu_model", simd::ModelName());
  benchmark::AddCustomContext("kernel", base64url::ActiveKernel().name);
  base64url::Register("chosen", &base64url::Chosen);
  for (const base64url::Kernel* kernel : base64url::Kernels()) {
    if (!simd::IsSupported(*kernel)) continue;
    auto* bench =
        benchmark::RegisterBenchmark((std::string("Base64url/") + kernel->name).c_str(),
                                     [kernel](benchmark::State& state) { base64url::OfKernel(state, kernel); });
    for (std::int64_t length : base64url::kLengths) bench->Arg(length);
  }
  base64url::Register("boringssl", &base64url::BoringSsl);
#if defined(ASSAY_HAVE_MODP_B64)
  base64url::Register("modp_b64", &base64url::Modp);
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
