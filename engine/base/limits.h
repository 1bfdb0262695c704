// Every limit of the engine, in one place. The values here are the defaults; `Limits` lets a
// configuration lower them (and raise those where that is safe).
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay {

struct Limits {
  std::size_t token_bytes = 16 * 1024;   // whole compact token; checked before anything is read
  std::size_t object_members = 256;      // of each object in a token
  std::size_t table_memory_mib = 64;     // memory that per-key tables may use, all issuers together
  std::size_t verdict_cache_kib = 4096;  // memory for accepted tokens in each worker made from then on; 0: none
};

inline constexpr std::size_t kMaxTokenBytesCeiling = 1024 * 1024;  // what `token_bytes` may be raised to
inline constexpr std::size_t kMaxHeaderBytes = 8 * 1024;           // decoded; some carry x5c
inline constexpr std::size_t kMaxKidBytes = 256;
inline constexpr std::size_t kMaxKeysIssuerBytes = 2048;  // of a JWK's `issuer`
inline constexpr std::size_t kMaxJsonDepth = 16;
inline constexpr std::size_t kMaxJsonDepthCeiling = 64;        // of lists of tools, whose schemas are nested
inline constexpr std::size_t kMaxObjectMembers = 256;          // `object_members` where nothing else is said
inline constexpr std::size_t kMaxObjectMembersCeiling = 4096;  // what `object_members` may be raised to
inline constexpr std::size_t kMaxJwkSetBytes = 1024 * 1024;
inline constexpr std::size_t kMaxKeysPerIssuer = 256;
inline constexpr std::size_t kMaxFormerKeyNames = 1024;          // that an issuer's key set remembers
inline constexpr std::size_t kMaxKeysTried = 4;                  // for a token without kid, where that is allowed
inline constexpr std::size_t kMaxTableMemoryMib = 1024 * 1024;   // what `table_memory_mib` may be raised to
inline constexpr std::size_t kMaxVerdictCacheKib = 1024 * 1024;  // what `verdict_cache_kib` may be raised to
inline constexpr unsigned kMinRsaBits = 2048;
inline constexpr unsigned kMaxRsaBits = 8192;
inline constexpr std::uint64_t kMaxRsaExponent = 0xFFFFFFFF;  // and odd, and at least 3
inline constexpr std::int64_t kMaxLeewaySeconds = 300;
inline constexpr std::size_t kMaxRevocationNameBytes = 4 * 1024;   // an issuer, a jti, ... of an entry
inline constexpr std::size_t kMaxRevocationLineBytes = 64 * 1024;  // with every character escaped
inline constexpr std::size_t kMaxRevocationFileBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMaxConfigBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxRequestBytes = 16 * 1024 * 1024;  // body of one MCP request

}  // namespace assay
