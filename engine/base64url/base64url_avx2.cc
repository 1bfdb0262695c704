// 32 characters at a time through AVX2. The alphabet is five ranges, told apart by the high half of
// a character, with '_' alone out of step.
#include "engine/base64url/decode.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#include <bit>

#define ASSAY_TARGET ASSAY_FOR_CPUS_WITH("avx2")
#define ASSAY_INLINE ASSAY_TARGET inline __attribute__((always_inline))

namespace assay::base64url {
namespace {

using Vec = __m256i;

constexpr std::size_t kBlock = 32;  // characters

struct alignas(16) Nibbles {
  std::array<std::int8_t, 16> at{};
};

// What to add to a character to have its six bits, by its high half; '_' needs 33 more.
constexpr Nibbles kShift = {{0, 0, 62 - '-', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a'}};
constexpr std::int8_t kUnderscoreShift = 63 - ('_' - 'A');

// A bit for each kind of high half, set for a low half where a character of that kind would be outside the
// alphabet: outside exactly when kKind[high] & kOutsideIn[low] != 0.
struct Ranges {
  Nibbles kind;
  Nibbles outside_in;
};
constexpr Ranges kRanges = [] {
  Ranges ranges;
  for (unsigned high = 0; high < 16; ++high) {
    // 4x and 6x share their kind; so do all halves without any character.
    const unsigned bit = high < 2 || high >= 8 ? 0 : high == 6 ? 4 - 1 : high - 1;
    ranges.kind.at[high] = static_cast<std::int8_t>(1u << bit);
    for (unsigned low = 0; low < 16; ++low) {
      const unsigned c = 16 * high + low;
      if (c < 128 && kSixBits[c] < kOutside) continue;
      ranges.outside_in.at[low] = static_cast<std::int8_t>(ranges.outside_in.at[low] | (1 << bit));
    }
  }
  return ranges;
}();

ASSAY_INLINE Vec Twice(const Nibbles& table) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.at.data())));
}

class Block {
 public:
  ASSAY_INLINE explicit Block(const char* text)
      : text_(_mm256_loadu_si256(reinterpret_cast<const Vec*>(text))),
        high_(_mm256_and_si256(_mm256_srli_epi16(text_, 4), _mm256_set1_epi8(0x0F))) {}

  // One bit for each character outside the alphabet.
  ASSAY_INLINE std::uint32_t Outside() const {
    const Vec low = _mm256_and_si256(text_, _mm256_set1_epi8(0x0F));
    const Vec wrong = _mm256_and_si256(_mm256_shuffle_epi8(Twice(kRanges.kind), high_),
                                       _mm256_shuffle_epi8(Twice(kRanges.outside_in), low));
    const Vec good = _mm256_cmpeq_epi8(wrong, _mm256_setzero_si256());
    return ~static_cast<std::uint32_t>(_mm256_movemask_epi8(good));
  }

  // Writes the kBlockBytes decoded bytes, and no more.
  ASSAY_INLINE void StoreBytes(char* out) const {
    const Vec underscore =
        _mm256_and_si256(_mm256_cmpeq_epi8(text_, _mm256_set1_epi8('_')), _mm256_set1_epi8(kUnderscoreShift));
    const Vec shift = _mm256_add_epi8(_mm256_shuffle_epi8(Twice(kShift), high_), underscore);
    const Vec values = _mm256_add_epi8(text_, shift);
    // Four times six bits: (a << 6 | b) and (c << 6 | d), then (ab << 12 | cd).
    const Vec pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const Vec quads = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    // Each half to its 12 bytes, big-endian; then the second beside the first.
    const Vec order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9,
                                       8, 14, 13, 12, -1, -1, -1, -1);
    const Vec halves = _mm256_shuffle_epi8(quads, order);
    const Vec bytes = _mm256_permutevar8x32_epi32(halves, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(bytes));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16), _mm256_extracti128_si256(bytes, 1));
  }

 private:
  Vec text_;
  Vec high_;
};

ASSAY_TARGET std::size_t DecodeAvx2(std::string_view encoded, char* out) {
  const std::size_t quads_end = encoded.size() & ~std::size_t{3};
  if (quads_end < kBlock) return DecodeRest(encoded, 0, out);
  for (std::size_t at = 0;;) {
    const Block block(encoded.data() + at);
    const std::uint32_t outside = block.Outside();
    if (outside != 0) [[unlikely]] {
      return at + static_cast<std::size_t>(std::countr_zero(outside));
    }
    block.StoreBytes(out + DecodedSize(at));
    if (at + kBlock == quads_end) break;
    // The last block ends with the last quad, and decodes once more what it shares with the one before.
    at = at + 2 * kBlock <= quads_end ? at + kBlock : quads_end - kBlock;
  }
  return quads_end == encoded.size() ? kOk : DecodeRest(encoded, quads_end, out + DecodedSize(quads_end));
}

}  // namespace

const Kernel kAvx2 = {"avx2", simd::kAvx2, &DecodeAvx2};

}  // namespace assay::base64url
#endif
