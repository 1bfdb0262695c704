// Loop and batcher.
#include "engine/api/batcher.h"

#include <deque>

#include "engine/c/handles.h"

using namespace assay::c;

namespace {

constexpr std::uint32_t kMaxQueue = 65536;

// Hand: calls the host with a verdict; in a forked child with `unset`, whatever the verdict.
void Hand(assay_verdict_call call, void* context, const assay::Verdict& verdict, std::uint64_t process) {
  const assay::Verdict unset;
  Scratch scratch;
  const assay_verdict view = {process == ThisProcess() ? &verdict : &unset, &scratch};
  call(context, &view);
}

// ReadOptions: nothing for options that are none; sets the error.
std::optional<assay::BatcherConfig> ReadOptions(const assay_engine* engine, const assay_batch_options* options,
                                                assay_error** error) {
  std::optional<assay_batch_options> given = assay_batch_options{};
  if (options != nullptr) given = ReadIn(options);
  if (engine == nullptr || !given || given->queue_capacity > kMaxQueue || given->batch_size > kMaxQueue ||
      given->workers > assay::BatcherConfig::kMaxWorkers || given->wait_for_keys_ms > 1000 ||
      given->deadline_ns > 1'000'000'000) {
    Fail(error, ASSAY_ERROR_ARGUMENT, "the engine is NULL, or an option is unknown or out of range");
    return std::nullopt;
  }
  if (!Usable(*engine)) {
    Fail(error, ASSAY_ERROR_FORKED, "a keeper of the parent process keeps this engine");
    return std::nullopt;
  }
  assay::BatcherConfig config;
  if (given->batch_size != 0) config.batch_size = given->batch_size;
  if (given->queue_capacity != 0) config.queue_capacity = given->queue_capacity;
  if (given->deadline_ns != 0) config.deadline = std::chrono::nanoseconds(given->deadline_ns);
  config.workers = given->workers;
  config.wait_for_keys = std::chrono::milliseconds(given->wait_for_keys_ms);
  return config;
}

}  // namespace

struct assay_loop {
  // Record: a token that was submitted and is not over.
  struct Record {
    assay_loop* loop = nullptr;
    assay_verdict_call call = nullptr;  // null: free
    void* context = nullptr;
    assay::Submission submission = {};
    std::uint64_t use = 0;  // how often the record was taken: a ticket names one use
    std::uint32_t index = 0;
  };
  static constexpr int kIndexBits = 20;

  assay_loop(const std::shared_ptr<assay::Engine>& engine, const assay::BatcherConfig& config)
      : batcher(engine, config) {}

  Record& Take() {
    if (free.empty()) {
      free.reserve(records.size() + 1);  // Release() cannot fail
      records.emplace_back();
      records.back().loop = this;
      records.back().index = static_cast<std::uint32_t>(records.size() - 1);
      free.push_back(records.back().index);
    }
    Record& record = records[free.back()];
    free.pop_back();
    ++record.use;
    return record;
  }
  void Release(Record& record) {
    record.call = nullptr;
    free.push_back(record.index);
  }
  static std::uint64_t TicketOf(const Record& record) { return record.use << kIndexBits | record.index; }

  static void Finish(void* context, const assay::Verdict& verdict) noexcept {
    Record& record = *static_cast<Record*>(context);
    assay_loop& loop = *record.loop;
    const assay_verdict_call call = record.call;
    void* const host = record.context;
    loop.Release(record);
    Hand(call, host, verdict, loop.process);
  }

  const std::uint64_t process = ThisProcess();
  std::deque<Record> records;  // stay where they are
  std::vector<std::uint32_t> free;
  assay::EventLoopBatcher batcher;  // last: its destructor calls
};

struct assay_batcher {
  // Request: a token that was submitted.
  struct Request {
    assay_verdict_call call;
    void* context;
    std::uint64_t process;
  };

  assay_batcher(const std::shared_ptr<assay::Engine>& engine, const assay::BatcherConfig& config)
      : batcher(engine, config) {}

  const std::uint64_t process = ThisProcess();
  assay::Batcher batcher;
};

namespace {

bool IsOfThisProcess(const assay_loop* loop) { return loop != nullptr && loop->process == ThisProcess(); }
bool IsOfThisProcess(const assay_batcher* batcher) { return batcher != nullptr && batcher->process == ThisProcess(); }

}  // namespace

extern "C" {

assay_loop* assay_loop_create(assay_engine* engine, const assay_batch_options* options, assay_error** error) {
  return Fenced<assay_loop*>(error, nullptr, [&]() -> assay_loop* {
    const auto config = ReadOptions(engine, options, error);
    return config ? new assay_loop(engine->engine, *config) : nullptr;
  });
}

int32_t assay_loop_submit(assay_loop* loop, assay_span token, int64_t now, assay_verdict_call call, void* context,
                          uint64_t* ticket) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (!IsOfThisProcess(loop) || call == nullptr) return 0;
    assay_loop::Record& record = loop->Take();
    record.call = call;
    record.context = context;
    if (ticket != nullptr) *ticket = assay_loop::TicketOf(record);
    // Set before any call, and the record may be another token's when Submit() returns.
    if (loop->batcher.Submit(View(token), now, {&assay_loop::Finish, &record}, &record.submission)) return 1;
    loop->Release(record);
    if (ticket != nullptr) *ticket = 0;
    return 0;
  });
}

int32_t assay_loop_cancel(assay_loop* loop, uint64_t ticket) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    const std::uint64_t index = ticket & ((std::uint64_t{1} << assay_loop::kIndexBits) - 1);
    if (!IsOfThisProcess(loop) || index >= loop->records.size()) return 0;
    assay_loop::Record& record = loop->records[index];
    if (record.call == nullptr || assay_loop::TicketOf(record) != ticket) return 0;
    if (!loop->batcher.Cancel(record.submission)) return 0;
    loop->Release(record);
    return 1;
  });
}

void assay_loop_flush(assay_loop* loop) {
  if (loop != nullptr) loop->batcher.Flush();
}

void assay_loop_poll(assay_loop* loop) {
  if (loop != nullptr) loop->batcher.Poll();
}

int64_t assay_loop_time_left(const assay_loop* loop) {
  if (loop == nullptr) return -1;
  const auto left = loop->batcher.TimeLeft();
  return left ? left->count() : -1;
}

int32_t assay_loop_keys_fd(assay_loop* loop) {
  return Fenced<int32_t>(nullptr, -1, [&] { return IsOfThisProcess(loop) ? loop->batcher.KeysFd() : -1; });
}

void assay_loop_free(assay_loop* loop) {
  if (IsOfThisProcess(loop)) delete loop;
}

assay_batcher* assay_batcher_create(assay_engine* engine, const assay_batch_options* options, assay_error** error) {
  return Fenced<assay_batcher*>(error, nullptr, [&]() -> assay_batcher* {
    const auto config = ReadOptions(engine, options, error);
    return config ? new assay_batcher(engine->engine, *config) : nullptr;
  });
}

int32_t assay_batcher_submit(assay_batcher* batcher, assay_span token, int64_t now, assay_verdict_call call,
                             void* context) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (!IsOfThisProcess(batcher) || call == nullptr) return 0;
    std::unique_ptr<assay_batcher::Request> request(new assay_batcher::Request{call, context, batcher->process});
    const assay::Completion done = {
        [](void* given, const assay::Verdict& verdict) noexcept {
          const std::unique_ptr<assay_batcher::Request> mine(static_cast<assay_batcher::Request*>(given));
          Hand(mine->call, mine->context, verdict, mine->process);
        },
        request.get()};
    // From here on it may be the call's, on another thread.
    assay_batcher::Request* const handed = request.release();
    if (batcher->batcher.Submit(View(token), now, done)) return 1;
    delete handed;
    return 0;
  });
}

int32_t assay_batcher_validate(assay_batcher* batcher, assay_span token, int64_t now, assay_verdict_call call,
                               void* context) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (!IsOfThisProcess(batcher) || call == nullptr) return 0;
    assay_batcher::Request request = {call, context, batcher->process};
    const assay::Completion done = {[](void* given, const assay::Verdict& verdict) noexcept {
                                      const auto& mine = *static_cast<const assay_batcher::Request*>(given);
                                      Hand(mine.call, mine.context, verdict, mine.process);
                                    },
                                    &request};
    return batcher->batcher.Validate(View(token), now, done) ? 1 : 0;
  });
}

void assay_batcher_flush(assay_batcher* batcher) {
  if (IsOfThisProcess(batcher)) batcher->batcher.Flush();
}

void assay_batcher_poll(assay_batcher* batcher) {
  if (IsOfThisProcess(batcher)) batcher->batcher.Poll();
}

void assay_batcher_free(assay_batcher* batcher) {
  if (IsOfThisProcess(batcher)) delete batcher;
}

}  // extern "C"
