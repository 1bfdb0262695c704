#include "tests/engine/rsa/many_prime_key.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "engine/rsa/prepared_rsa.h"

namespace assay::rsa {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kE = 65537;

bool IsPrime(std::uint64_t candidate) {
  bssl::UniquePtr<BIGNUM> number(BN_new());
  bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  int prime = 0;
  EXPECT_TRUE(BN_set_u64(number.get(), candidate));
  EXPECT_TRUE(BN_primality_test(&prime, number.get(), 20, context.get(), 1, nullptr));
  return prime == 1;
}

// 1/e mod m for m prime to e: (1 + k m) / e for the k that makes it whole.
std::uint64_t RootExponent(std::uint64_t m) {
  std::uint64_t k = 1;
  while ((Wide{k} * m + 1) % kE != 0) ++k;
  return static_cast<std::uint64_t>((Wide{k} * m + 1) / kE);
}

std::vector<std::uint64_t> ToWords(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint64_t> words;
  for (std::size_t end = bytes.size(); end > 0; end -= 8) {
    words.push_back(LoadBigEndian64(bytes.data() + end - 8));
  }
  return words;
}

std::vector<std::uint8_t> ToBytes(std::span<const std::uint64_t> words) {
  std::vector<std::uint8_t> bytes(8 * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    StoreBigEndian64(bytes.data() + bytes.size() - 8 * (i + 1), words[i]);
  }
  return bytes;
}

// sum += a * factor; `sum` has a word more than a.
void AddProduct(std::vector<std::uint64_t>& sum, std::span<const std::uint64_t> a, std::uint64_t factor) {
  Wide carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    carry += Wide{a[i]} * factor + sum[i];
    sum[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  sum[a.size()] += static_cast<std::uint64_t>(carry);
}

}  // namespace

std::uint64_t ManyPrimeKey::Prime::Mul(std::uint64_t a, std::uint64_t b) const {
  const Wide product = Wide{a} * b;
  const std::uint64_t m = static_cast<std::uint64_t>(product) * inverse;
  const std::uint64_t high = static_cast<std::uint64_t>(product >> 64);
  const std::uint64_t taken = static_cast<std::uint64_t>((Wide{m} * p) >> 64);
  return high - taken + (high < taken ? p : 0);
}

std::uint64_t ManyPrimeKey::Prime::Power(std::uint64_t a, std::uint64_t e) const {
  std::uint64_t power = a;
  for (int bit = 62 - __builtin_clzll(e); bit >= 0; --bit) {
    power = Mul(power, power);
    if ((e >> bit & 1) != 0) power = Mul(power, a);
  }
  return power;
}

std::uint64_t ManyPrimeKey::Prime::Form(std::span<const std::uint64_t> words) const {
  std::uint64_t value = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    const std::uint64_t low = words[i] >= p ? words[i] - p : words[i];
    const Wide sum = Wide{Mul(value, r2)} + low;  // value * 2^64 + word
    value = static_cast<std::uint64_t>(sum >= p ? sum - p : sum);
  }
  return Mul(value, r2);
}

ManyPrimeKey::ManyPrimeKey(unsigned bits, std::mt19937_64& random) {
  // From here on, 64 primes have a product with its top bit set.
  constexpr std::uint64_t kLeast = 0xfe00000000000000;
  std::vector<std::uint64_t> product = {1};
  while (primes_.size() < bits / 64) {
    const std::uint64_t p = kLeast | (random() >> 7) | 1;
    bool fresh = p % kE != 1;
    for (const Prime& prime : primes_) fresh = fresh && prime.p != p;
    if (!fresh || !IsPrime(p)) continue;
    Prime prime{};
    prime.p = p;
    prime.inverse = 1;
    for (int i = 0; i < 6; ++i) prime.inverse *= 2 - p * prime.inverse;
    const std::uint64_t r = 0 - p;  // 2^64 mod p, as p > 2^63
    prime.r2 = static_cast<std::uint64_t>(Wide{r} * r % p);
    prime.root = RootExponent(p - 1);
    prime.garner = prime.Power(prime.Form(product), p - 2);
    products_.push_back(product);
    std::vector<std::uint64_t> next(product.size() + 1, 0);
    AddProduct(next, product, p);
    if (next.back() == 0) next.pop_back();
    product = next;
    primes_.push_back(prime);
  }
  modulus_ = ToBytes(product);
}

std::vector<std::uint8_t> ManyPrimeKey::Close(std::span<const std::uint8_t> block) const {
  const std::vector<std::uint64_t> words = ToWords(block);
  std::vector<std::uint64_t> s(words.size() + 1, 0);
  for (std::size_t i = 0; i < primes_.size(); ++i) {
    const Prime& prime = primes_[i];
    const std::uint64_t root = prime.Power(prime.Form(words), prime.root);
    const std::uint64_t known = prime.Form(std::span(s).first(i));
    const std::uint64_t missing = root - known + (root < known ? prime.p : 0);
    // Two Montgomery forms in, one more division by 2^64: a plain number.
    AddProduct(s, products_[i], prime.Mul(prime.Mul(missing, prime.garner), 1));
  }
  s.pop_back();
  return ToBytes(s);
}

}  // namespace assay::rsa
