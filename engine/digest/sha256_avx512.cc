// 16 messages in the 32-bit lanes of AVX-512 registers: three-input logic is one instruction
// (vpternlogd) and so is a rotation (vprold).
#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <utility>

#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq")

#include "engine/digest/sha256_vector.h"

namespace assay::sha256 {
namespace {

struct Avx512Lanes {
  using Vec = __m512i;
  static constexpr unsigned kLanes = 16;
  static constexpr unsigned kAlone = 6;

  ASSAY_LANE Vec Load(const std::uint32_t* words) { return _mm512_load_si512(words); }
  ASSAY_LANE void Store(std::uint32_t* words, Vec a) { _mm512_store_si512(words, a); }
  ASSAY_LANE Vec Repeat(__m128i part) { return _mm512_broadcast_i32x4(part); }
  ASSAY_LANE Vec Row(const std::uint8_t* const* next, std::size_t offset) {
    Vec v = _mm512_zextsi128_si512(Part(next[0] + offset));
    v = _mm512_mask_broadcast_i32x4(v, 0x00F0, Part(next[4] + offset));
    v = _mm512_mask_broadcast_i32x4(v, 0x0F00, Part(next[8] + offset));
    return _mm512_mask_broadcast_i32x4(v, 0xF000, Part(next[12] + offset));
  }
  ASSAY_LANE Vec InterleaveLow32(Vec a, Vec b) { return _mm512_unpacklo_epi32(a, b); }
  ASSAY_LANE Vec InterleaveHigh32(Vec a, Vec b) { return _mm512_unpackhi_epi32(a, b); }
  ASSAY_LANE Vec InterleaveLow64(Vec a, Vec b) { return _mm512_unpacklo_epi64(a, b); }
  ASSAY_LANE Vec InterleaveHigh64(Vec a, Vec b) { return _mm512_unpackhi_epi64(a, b); }
  ASSAY_LANE Vec ShuffleBytes(Vec a, Vec order) { return _mm512_shuffle_epi8(a, order); }

  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm512_add_epi32(a, b); }
  template <int kTable>
  ASSAY_LANE Vec Logic(Vec a, Vec b, Vec c) {
    return _mm512_ternarylogic_epi32(a, b, c, kTable);
  }
  ASSAY_LANE Vec Xor3(Vec a, Vec b, Vec c) { return Logic<0x96>(a, b, c); }
  template <int kBits>
  ASSAY_LANE Vec Shr(Vec a) {
    return _mm512_srli_epi32(a, kBits);
  }
  template <int kBits>
  ASSAY_LANE Vec Ror(Vec a) {
    return _mm512_ror_epi32(a, kBits);
  }

  struct Carried {};
  ASSAY_LANE Carried Begin(const Vec (&)[8]) { return {}; }
  template <unsigned t>
  ASSAY_LANE void Round(Vec (&s)[8], Vec (&w)[16], Carried&, const std::uint32_t* k) {
    Vec& a = s[(64 - t) % 8];
    Vec& b = s[(65 - t) % 8];
    Vec& c = s[(66 - t) % 8];
    Vec& d = s[(67 - t) % 8];
    Vec& e = s[(68 - t) % 8];
    Vec& f = s[(69 - t) % 8];
    Vec& g = s[(70 - t) % 8];
    Vec& h = s[(71 - t) % 8];
    // The chain from e to the next e is the longest: rotate, xor, add. Everything else is added
    // before.
    const Vec hkw = Add(h, Add(w[t % 16], _mm512_set1_epi32(static_cast<int>(k[t % 16]))));
    const Vec choose = Logic<0xCA>(e, f, g);
    const Vec sigma1 = Xor3(Ror<6>(e), Ror<11>(e), Ror<25>(e));
    const Vec most = Add(hkw, choose);
    const Vec sigma0 = Xor3(Ror<2>(a), Ror<13>(a), Ror<22>(a));
    const Vec majority = Logic<0xE8>(a, b, c);
    d = Add(Add(Add(d, hkw), choose), sigma1);
    h = Add(Add(Add(most, majority), sigma1), sigma0);
  }
};

}  // namespace
}  // namespace assay::sha256

ASSAY_TARGET_END

// Behind the region: DigestInLanes() is for every CPU.
namespace assay::sha256 {

const Sha256Kernel kAvx512 = {"avx512", Avx512Lanes::kLanes, 10, simd::kAvx512,
                              &DigestInLanes<VectorHash<Avx512Lanes>>};

}  // namespace assay::sha256

#endif
