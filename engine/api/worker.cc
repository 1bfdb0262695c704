#include "engine/api/engine_impl.h"

namespace assay {
namespace {

std::size_t VerdictCacheBytes(const EngineImpl& shared) {
  return shared.CurrentlyConfigured()->config->limits.verdict_cache_kib * 1024;
}

}  // namespace

WorkerImpl::WorkerImpl(std::shared_ptr<Engine> engine, EngineImpl& shared)
    : engine_(std::move(engine)),
      shared_(shared),
      reader_(shared.snapshot),
      pipeline_(shared.kernel, VerdictCacheBytes(shared), &shared.revocations),
      counters_(0) {
  const absl::MutexLock lock(&shared_.mutex);
  counters_.Grow(shared_.retired_counters.rows());
  shared_.live_counters.push_back(&counters_);
}

WorkerImpl::~WorkerImpl() {
  const absl::MutexLock lock(&shared_.mutex);
  shared_.retired_counters.Add(counters_);
  std::erase(shared_.live_counters, &counters_);
}

Worker::Worker(std::shared_ptr<Engine> engine) {
  EngineImpl& shared = *engine->impl_;
  impl_ = std::make_unique<WorkerImpl>(std::move(engine), shared);
}
Worker::~Worker() = default;
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;

const Verdict& Worker::Validate(std::string_view token, std::int64_t now) noexcept { return impl_->RunOne(token, now); }

void Worker::ValidateBatch(std::span<const std::string_view> tokens, std::int64_t now,
                           std::span<Verdict> verdicts) noexcept {
  impl_->Run(tokens, now, verdicts);
}

}  // namespace assay
