#include "engine/simd/features.h"

#include <fstream>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace assay::simd {
namespace {

#if defined(__x86_64__)
// XCR0 tells which register states the operating system saves; without that the registers are not usable.
std::uint64_t ReadXcr0() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

FeatureSet Read() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  const bool osxsave = (c & (1u << 27)) != 0;
  const std::uint64_t xcr0 = osxsave ? ReadXcr0() : 0;
  const bool ymm = (xcr0 & 0x06) == 0x06;
  const bool zmm = (xcr0 & 0xE6) == 0xE6;  // + opmask, upper ZMM, ZMM16..31
  const bool fma = (c & (1u << 12)) != 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  FeatureSet set = 0;
  if (ymm && fma) set |= kFma;
  if (b & (1u << 8)) set |= kBmi2;
  if (b & (1u << 19)) set |= kAdx;
  if (ymm && (b & (1u << 5))) set |= kAvx2;
  if (b & (1u << 29)) set |= kShaNi;
  constexpr unsigned kBase = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31);
  if (zmm && (b & kBase) == kBase) {
    set |= kAvx512;
    if (b & (1u << 21)) set |= kAvx512Ifma;
    if ((c & (1u << 1)) && (c & (1u << 6))) set |= kAvx512Vbmi;
  }
  // A CPU that has no leaf 7.1 answers zeros.
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && ymm && (a & (1u << 23))) set |= kAvxIfma;
  return set;
}
#elif defined(__aarch64__)
FeatureSet Read() {
  const unsigned long hwcap = getauxval(AT_HWCAP);
  FeatureSet set = 0;
  if (hwcap & HWCAP_ASIMD) set |= kNeon;
  if (hwcap & HWCAP_SHA2) set |= kArmSha2;
  return set;
}
#else
FeatureSet Read() { return 0; }
#endif

}  // namespace

FeatureSet Detected() {
  static const FeatureSet features = Read();
  return features;
}

std::string Describe(FeatureSet features) {
  struct Named {
    Feature feature;
    const char* name;
  };
  constexpr Named kNames[] = {{kBmi2, "bmi2"},
                              {kAdx, "adx"},
                              {kAvx2, "avx2"},
                              {kShaNi, "sha_ni"},
                              {kAvx512, "avx512"},
                              {kAvx512Ifma, "avx512ifma"},
                              {kAvx512Vbmi, "avx512vbmi"},
                              {kNeon, "neon"},
                              {kArmSha2, "sha2"},
                              {kFma, "fma"},
                              {kAvxIfma, "avxifma"}};
  std::string text;
  for (const Named& named : kNames) {
    if ((features & named.feature) == 0) continue;
    if (!text.empty()) text += ' ';
    text += named.name;
  }
  return text.empty() ? "none" : text;
}

std::string ModelName() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace assay::simd
