// 8 messages in the 32-bit lanes of AVX2 registers, for CPUs without SHA-NI: a rotation is two shifts.
#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <utility>

#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN("avx2")

#include "engine/digest/sha256_vector.h"

namespace assay::sha256 {
namespace {

struct Avx2Lanes {
  using Vec = __m256i;
  static constexpr unsigned kLanes = 8;
  static constexpr unsigned kAlone = 4;

  ASSAY_LANE Vec Load(const std::uint32_t* words) { return _mm256_load_si256(reinterpret_cast<const Vec*>(words)); }
  ASSAY_LANE void Store(std::uint32_t* words, Vec a) { _mm256_store_si256(reinterpret_cast<Vec*>(words), a); }
  ASSAY_LANE Vec Repeat(__m128i part) { return _mm256_broadcastsi128_si256(part); }
  ASSAY_LANE Vec Row(const std::uint8_t* const* next, std::size_t offset) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(Part(next[0] + offset)), Part(next[4] + offset), 1);
  }
  ASSAY_LANE Vec InterleaveLow32(Vec a, Vec b) { return _mm256_unpacklo_epi32(a, b); }
  ASSAY_LANE Vec InterleaveHigh32(Vec a, Vec b) { return _mm256_unpackhi_epi32(a, b); }
  ASSAY_LANE Vec InterleaveLow64(Vec a, Vec b) { return _mm256_unpacklo_epi64(a, b); }
  ASSAY_LANE Vec InterleaveHigh64(Vec a, Vec b) { return _mm256_unpackhi_epi64(a, b); }
  ASSAY_LANE Vec ShuffleBytes(Vec a, Vec order) { return _mm256_shuffle_epi8(a, order); }

  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm256_add_epi32(a, b); }
  ASSAY_LANE Vec Xor(Vec a, Vec b) { return _mm256_xor_si256(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm256_and_si256(a, b); }
  ASSAY_LANE Vec Xor3(Vec a, Vec b, Vec c) { return Xor(Xor(a, b), c); }
  template <int kBits>
  ASSAY_LANE Vec Shr(Vec a) {
    return _mm256_srli_epi32(a, kBits);
  }
  template <int kBits>
  ASSAY_LANE Vec Ror(Vec a) {
    return _mm256_or_si256(Shr<kBits>(a), _mm256_slli_epi32(a, 32 - kBits));
  }

  // Carried: b ^ c, which was a ^ b the round before: the majority of a, b and c is b where a and b are equal, else c.
  using Carried = Vec;
  ASSAY_LANE Carried Begin(const Vec (&s)[8]) { return Xor(s[1], s[2]); }
  template <unsigned t>
  ASSAY_LANE void Round(Vec (&s)[8], Vec (&w)[16], Carried& bc, const std::uint32_t* k) {
    Vec& a = s[(64 - t) % 8];
    Vec& b = s[(65 - t) % 8];
    Vec& d = s[(67 - t) % 8];
    Vec& e = s[(68 - t) % 8];
    Vec& f = s[(69 - t) % 8];
    Vec& g = s[(70 - t) % 8];
    Vec& h = s[(71 - t) % 8];
    const Vec hkw = Add(h, Add(w[t % 16], _mm256_set1_epi32(static_cast<int>(k[t % 16]))));
    const Vec choose = Xor(And(e, Xor(f, g)), g);
    const Vec sigma1 = Xor3(Ror<6>(e), Ror<11>(e), Ror<25>(e));
    const Vec sum = Add(Add(hkw, choose), sigma1);
    const Vec sigma0 = Xor3(Ror<2>(a), Ror<13>(a), Ror<22>(a));
    const Vec ab = Xor(a, b);
    const Vec majority = Xor(And(ab, bc), b);
    bc = ab;
    d = Add(d, sum);
    h = Add(Add(sum, majority), sigma0);
  }
};

}  // namespace
}  // namespace assay::sha256

ASSAY_TARGET_END

// Behind the region: DigestInLanes() is for every CPU.
namespace assay::sha256 {

const Sha256Kernel kAvx2 = {"avx2", Avx2Lanes::kLanes, 4, simd::kAvx2, &DigestInLanes<VectorHash<Avx2Lanes>>};

}  // namespace assay::sha256

#endif
