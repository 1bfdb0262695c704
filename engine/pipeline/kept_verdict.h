// KeptVerdict: a verdict that outlives its worker's next call: for hosts that judge a token first and read the request,
// or its claims, later.
#pragma once

#include "engine/base/arena.h"
#include "engine/claims/claims.h"
#include "engine/claims/identity.h"
#include "engine/pipeline/verdict.h"

namespace assay {

// KeptVerdict: a copy with all that the verdict views, Not thread-safe.
class KeptVerdict {
 public:
  explicit KeptVerdict(const Verdict& verdict);
  KeptVerdict(const KeptVerdict&) = delete;
  KeptVerdict& operator=(const KeptVerdict&) = delete;

  // verdict: says what the one that was kept said, as long as this lives.
  const Verdict& verdict() const { return verdict_; }

 private:
  void KeepClaims(const Verdict& from);

  Arena arena_;
  Claims claims_;
  Identity identity_;
  json::Value scopes_;
  Verdict verdict_;
};

}  // namespace assay
