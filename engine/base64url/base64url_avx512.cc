// 64 characters at a time through AVX-512 VBMI: one vpermi2b looks up all of them, and masks take
// the end of the text, whatever its length.
#include "engine/base64url/decode.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#include <bit>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own AVX-512 headers pass an undefined register to every unmasked intrinsic.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define ASSAY_TARGET ASSAY_FOR_CPUS_WITH("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")
#define ASSAY_INLINE ASSAY_TARGET inline __attribute__((always_inline))

namespace assay::base64url {
namespace {

using Vec = __m512i;

constexpr std::size_t kBlock = 64;  // characters
constexpr std::size_t kBlockBytes = DecodedSize(kBlock);

// Byte 3i + j of a decoded block is byte 2 - j of the i-th 32-bit lane.
alignas(64) constexpr std::array<std::uint8_t, 64> kPacked = [] {
  std::array<std::uint8_t, 64> table{};
  for (std::uint8_t i = 0; i < 16; ++i) {
    for (std::uint8_t j = 0; j < 3; ++j) {
      table[3u * i + j] = static_cast<std::uint8_t>(4 * i + 2 - j);
    }
  }
  return table;
}();

// The lowest `count` of 64 bits; count < 64.
constexpr std::uint64_t Lowest(std::size_t count) { return (std::uint64_t{1} << count) - 1; }

class Block {
 public:
  ASSAY_INLINE explicit Block(Vec text)
      : values_(_mm512_permutex2var_epi8(_mm512_load_si512(kSixBits.data()), text,
                                         _mm512_load_si512(kSixBits.data() + 64))),
        // The lookup ignores the top bit of a byte that is not ASCII.
        outside_(_mm512_movepi8_mask(_mm512_or_si512(values_, text))) {}

  // One bit for each character outside the alphabet.
  ASSAY_INLINE std::uint64_t outside() const { return outside_; }

  // The kBlockBytes decoded bytes, lowest first.
  ASSAY_INLINE Vec Bytes() const {
    // Four times six bits: (a << 6 | b) and (c << 6 | d), then (ab << 12 | cd).
    const Vec pairs = _mm512_maddubs_epi16(values_, _mm512_set1_epi32(0x01400140));
    const Vec quads = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
    return _mm512_permutexvar_epi8(_mm512_load_si512(kPacked.data()), quads);
  }

 private:
  Vec values_;
  std::uint64_t outside_;
};

ASSAY_TARGET std::size_t DecodeAvx512(std::string_view encoded, char* out) {
  const char* text = encoded.data();
  std::size_t left = encoded.size();
  const auto position_of = [&](std::uint64_t outside) {
    return encoded.size() - left + static_cast<std::size_t>(std::countr_zero(outside));
  };
  for (; left >= kBlock; left -= kBlock, text += kBlock, out += kBlockBytes) {
    const Block block(_mm512_loadu_si512(text));
    if (block.outside() != 0) [[unlikely]]
      return position_of(block.outside());
    _mm512_mask_storeu_epi8(out, Lowest(kBlockBytes), block.Bytes());
  }
  if (left == 0) return kOk;
  const Block block(_mm512_mask_loadu_epi8(_mm512_set1_epi8('A'), Lowest(left), text));
  if (block.outside() != 0) [[unlikely]]
    return position_of(block.outside());
  _mm512_mask_storeu_epi8(out, Lowest(DecodedSize(left)), block.Bytes());
  return CheckEnd(encoded);
}

}  // namespace

const Kernel kAvx512 = {"avx512vbmi", simd::kAvx512Vbmi, &DecodeAvx512};

}  // namespace assay::base64url
#endif
