#include "engine/api/tracer.h"

#include "engine/api/engine_impl.h"

namespace assay {

struct Tracer::Impl {
  Impl(std::shared_ptr<Engine> owner, EngineImpl& shared)
      : engine(std::move(owner)), reader(shared.snapshot), pipeline(shared.kernel, 0, &shared.revocations) {}

  const std::shared_ptr<Engine> engine;
  SnapshotReader reader;
  Pipeline pipeline;  // remembers no verdict: each token goes the whole way
  TokenTrace trace;
};

Tracer::Tracer(std::shared_ptr<Engine> engine) {
  EngineImpl& shared = *engine->impl_;
  impl_ = std::make_unique<Impl>(std::move(engine), shared);
}
Tracer::~Tracer() = default;

const TokenTrace& Tracer::Trace(std::string_view token, std::int64_t now) {
  const auto pin = impl_->reader.Pin();
  impl_->pipeline.Trace(*pin, token, now, &impl_->trace);
  return impl_->trace;
}

}  // namespace assay
