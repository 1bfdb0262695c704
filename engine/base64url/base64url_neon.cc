// 32 characters at a time through NEON: the structure loads and stores part quads into their four
// characters and join their three bytes.
#include "engine/base64url/decode.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace assay::base64url {
namespace {

constexpr std::size_t kBlock = 32;  // characters

// The six bits of each of 16 characters; kOutside is set for one outside the alphabet.
inline uint8x16_t SixBits(uint8x16x4_t low, uint8x16x4_t high, uint8x16_t text) {
  // An index beyond a table gives 0 (tbl), or leaves what is there (tbx).
  const uint8x16_t from_low = vqtbl4q_u8(low, text);
  const uint8x16_t from_both = vqtbx4q_u8(from_low, high, veorq_u8(text, vdupq_n_u8(64)));
  // What is not ASCII is in neither table.
  return vorrq_u8(from_both, vandq_u8(text, vdupq_n_u8(kOutside)));
}

std::size_t DecodeNeon(std::string_view encoded, char* out) {
  const std::size_t quads_end = encoded.size() & ~std::size_t{3};
  if (quads_end < kBlock) return DecodeRest(encoded, 0, out);
  const uint8x16x4_t low = vld1q_u8_x4(kSixBits.data());
  const uint8x16x4_t high = vld1q_u8_x4(kSixBits.data() + 64);
  for (std::size_t at = 0;;) {
    const uint8x8x4_t text = vld4_u8(reinterpret_cast<const std::uint8_t*>(encoded.data()) + at);
    const uint8x16_t ab = SixBits(low, high, vcombine_u8(text.val[0], text.val[1]));
    const uint8x16_t cd = SixBits(low, high, vcombine_u8(text.val[2], text.val[3]));
    if (vmaxvq_u8(vorrq_u8(ab, cd)) >= kOutside) [[unlikely]] {
      return DecodeRest(encoded, at, out + DecodedSize(at));  // which finds the position
    }
    const uint8x8_t a = vget_low_u8(ab);
    const uint8x8_t b = vget_high_u8(ab);
    const uint8x8_t c = vget_low_u8(cd);
    const uint8x8_t d = vget_high_u8(cd);
    const uint8x8x3_t bytes = {{vorr_u8(vshl_n_u8(a, 2), vshr_n_u8(b, 4)), vorr_u8(vshl_n_u8(b, 4), vshr_n_u8(c, 2)),
                                vorr_u8(vshl_n_u8(c, 6), d)}};
    vst3_u8(reinterpret_cast<std::uint8_t*>(out) + DecodedSize(at), bytes);
    if (at + kBlock == quads_end) break;
    // The last block ends with the last quad, and decodes once more what it shares with the one before.
    at = at + 2 * kBlock <= quads_end ? at + kBlock : quads_end - kBlock;
  }
  return quads_end == encoded.size() ? kOk : DecodeRest(encoded, quads_end, out + DecodedSize(quads_end));
}

}  // namespace

const Kernel kNeon = {"neon", simd::kNeon, &DecodeNeon};

}  // namespace assay::base64url
#endif
