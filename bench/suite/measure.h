// Rounds of short slices: every contender has its turn in every round, so that all of them share what else
// happens on the machine. Figures are medians over the rounds.
//
// Time is the working thread's processor time: on an idle machine the same as the clock's, and on a busy
// one without what others took. Rows that compare numbers of threads, which must share, go by the clock, and
// each of their threads has a core to itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::bench {

using Clock = std::chrono::steady_clock;

// Works on `count` tokens from `first` on; false if one of the answers was not the right one.
using Work = std::function<bool(std::size_t first, std::size_t count)>;

struct Contender {
  std::string section, name;
  nlohmann::ordered_json about;  // what tells it from the others of its section, as an object
  std::size_t tokens = 0;        // how many there are to go round in
  std::size_t batch = 1;         // tokens of one call; the last calls of a round trip leave a rest out
  std::vector<Work> threads;     // the work of each thread
  bool by_the_clock = false;
  // Around each of its slices, outside the time: something that goes on meanwhile. May be empty.
  std::function<void()> begin, end;

  std::vector<double> rates = {};  // tokens/s of all its threads, a round each
  std::vector<std::size_t> next = {};
};

struct Plan {
  int rounds = 15;
  std::chrono::milliseconds slice{8};
};

// Measures; the first round is a warm-up and not counted. Ends the process with a message if an answer
// was wrong: what gives wrong answers has no speed.
void Measure(std::vector<Contender>& contenders, const Plan& plan);

// Keeps the calling thread on the `number`-th, counted round, of the cores that this process may use, and other
// programs off it, as on a gateway's own core: by real-time priority. False where that is not permitted.
bool TakeCore(std::size_t number);

// Numbers of threads to compare: 1, 2, 4, ... and one for every core that this process may use; and a row's name for
// each.
std::vector<std::size_t> ThreadCounts();
std::string ThreadsName(std::size_t threads);

double Quantile(std::vector<double> values, double part);

// The median over the rounds of `compare` of their rates: what slows the machine for a while slows both.
double MedianOfRounds(const Contender& a, const Contender& b, const std::function<double(double, double)>& compare);

// One object a contender: `about`, the median rate and its quartiles, ns/token of one thread; where there are several
// threads, how many times the rate of the one thread of the same section.
nlohmann::ordered_json ToJson(const std::vector<Contender>& contenders);

}  // namespace assay::bench
