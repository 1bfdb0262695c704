// Measure(): the one bench harness, of `assay bench`, tools/bench and bench/micro. Rounds of short slices: every
// contender has its turn in every round, so that all of them share what else happens on the machine. Figures are
// medians over the rounds.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/load/latency.h"

namespace assay::load {

using Clock = std::chrono::steady_clock;

// Work: works on `count` tokens from `first` on; false if one of the answers was not the right one.
using Work = std::function<bool(std::size_t first, std::size_t count)>;

// Timing: what a slice's time is.
enum class Timing : std::uint8_t {
  kThreadTime,  // each thread's processor time: on a busy machine without what others took
  kWallClock,   // the clock's
  kOwnCores,    // the clock's, each thread on a core to itself: to compare numbers of threads, which share the machine
};

struct Contender {
  std::string name;           // for messages
  std::size_t tokens = 0;     // how many there are to go round in
  std::size_t batch = 1;      // tokens of one call; the last calls of a round trip leave a rest out
  std::vector<Work> threads;  // the work of each thread
  Timing timing = Timing::kThreadTime;
  // begin, end: called before and after each of its slices, outside the measured time: for something that goes on
  // meanwhile. May be empty.
  std::function<void()> begin = {}, end = {};
  // calls: the time of each call, where wanted: one histogram for each thread, else empty.
  std::vector<cli::LatencyHistogram> calls = {};

  // What Measure() adds.
  std::vector<double> rates = {};  // tokens/s of all its threads, a round each
  std::vector<std::size_t> next = {};
};

struct Plan {
  int rounds = 15;  // at least
  std::chrono::milliseconds slice{8};
  std::chrono::seconds at_least{0};  // of all rounds together
};

// Measure: the first round is a warm-up and not counted. Fails if an answer was wrong: what gives wrong answers has no
// speed.
Result<void> Measure(std::vector<Contender*> contenders, const Plan& plan);

// TakeCore: keeps the calling thread on the `number`-th, counted round, of the cores that this process may use, and
// other programs off it, as on a gateway's own core: by real-time priority. False where that is not permitted.
bool TakeCore(std::size_t number);

// ThreadCounts: numbers of threads to compare: 1, 2, 4, ... and one for every core that this process may use.
std::vector<std::size_t> ThreadCounts();

double Quantile(std::vector<double> values, double part);
inline double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

// MedianOfRounds: the median over the rounds of `compare` of their rates: what slows the machine for a while slows
// both.
double MedianOfRounds(const Contender& a, const Contender& b, const std::function<double(double, double)>& compare);

}  // namespace assay::load
