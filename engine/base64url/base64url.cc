#include "engine/base64url/base64url.h"

#include <atomic>

#include "engine/base/check.h"
#include "engine/base64url/decode.h"

namespace assay::base64url {
namespace {

std::size_t ChooseAndDecode(std::string_view encoded, char* out);

// What Decode calls. Constant-initialised, so that a static object elsewhere may decode as well; the
// first call puts the active kernel here, and from then on a call is one indirect jump.
constinit std::atomic<decltype(Kernel::decode)> decode{&ChooseAndDecode};

std::size_t ChooseAndDecode(std::string_view encoded, char* out) {
  decode.store(ActiveKernel().decode, std::memory_order_relaxed);
  return ActiveKernel().decode(encoded, out);
}

}  // namespace

simd::KernelList<Kernel> Kernels() {
  static constexpr const Kernel* kKernels[] = {
#if defined(__x86_64__)
      &kAvx512,
      &kAvx2,
#elif defined(__aarch64__)
      &kNeon,
#endif
      &kScalar,
  };
  return kKernels;
}

bool SelfTest(const Kernel& kernel) {
  constexpr std::size_t kLongest = 200;  // three blocks of the widest kernel, and a rest
  char text[kLongest];
  unsigned six[kLongest + 1];  // what the characters stand for; 0 behind the last
  char out[DecodedSize(kLongest)];
  for (std::size_t size = 0; size <= kLongest; ++size) {
    const std::size_t over = size % 4;
    for (std::size_t i = 0; i < size; ++i) {
      const bool last = i + 1 == size;
      const unsigned unused = last && over == 2 ? 0x0F : last && over == 3 ? 0x03 : 0;
      six[i] = (11 * static_cast<unsigned>(i + size) % 64) & ~unused;
      text[i] = kAlphabet[six[i]];
    }
    six[size] = 0;
    if (kernel.decode({text, size}, out) != (over == 1 ? size - 1 : kOk)) return false;
    for (std::size_t i = 0; i < DecodedSize(size) && over != 1; ++i) {
      const std::size_t c = i / 3 * 4 + i % 3;  // the byte has its bits from this character and the next
      if (out[i] != static_cast<char>((six[c] << 6 | six[c + 1]) >> (4 - 2 * (i % 3)))) return false;
    }
  }
  // Every byte, each in another place: the places of all lanes come around.
  for (std::size_t c = 0; c < 256; ++c) {
    const std::size_t at = 7 * c % (kLongest - 4);
    for (char& other : text) other = 'A';
    text[at] = static_cast<char>(c);
    const bool inside = kAlphabet.find(text[at]) != std::string_view::npos;
    if (kernel.decode({text, kLongest}, out) != (inside ? kOk : at)) return false;
  }
  return true;
}

const Kernel& ActiveKernel() {
  static const Kernel* const active = Kernels().FirstUsable();
  ASSAY_CHECK(active != nullptr);  // nothing can be read without base64url
  return *active;
}

std::size_t Decode(std::string_view encoded, char* out) { return decode.load(std::memory_order_relaxed)(encoded, out); }

std::string Encode(std::string_view bytes) {
  std::string text(EncodedSize(bytes.size()), '\0');
  char* out = text.data();
  char* const end = out + text.size();
  for (std::size_t i = 0; out != end; i += 3) {
    std::uint32_t group = 0;  // three bytes, zeros behind the last
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0u);
    }
    for (int shift = 18; shift >= 0 && out != end; shift -= 6) *out++ = kAlphabet[(group >> shift) & 0x3F];
  }
  return text;
}

}  // namespace assay::base64url
