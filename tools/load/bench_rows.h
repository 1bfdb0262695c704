// The rows of `assay bench`: the same tokens through BoringSSL alone, through the batched signature
// check, and through the whole engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/engine.h"
#include "engine/verify/public_key.h"
#include "tools/load/latency.h"
#include "tools/load/token_maker.h"

namespace assay::cli {

// Workload: a fresh key, distinct good tokens of about 800 bytes, and a forged one.
struct Workload {
  Workload(Algorithm algorithm, std::size_t count, const std::string& kernel, const std::string& kid = "bench");

  static constexpr std::int64_t kNow = 1'700'000'000;
  static constexpr char kIssuer[] = "https://as.example.com";
  static constexpr char kAudience[] = "https://mcp.example.com/mcp";

  Algorithm algorithm;
  std::string public_jwk;
  std::vector<std::string> storage;
  std::vector<std::string_view> tokens;
  std::vector<std::string_view> signing_inputs;
  std::vector<std::string> signatures;
  std::string forged;  // tokens[0] with another signature: every row must refuse it
  std::shared_ptr<const PublicKey> key;
  std::shared_ptr<Engine> engine;          // without a verdict cache
  std::shared_ptr<Engine> caching_engine;  // with the default one
};

// Row: one way of checking tokens. Used by one thread at a time.
class Row {
 public:
  virtual ~Row() = default;

  // Check: checks `count` tokens from `first` on. True when every one was good.
  virtual bool Check(std::size_t first, std::size_t count) = 0;

  // RefusesForged: whether the forged token is refused.
  virtual bool RefusesForged() = 0;
};

enum class Mode : std::uint8_t { kBoringssl, kSignature, kWhole, kSingle, kCached };
inline constexpr Mode kModes[] = {Mode::kBoringssl, Mode::kSignature, Mode::kWhole, Mode::kSingle, Mode::kCached};

std::string_view ModeName(Mode mode);

// TokenCount: how many distinct tokens a row goes through again and again.
std::size_t TokenCount(Mode mode, const Workload& workload);

// CallSize: how many tokens one call takes: `batch`, or 1 where the mode is one by one.
std::size_t CallSize(Mode mode, std::size_t batch);

std::unique_ptr<Row> MakeRow(Mode mode, const Workload& workload, std::size_t batch);

}  // namespace assay::cli
