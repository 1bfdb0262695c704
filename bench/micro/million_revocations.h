// A million revocations for benchmarks, and names that are none of theirs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/revocation/revocation.h"
#include "tests/testing/token.h"

namespace assay::bench {

inline constexpr int kMillion = 1'000'000;

// Names as issuers make them: 36 characters. Those of the entries have the numbers below kMillion.
inline std::string Uuid(std::uint64_t number) {
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(number * 2654435761u),
                static_cast<unsigned>(number >> 7 & 0xFFFF), static_cast<unsigned>(number >> 3 & 0xFFF),
                static_cast<unsigned>(number & 0xFFF),
                static_cast<unsigned long long>(number * 0x9E3779B97F4A7C15u >> 16));
  return text;
}

// A quarter of the entries of each kind, so that no lookup can be left out.
inline std::vector<Revocation> MillionRevocations() {
  std::vector<Revocation> entries;
  for (int i = 0; i < kMillion; ++i) {
    Revocation revocation;
    revocation.by = static_cast<RevokedBy>(i % 4);
    revocation.issuer = testing::kIssuer;
    revocation.value = Uuid(static_cast<std::uint64_t>(i));
    if (revocation.by != RevokedBy::kJwtId) revocation.issued_before = testing::kNow;
    entries.push_back(std::move(revocation));
  }
  return entries;
}

}  // namespace assay::bench
