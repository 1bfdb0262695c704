#include "bench/suite/measure.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "engine/base/check.h"

namespace assay::bench {
namespace {

double ThreadSeconds() {
  timespec time;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// One thread's slice; tokens/s. A quarter of it goes before, untimed: the slices of the others have filled the caches.
double RunSlice(Contender& contender, std::size_t thread, std::chrono::nanoseconds slice) {
  const Work& work = contender.threads[thread];
  std::size_t& next = contender.next[thread];
  const auto step = [&] {
    if (next + contender.batch > contender.tokens) next = 0;
    if (!work(next, contender.batch)) {
      std::fprintf(stderr, "bench: %s %s gave a wrong answer\n", contender.section.c_str(), contender.name.c_str());
      std::exit(1);
    }
    next += contender.batch;
  };
  const Clock::time_point begin = Clock::now();
  while (Clock::now() - begin < slice / 4) step();
  std::size_t done = 0;
  const Clock::time_point start = Clock::now();
  const double busy_before = ThreadSeconds();
  Clock::time_point now;
  do {
    step();
    done += contender.batch;
    now = Clock::now();
  } while (now - start < slice);
  const double busy = ThreadSeconds() - busy_before;
  const double elapsed = std::chrono::duration<double>(now - start).count();
  return static_cast<double>(done) / (contender.by_the_clock ? elapsed : busy);
}

// As it was when the process began: a thread inherits its maker's.
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

// One slice of every thread of the contender. Where it goes by the clock, the other cores are kept from other
// programs too: what these do to shared caches is not to be taken for a difference between numbers of threads.
void RunRound(Contender& contender, std::chrono::nanoseconds slice, bool count) {
  const std::size_t threads = contender.threads.size();
  const std::size_t cores = contender.by_the_clock ? std::max(threads, Cores().size()) : threads;
  std::vector<double> rates(threads);
  std::barrier together(static_cast<std::ptrdiff_t>(cores));
  std::atomic<std::size_t> running{threads};
  const auto run = [&](std::size_t thread) {
    if (contender.by_the_clock) TakeCore(thread);
    together.arrive_and_wait();
    if (thread < threads) {
      rates[thread] = RunSlice(contender, thread, slice);
      --running;
    }
    while (running > 0) {
    }
  };
  if (contender.begin) contender.begin();
  std::vector<std::thread> pool;
  // This thread keeps all cores, which the others inherit at first.
  for (std::size_t i = contender.by_the_clock ? 0 : 1; i < cores; ++i) pool.emplace_back(run, i);
  if (!contender.by_the_clock) run(0);
  for (std::thread& thread : pool) thread.join();
  if (contender.end) contender.end();
  double rate = 0;
  for (const double each : rates) rate += each;
  if (count) contender.rates.push_back(rate);
}

double Rounded(double value) { return std::round(value * 10) / 10; }

}  // namespace

void Measure(std::vector<Contender>& contenders, const Plan& plan) {
  for (Contender& each : contenders) {
    for (std::size_t i = 0; i < each.threads.size(); ++i) {
      each.next.push_back(i * each.tokens / each.threads.size());
    }
  }
  // To and fro: nobody always follows the same one, whose memory and whose core are warm.
  std::vector<Contender*> order;
  for (Contender& each : contenders) order.push_back(&each);
  for (int round = 0; round <= plan.rounds; ++round, std::reverse(order.begin(), order.end())) {
    for (Contender* const each : order) RunRound(*each, plan.slice, round > 0);
  }
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

std::string ThreadsName(std::size_t threads) {
  return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
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

nlohmann::ordered_json ToJson(const std::vector<Contender>& contenders) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Contender& each : contenders) {
    nlohmann::ordered_json row = {{"section", each.section}, {"name", each.name}};
    row.update(each.about);
    const double rate = Quantile(each.rates, 0.5);
    row["threads"] = each.threads.size();
    row["batch"] = each.batch;
    row["tokens_per_s"] = std::round(rate);
    row["quartiles"] = {std::round(Quantile(each.rates, 0.25)), std::round(Quantile(each.rates, 0.75))};
    row["ns_per_token"] = Rounded(1e9 * static_cast<double>(each.threads.size()) / rate);
    for (const Contender& one : contenders) {
      if (each.threads.size() == 1 || one.threads.size() != 1 || one.section != each.section || one.about != each.about)
        continue;
      row["times_one_thread"] = std::round(1000 * MedianOfRounds(each, one, std::divides<double>())) / 1000;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace assay::bench
