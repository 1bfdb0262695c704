#include "bench/suite/gateways.h"

#include <sys/resource.h>

#include <thread>

#include "bench/suite/workload.h"
#include "engine/base/check.h"

namespace assay::bench {
namespace {

class NoGateway : public Gateway {
 public:
  explicit NoGateway(std::chrono::nanoseconds length) : length_(length) {}
  void Take(std::string_view, Arrival& arrival) override {
    const Clock::time_point start = Clock::now();
    do {
      arrival.over = Clock::now();
    } while (arrival.over - start < length_);
    arrival.accepted = true;
  }

 private:
  const std::chrono::nanoseconds length_;
};

class WorkerGateway : public Gateway {
 public:
  explicit WorkerGateway(const std::shared_ptr<Engine>& engine) : worker_(engine) {}
  void Take(std::string_view token, Arrival& arrival) override {
    Arrival::End(&arrival, worker_.Validate(token, Now()));
  }

 private:
  Worker worker_;
};

class LoopGateway : public Gateway {
 public:
  explicit LoopGateway(const std::shared_ptr<Engine>& engine) : batcher_(engine) {}
  void Take(std::string_view token, Arrival& arrival) override {
    ASSAY_CHECK(batcher_.Submit(token, Now(), arrival.completion()));
  }
  void EndOfTick() override { batcher_.Flush(); }

 private:
  EventLoopBatcher batcher_;
};

class SubmitGateway : public Gateway {
 public:
  explicit SubmitGateway(std::shared_ptr<Batcher> batcher) : batcher_(std::move(batcher)) {}
  void Take(std::string_view token, Arrival& arrival) override {
    while (!batcher_->Submit(token, Now(), arrival.completion())) std::this_thread::yield();
  }

 private:
  std::shared_ptr<Batcher> batcher_;
};

class WaitGateway : public Gateway {
 public:
  explicit WaitGateway(std::shared_ptr<Batcher> batcher) : batcher_(std::move(batcher)) {}
  void Take(std::string_view token, Arrival& arrival) override {
    while (!batcher_->Validate(token, Now(), arrival.completion())) std::this_thread::yield();
  }

 private:
  std::shared_ptr<Batcher> batcher_;
};

}  // namespace

std::unique_ptr<Gateway> MakeNoGateway(std::chrono::nanoseconds length) { return std::make_unique<NoGateway>(length); }
std::unique_ptr<Gateway> MakeWorkerGateway(const std::shared_ptr<Engine>& engine) {
  return std::make_unique<WorkerGateway>(engine);
}
std::unique_ptr<Gateway> MakeLoopGateway(const std::shared_ptr<Engine>& engine) {
  return std::make_unique<LoopGateway>(engine);
}
std::unique_ptr<Gateway> MakeSubmitGateway(const std::shared_ptr<Batcher>& batcher) {
  return std::make_unique<SubmitGateway>(batcher);
}
std::unique_ptr<Gateway> MakeWaitGateway(const std::shared_ptr<Batcher>& batcher) {
  return std::make_unique<WaitGateway>(batcher);
}

long Preemptions() {
  rusage usage;
  ASSAY_CHECK(::getrusage(RUSAGE_THREAD, &usage) == 0);
  return usage.ru_nivcsw;
}

}  // namespace assay::bench
