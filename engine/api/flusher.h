// What Batcher and EventLoopBatcher share: their queue, and the validation of a batch. Not installed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/api/batcher.h"

namespace assay {

using TimePoint = std::chrono::steady_clock::time_point;

struct Waiting {
  std::string_view token;
  std::int64_t now = 0;
  Completion done;
  TimePoint since;
  std::uint64_t number = 0;  // EventLoopBatcher: Submission::number

  bool over() const { return done.call == nullptr; }  // EventLoopBatcher: cancelled, or called
};

// Normalized: `config` with every member in range and no default left open.
inline BatcherConfig Normalized(BatcherConfig config) {
  config.batch_size = std::max<std::size_t>(config.batch_size, 1);
  config.queue_capacity = std::max(config.queue_capacity, config.batch_size);
  if (config.workers == 0) config.workers = std::max(2u, std::thread::hardware_concurrency());
  config.workers = std::min(config.workers, BatcherConfig::kMaxWorkers);
  return config;
}

// Flusher: a worker and the buffers of one batch.
class Flusher {
 public:
  Flusher(std::shared_ptr<Engine> engine, std::size_t batch_size) : worker_(std::move(engine)), verdicts_(batch_size) {
    batch.reserve(batch_size);
    tokens_.reserve(batch_size);
  }

  // Run: validates `batch`, but for what is over, and gives each token and its verdict to `finish`. Requires at most
  // batch_size tokens.
  template <typename Finish>
  void Run(const Finish& finish) noexcept {
    // ValidateBatch() has one `now`: a batch that spans two seconds takes two calls.
    for (auto from = batch.begin(); from != batch.end();) {
      if (from->over()) {
        ++from;
        continue;
      }
      const auto ends = [&](const Waiting& each) { return each.now != from->now || each.over(); };
      const auto to = std::find_if(from, batch.end(), ends);
      RunOneTime({from, to}, finish);
      from = to;
    }
  }

  std::vector<Waiting> batch;

 private:
  template <typename Finish>
  void RunOneTime(std::span<Waiting> waiting, const Finish& finish) noexcept {
    tokens_.clear();
    for (const Waiting& each : waiting) tokens_.push_back(each.token);
    const std::span<Verdict> verdicts(verdicts_.data(), waiting.size());
    worker_.ValidateBatch(tokens_, waiting.front().now, verdicts);
    for (std::size_t i = 0; i < waiting.size(); ++i) finish(waiting[i], verdicts[i]);
  }

  Worker worker_;
  std::vector<std::string_view> tokens_;
  std::vector<Verdict> verdicts_;
};

// Queue: a ring buffer (FIFO) of fixed size.
class Queue {
 public:
  explicit Queue(std::size_t capacity) : ring_(capacity) {}

  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == ring_.size(); }
  std::size_t size() const { return size_; }
  const Waiting& front() const { return ring_[first_]; }

  // Requires !full().
  void Push(const Waiting& waiting) { ring_[(first_ + size_++) % ring_.size()] = waiting; }

  // Find: the one with this number, of numbers that were pushed without a gap; null when it is not here.
  Waiting* Find(std::uint64_t number) {
    if (empty() || number < front().number || number - front().number >= size_) return nullptr;
    return &ring_[(first_ + (number - front().number)) % ring_.size()];
  }

  // Pop: moves the oldest min(count, size()) to `batch`, whose capacity suffices.
  void Pop(std::size_t count, std::vector<Waiting>* batch) {
    count = std::min(count, size_);
    batch->clear();
    for (std::size_t i = 0; i < count; ++i) {
      batch->push_back(ring_[first_]);
      if (++first_ == ring_.size()) first_ = 0;
    }
    size_ -= count;
  }

 private:
  std::vector<Waiting> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace assay
