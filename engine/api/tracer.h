// Tracer: why an engine judges a token as it does, step by step. For tools; not installed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/api/engine.h"
#include "engine/pipeline/trace.h"

namespace assay {

class Tracer {
 public:
  // Tracer: shares ownership of the engine. One thread at a time.
  explicit Tracer(std::shared_ptr<Engine> engine);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Trace: the steps of the token's way, by what the engine has at this moment. No verdict and no count: a Worker gives
  // these. The reference, and what it views, live until the next call, and as long as the token's bytes.
  const TokenTrace& Trace(std::string_view token, std::int64_t now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
