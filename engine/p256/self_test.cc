// The known-answer test that every kernel must pass before an engine uses it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/p256/equation.h"
#include "engine/p256/es256.h"

namespace assay::p256 {
namespace {

// RFC 6979 appendix A.2.5: the key, and its SHA-256 signatures of "sample" and "test".
constexpr U256 kKeyX{{0xe669622e60f29fb6, 0xc049b8923b61fa6c, 0xc961eb74c6356d68, 0x60fed4ba255a9d31}};
constexpr U256 kKeyY{{0x77a3c294d4462299, 0xf2f1b20c2d7e9f51, 0xa41ae9e95628bc64, 0x7903fe1008b8bc99}};

struct Signed {
  U256 digest, r, s;
};
constexpr Signed kSigned[] = {
    {{{0x62113d8a62add1bf, 0x1a831d0268e98915, 0xe2ade1d694f41fc7, 0xaf2bdbe1aa9b6ec1}},
     {{0xc34d0ea84eaf3716, 0x9d2c877b56aaf991, 0x1140dd9cd45e81d6, 0xefd48b2aacb6a8fd}},
     {{0x4dc4ab2f843acda8, 0xf3e900dbb9aff406, 0xd436c7a1b6e29f65, 0xf7cb1c942d657c41}}},
    {{{0xd15d6c15b0f00a08, 0xa3bf4f1b2b0b822c, 0x9a2feaa0c55ad015, 0x9f86d081884c7d65}},
     {{0x4f28d3b0b7d38367, 0xed3efcf6c5132b35, 0x71d881567b1ea663, 0xf1abb023518351cd}},
     {{0x0cc84250e46f0083, 0x5f267e60d3814b4c, 0xbd25926b49c64915, 0x019f4113742a2b14}}},
};

// The signatures of a self-test with the verdicts they must get. Not movable: jobs point into it.
class Cases {
 public:
  explicit Cases(const KeyTable& key) : key_(key) {}

  void Add(const Signed& signature, bool valid) {
    auto bytes = std::make_unique<Bytes>();
    StoreBigEndian(bytes->digest, signature.digest);
    StoreBigEndian(bytes->signature, signature.r);
    StoreBigEndian(bytes->signature + 32, signature.s);
    jobs_.push_back({bytes->digest, bytes->signature, &key_});
    bytes_.push_back(std::move(bytes));
    expected_.push_back(valid);
  }

  std::span<const Es256Job> jobs() const { return jobs_; }
  bool expected(std::size_t i) const { return expected_[i] != 0; }

 private:
  struct Bytes {
    std::uint8_t digest[32];
    std::uint8_t signature[64];
  };
  const KeyTable& key_;
  std::vector<std::unique_ptr<Bytes>> bytes_;
  std::vector<Es256Job> jobs_;
  std::vector<std::uint8_t> expected_;
};

// a / b mod n, plain numbers.
U256 DivideN(const U256& a, const U256& b) { return MulN({a}, MulN({InverseModNVartime(b)}, {kRSquaredN})).v; }

// n - 2 (n mod 2^bit): the scalar whose digits below and above `bit` sum to the same point.
U256 EqualHalves(int bit) {
  U256 low = kN;
  for (int i = 0; i < 4; ++i) {
    const int keep = bit - 64 * i;
    if (keep <= 0) {
      low.w[i] = 0;
    } else if (keep < 64) {
      low.w[i] &= (std::uint64_t{1} << keep) - 1;
    }
  }
  return SubMod(SubMod(kN, low, kN), low, kN);
}

void AddCases(Cases& cases) {
  constexpr U256 one{{1, 0, 0, 0}};
  for (const Signed& good : kSigned) {
    cases.Add(good, true);
    cases.Add({good.digest, good.r, SubMod(kN, good.s, kN)}, true);  // the twin (r, n - s)
    for (int bit = 0; bit < 256; bit += 37) {
      Signed bad = good;
      bad.digest.w[bit / 64] ^= std::uint64_t{1} << (bit % 64);
      cases.Add(bad, false);
      bad = good;
      bad.s.w[bit / 64] ^= std::uint64_t{1} << (bit % 64);
      cases.Add(bad, false);
    }
    cases.Add({good.digest, {}, good.s}, false);
    cases.Add({good.digest, good.r, {}}, false);
    cases.Add({good.digest, kN, good.s}, false);
    cases.Add({good.digest, good.r, kN}, false);
    cases.Add({good.digest, one, one}, false);
    // Sums with equal halves, at every window boundary of some window: s = e/U and s = r/U.
    for (int bit = 120; bit < 256; bit += 4) {
      const U256 u = EqualHalves(bit);
      cases.Add({good.digest, good.r, DivideN(good.digest, u)}, false);
      cases.Add({good.digest, good.r, DivideN(good.r, u)}, false);
    }
    cases.Add({{}, good.r, good.s}, false);  // u1 = 0
    cases.Add({kN, good.r, good.s}, false);  // u1 = n mod n = 0
  }
}

bool Passes(const Es256Kernel& kernel, int window) {
  std::uint8_t x[32], y[32];
  StoreBigEndian(x, kKeyX);
  StoreBigEndian(y, kKeyY);
  const std::unique_ptr<const KeyTable> key = KeyTable::Build(x, y, window);
  if (key == nullptr) return false;
  Cases cases(*key);
  AddCases(cases);
  Es256Scratch scratch(kernel);
  std::vector<std::uint8_t> valid(cases.jobs().size());
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{8}, std::size_t{21}, std::size_t{256}}) {
    for (std::uint8_t& v : valid) v = 2;  // neither verdict
    for (std::size_t i = 0; i < valid.size(); i += size) {
      const std::size_t n = std::min(size, valid.size() - i);
      kernel.verify_batch(cases.jobs().subspan(i, n), valid.data() + i, scratch);
    }
    for (std::size_t i = 0; i < valid.size(); ++i) {
      if (valid[i] != (cases.expected(i) ? 1 : 0)) return false;
    }
  }
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (kernel.verify_one(cases.jobs()[i], scratch) != cases.expected(i)) return false;
  }
  return scratch.counters.repeated_blocks == 0;
}

}  // namespace

bool SelfTest(const Es256Kernel& kernel) { return Passes(kernel, 4) && Passes(kernel, 8); }

}  // namespace assay::p256
