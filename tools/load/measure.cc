#include "tools/load/measure.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <ctime>
#include <thread>
#include <vector>

#include "engine/base/check.h"

namespace assay::load {
namespace {

double ThreadSeconds() {
  timespec time;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Slice: what came of one thread's.
struct Slice {
  double rate = 0;  // tokens/s
  bool good = true;
};

// RunSlice: a quarter of it goes before, untimed: the slices of the others have filled the caches.
Slice RunSlice(Contender& contender, std::size_t thread, std::chrono::nanoseconds length) {
  Slice slice;
  const Work& work = contender.threads[thread];
  std::size_t& next = contender.next[thread];
  const auto step = [&] {
    if (next + contender.batch > contender.tokens) next = 0;
    slice.good &= work(next, contender.batch);
    next += contender.batch;
  };
  const Clock::time_point begin = Clock::now();
  while (Clock::now() - begin < length / 4) step();
  std::size_t done = 0;
  const Clock::time_point start = Clock::now();
  const double busy_before = ThreadSeconds();
  Clock::time_point now = start;
  do {
    const Clock::time_point before = now;
    step();
    done += contender.batch;
    now = Clock::now();
    if (!contender.calls.empty()) contender.calls[thread].Add(static_cast<std::uint64_t>((now - before).count()));
  } while (now - start < length);
  const double busy = ThreadSeconds() - busy_before;
  const double elapsed = std::chrono::duration<double>(now - start).count();
  slice.rate = static_cast<double>(done) / (contender.timing == Timing::kThreadTime ? busy : elapsed);
  return slice;
}

// Cores: the cores that this process may use, as they were when it began: a thread inherits its maker's.
const std::vector<std::size_t>& Cores() {
  static const std::vector<std::size_t> cores = [] {
    cpu_set_t set;
    ASSAY_CHECK(::sched_getaffinity(0, sizeof set, &set) == 0);
    std::vector<std::size_t> found;
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    }
    return found;
  }();
  return cores;
}

// RunRound: one slice of every thread of the contender; false if an answer was wrong. With kOwnCores the other cores
// are kept from other programs too: what these do to shared caches is not to be taken for a difference between numbers
// of threads.
bool RunRound(Contender& contender, std::chrono::nanoseconds length, bool count) {
  const std::size_t threads = contender.threads.size();
  const bool own_cores = contender.timing == Timing::kOwnCores;
  const std::size_t cores = own_cores ? std::max(threads, Cores().size()) : threads;
  std::vector<Slice> slices(threads);
  std::barrier together(static_cast<std::ptrdiff_t>(cores));
  std::atomic<std::size_t> running{threads};
  const auto run = [&](std::size_t thread) {
    if (own_cores) TakeCore(thread);
    together.arrive_and_wait();
    if (thread < threads) {
      slices[thread] = RunSlice(contender, thread, length);
      --running;
    }
    while (own_cores && running > 0) {
    }
  };
  if (contender.begin) contender.begin();
  std::vector<std::thread> pool;
  // This thread keeps all cores, which the others inherit at first.
  for (std::size_t i = own_cores ? 0 : 1; i < cores; ++i) pool.emplace_back(run, i);
  if (!own_cores) run(0);
  for (std::thread& thread : pool) thread.join();
  if (contender.end) contender.end();
  double rate = 0;
  for (const Slice& each : slices) rate += each.rate;
  if (count) contender.rates.push_back(rate);
  return std::all_of(slices.begin(), slices.end(), [](const Slice& each) { return each.good; });
}

}  // namespace

Result<void> Measure(std::vector<Contender*> contenders, const Plan& plan) {
  for (Contender* const each : contenders) {
    for (std::size_t i = 0; i < each->threads.size(); ++i) {
      each->next.push_back(i * each->tokens / each->threads.size());
    }
  }
  Clock::time_point end;
  for (int round = 0; round <= plan.rounds || Clock::now() < end; ++round) {
    if (round == 1) {
      end = Clock::now() + plan.at_least;
      for (Contender* const each : contenders)
        std::fill(each->calls.begin(), each->calls.end(), cli::LatencyHistogram());
    }
    for (Contender* const each : contenders) {
      if (!RunRound(*each, plan.slice, round > 0)) return Error{each->name + " gave a wrong answer"};
    }
    // To and fro: nobody always follows the same one, whose memory and whose core are warm.
    std::reverse(contenders.begin(), contenders.end());
  }
  return {};
}

bool TakeCore(std::size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(Cores()[number % Cores().size()], &set);
  ASSAY_CHECK(::sched_setaffinity(0, sizeof set, &set) == 0);
  const sched_param least{.sched_priority = 1};
  return ::sched_setscheduler(0, SCHED_FIFO, &least) == 0;
}

std::vector<std::size_t> ThreadCounts() {
  const std::size_t cores = Cores().size();
  std::vector<std::size_t> counts;
  for (std::size_t threads = 1; threads < cores; threads *= 2) counts.push_back(threads);
  counts.push_back(cores);
  return counts;
}

double Quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double at = part * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

double MedianOfRounds(const Contender& a, const Contender& b, const std::function<double(double, double)>& compare) {
  std::vector<double> compared;
  for (std::size_t i = 0; i < a.rates.size(); ++i) compared.push_back(compare(a.rates[i], b.rates[i]));
  return Quantile(std::move(compared), 0.5);
}

}  // namespace assay::load
