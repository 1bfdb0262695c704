// KeptVerdict: a verdict that outlives its worker's next call: for hosts that judge a token first and read the request,
// or its claims, later.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>

#include "engine/claims/claims.h"
#include "engine/claims/identity.h"
#include "engine/pipeline/verdict.h"

namespace assay {

// KeptVerdict: a copy with all that the verdict views. Not thread-safe.
class KeptVerdict {
 public:
  // Room: about how many bytes a copy views; enough for nearly all.
  static std::size_t Room(const Verdict& verdict);

  // `memory`: for what is viewed, as long as this lives, so that one allocation can hold both; what it has no room for
  // is allocated.
  KeptVerdict(const Verdict& verdict, std::span<std::byte> memory);
  KeptVerdict(const KeptVerdict&) = delete;
  KeptVerdict& operator=(const KeptVerdict&) = delete;

  // verdict: says what the one that was kept said, as long as this lives.
  const Verdict& verdict() const { return verdict_; }

 private:
  std::string_view Copy(std::string_view text);
  void KeepClaims(const Verdict& from);

  std::pmr::monotonic_buffer_resource memory_;
  Claims claims_;
  Identity identity_;
  json::Value scopes_;
  Verdict verdict_;
};

}  // namespace assay
