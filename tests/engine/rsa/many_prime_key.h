// RSA keys that sign in microseconds, for tests that need millions of signatures.
//
// The modulus is a product of 64-bit primes. A verifier sees no difference: it never learns the
// factors, and s^e = EM mod n is the same question. The signer takes EM^(1/e) modulo each prime,
// where numbers are single words, and joins the roots by Garner's algorithm. Of course anybody
// could factor such a modulus.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace assay::rsa {

class ManyPrimeKey {
 public:
  // A modulus of exactly `bits` (a multiple of 64), e = 65537.
  ManyPrimeKey(unsigned bits, std::mt19937_64& random);

  std::span<const std::uint8_t> modulus() const { return modulus_; }  // big-endian

  // The s with s^65537 = block mod n, big-endian. Requires block < n, both of the modulus's size.
  std::vector<std::uint8_t> Close(std::span<const std::uint8_t> block) const;

 private:
  struct Prime {
    std::uint64_t p;
    std::uint64_t inverse;                                        // 1/p mod 2^64
    std::uint64_t r2;                                             // 2^128 mod p
    std::uint64_t root;                                           // 1/e mod p - 1
    std::uint64_t garner;                                         // 2^64 / (product of the primes before) mod p
    std::uint64_t Mul(std::uint64_t a, std::uint64_t b) const;    // a b / 2^64 mod p, for a, b < p
    std::uint64_t Power(std::uint64_t a, std::uint64_t e) const;  // Montgomery forms; e >= 1
    // The number with these words, least significant first, in Montgomery form.
    std::uint64_t Form(std::span<const std::uint64_t> words) const;
  };
  std::vector<Prime> primes_;
  std::vector<std::vector<std::uint64_t>> products_;  // of the first i primes
  std::vector<std::uint8_t> modulus_;
};

}  // namespace assay::rsa
