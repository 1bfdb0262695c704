// EventLoopBatcher and Batcher: batches for a host whose tokens come one at a time.
//
// In batches of 32 a token costs about half (ES256) or a quarter (RS256) of what it costs alone (tools/bench,
// "By batch"), but a gateway has one token per request. These two gather the tokens that are there
// anyway, and wait for none.
//
// # In an event loop: EventLoopBatcher
//   assay::EventLoopBatcher batcher(engine);                     // one per loop, no thread, no lock
//   for (Request* request : readable)                            // one tick
//     if (!batcher.Submit(request->token(), now, {&OnVerdict, request})) request->Unavailable();
//   batcher.Flush();                                             // the tick's end
//
//   void OnVerdict(void* context, const assay::Verdict& verdict) noexcept {
//     static_cast<Request*>(context)->Continue(verdict.reason());
//   }
// Flushes at batch_size tokens, at the tick's end, or, where a loop has no such place, by Poll() once the
// oldest token has waited for the deadline (TimeLeft() is what the loop may sleep). At low load a tick
// holds one token, and Flush() comes right behind it.
//
// # On many threads: Batcher
//   assay::Batcher batcher(engine);                              // one per process
//   if (!batcher.Validate(token, now, {&OnVerdict, request})) …  // waits for the verdict, or
//   if (!batcher.Submit(token, now, {&OnVerdict, request})) …    // goes on; somebody calls back
// Flat combining: a submitter that finds nobody validating validates its own token at once, on its own thread,
// as a Worker of its own would; so does one that finds others validating, while at least one flusher is idle now
// and then (under 80 % busy, a moving average, EWMA). Above that a submitter only queues its token and returns: a
// flusher that is running takes the queue as its next batch. So batches grow with the load, there is no background
// thread, and at low load nothing is queued. A further flusher is started
//  - when the queue reaches a threshold, which grows with the load from one token to a batch: throughput is not
//    bound to one core;
//  - when the oldest token has waited for the deadline (behind a descheduled thread, say), noticed
//    by the next Submit(), by a waiting Validate(), or by Poll();
//  - sooner for each batch that a flusher has run for others: the threshold is quartered per such batch, and the next
//    submitters relieve it. With one worker nobody can, and a thread may be kept for as long as tokens keep coming.
//
// # Tokens that await keys: BatcherConfig::wait_for_keys
// A token whose verdict would be `key_pending` is good as soon as its issuer's new key has been fetched, mostly within
// a moment. An EventLoopBatcher can hold its call back until then:
//   assay::EventLoopBatcher batcher(engine, {.wait_for_keys = std::chrono::milliseconds(500)});
//   assay::Submission submission;                                // kept with the request
//   if (!batcher.Submit(request->token(), now, {&OnVerdict, request}, &submission)) …
//   batcher.Cancel(submission);                                  // the client has gone away
// At each Flush() and Poll() the tokens whose issuer's keys were changed or fetched anew meanwhile, and those whose
// time is up, are validated wholly anew, at the time of BatcherConfig::unix_seconds and with what is in force then: one
// that has expired, or was revoked, is refused. One that awaits keys still goes on waiting, or gets `key_pending` once
// its time is up. At most 1,024 tokens of together 16 MiB wait in a batcher, and of them 256 of one issuer; any
// other gets `key_pending` at once. Metrics count each validation. The loop must Poll() or Flush() when TimeLeft() is
// over: every 5 ms while a token waits, or, where it watches KeysFd(), when that is readable.
//
// # Guarantees, of both
//  - Every token that Submit() took, and that was not cancelled, gets exactly one call, with the verdict that
//    Worker::Validate(token, now) gives. Should memory run out, its verdict is `unset`, which is a rejection.
//  - Each flush is a ValidateBatch() of its own: keys, policies and revocations that were published before it
//    began are in force, also for tokens that were submitted earlier.
//  - Bounded: at queue_capacity waiting tokens Submit() returns false, keeps nothing and calls nothing. The
//    host answers 503, or uses a Worker of its own.
//  - No allocation after warm-up, but for what ValidateBatch() says of itself, and for tokens that await keys.
//
// # Lifetimes
// The token's bytes must stay until its call has returned, or it was cancelled. The verdict, and every view in it,
// lives during the call alone: copy what is needed (Verdict::Own()), or let a Ticket do it.
//
// # Calls
// Never under a lock. Batcher calls on whichever thread validates, in Submit(), Validate(), Flush() or
// Poll(), and several at once; EventLoopBatcher in Submit(), Flush(), Poll() and its destructor. They are
// noexcept by type. A call may Submit() again: EventLoopBatcher keeps that for the next flush, so that a
// Flush() ends; Batcher may validate before it returns. A call must not wait: not in Validate(), nor for
// another token's verdict; and it must not destroy the batcher. Keep calls short, since the rest of their
// batch waits behind them.
//
// # When not to use them
// When tokens already come in numbers: ValidateBatch(). When threads are busy with their own tokens all
// the time and cores are plenty: a Worker per thread needs no meeting place. When a verdict must be had
// on the very thread that asked and nowhere else: Worker::Validate().
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/api/engine.h"
#include "engine/base/export.h"
#include "engine/pipeline/verdict.h"

namespace assay {

struct BatcherConfig {
  // batch_size: the number of waiting tokens that triggers a flush, and the most tokens of one ValidateBatch(). More
  // bring little throughput, and let a token wait longer behind a flush that has begun. 0 is taken as 1.
  std::size_t batch_size = 32;
  std::size_t queue_capacity = 1024;  // waiting tokens; at least batch_size

  // workers: Batcher: flushes at one time, on the host's threads; each takes some 0.5 MB. 0: one per hardware thread,
  // at least 2; more than kMaxWorkers is taken as that.
  std::size_t workers = 0;
  static constexpr std::size_t kMaxWorkers = 1024;

  std::chrono::nanoseconds deadline = std::chrono::microseconds(50);
  std::chrono::steady_clock::time_point (*clock)() = [] { return std::chrono::steady_clock::now(); };

  // wait_for_keys: EventLoopBatcher: how long a token may await keys; 0: not at all; more than 1 s is taken as 1 s.
  std::chrono::milliseconds wait_for_keys{0};

  // unix_seconds: the time, in Unix seconds, at which tokens that awaited keys are validated anew; read for them alone.
  std::int64_t (*unix_seconds)() = [] { return std::int64_t{std::time(nullptr)}; };
};

// Completion: what is called with a token's verdict. No captures and no allocation: `context` is the host's own
// request.
struct Completion {
  void (*call)(void* context, const Verdict& verdict) noexcept = nullptr;
  void* context = nullptr;
};

// Ticket: a verdict to poll for, at the price of copying it. Outlives its token's call; one token at a time.
class ASSAY_EXPORT Ticket {
 public:
  // completion: what to submit with. Forgets an earlier verdict.
  Completion completion();

  bool done() const { return done_.load(std::memory_order_acquire); }

  // verdict: requires done().
  const OwnedVerdict& verdict() const { return verdict_; }

 private:
  static void Fill(void* ticket, const Verdict& verdict) noexcept;

  std::atomic<bool> done_{false};
  OwnedVerdict verdict_;
};

// Submission: names a token that was submitted to an EventLoopBatcher, for that batcher alone; never used twice.
struct Submission {
  std::uint64_t number = 0;  // 0: none
};

// EventLoopBatcher: for one thread, or for one thread at a time.
class ASSAY_EXPORT EventLoopBatcher {
 public:
  // Shares ownership of the engine.
  explicit EventLoopBatcher(std::shared_ptr<Engine> engine, BatcherConfig config = {});

  // ~EventLoopBatcher: flushes; what awaits keys even then gets an `unset` verdict. In these last calls Submit()
  // returns false. A host that can take no calls any more by then flushes first, and cancels what awaits keys.
  ~EventLoopBatcher();

  EventLoopBatcher(const EventLoopBatcher&) = delete;
  EventLoopBatcher& operator=(const EventLoopBatcher&) = delete;

  // Submit: false when full, and while the destructor flushes. Outside of calls a full queue is flushed first, so that
  // it is full there only if the calls of that flush have filled it anew. `submission`, if not null, is set before any
  // call is made, if true is returned, and need not outlive Submit().
  [[nodiscard]] bool Submit(std::string_view token, std::int64_t now, Completion done,
                            Submission* submission = nullptr);

  // Cancel: from its return on neither the token nor its completion is touched. False when there was nothing to cancel:
  // its call has begun, or it was cancelled before. May be called within a call.
  bool Cancel(Submission submission);

  // Flush: validates all that waits in the queue, and what awaited keys and is due. Within a call it does nothing.
  void Flush();

  // Poll: flushes if the oldest token in the queue has waited for the deadline; else validates what awaited keys and is
  // due.
  void Poll();

  // TimeLeft: the time until Poll() would flush, or should look for keys, at least 0; nothing when nothing waits.
  std::optional<std::chrono::nanoseconds> TimeLeft() const;

  // KeysFd: a descriptor for the host's event loop to watch, which becomes readable when there may be new keys, and is
  // no more once Poll() or Flush() has looked at them. After the first call TimeLeft() counts on it. Never read or
  // closed by the host; closed by the destructor. Negative without wait_for_keys, and where the process has no
  // descriptor left: then TimeLeft() is as before.
  int KeysFd();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Batcher: thread-safe.
class ASSAY_EXPORT Batcher {
 public:
  // Shares ownership of the engine. Makes all workers here.
  explicit Batcher(std::shared_ptr<Engine> engine, BatcherConfig config = {});

  // ~Batcher: requires that no call of a member is under way. Then nothing waits either.
  ~Batcher();

  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Submit: false when full.
  [[nodiscard]] bool Submit(std::string_view token, std::int64_t now, Completion done);

  // Validate: the same, and returns after `done` has returned, wherever it ran. Spins for the deadline, then sleeps.
  [[nodiscard]] bool Validate(std::string_view token, std::int64_t now, Completion done);

  // Flush, Poll: have a further worker, if one is idle, validate what waits: at once, or if the deadline has passed.
  void Flush();
  void Poll();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
