// HostileTokens: an endless stream of tokens, valid ones and ones with every kind of defect, the
// same for the same seed. Most defects are put in before signing, so that the signature stays
// valid.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "tests/testing/signing_key.h"

namespace assay::testing {

class HostileTokens {
 public:
  // `slow_keys`: also RS256, PS256, ES384 and ES512, whose signatures take longer to make.
  explicit HostileTokens(std::uint64_t seed, bool slow_keys = false);

  // Several issuers with policies of every kind; the tokens are made to be judged by it at kNow.
  static EngineConfig Config();
  // One issuer fixed by the route, with keys of Config()'s first one.
  static EngineConfig FixedIssuerConfig();

  std::string Next();

 private:
  bool OneIn(unsigned n) { return random_() % n == 0; }
  std::string_view Pick(const std::vector<std::string_view>& choices);
  std::string Header(const SigningKey& key);
  std::string Claims();
  void Disturb(std::string* text, std::string_view bytes);
  void DisturbToken(std::string* token);

  std::mt19937_64 random_;
  bool slow_keys_;
};

}  // namespace assay::testing
