// The suite's rows: what is measured, and as JSON for the report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/load/measure.h"

namespace assay::bench {

using load::Clock;
using load::MedianOfRounds;
using load::Plan;
using load::Quantile;
using load::TakeCore;
using load::ThreadCounts;
using load::Timing;
using load::Work;

struct Contender : load::Contender {
  std::string section;
  nlohmann::ordered_json about;  // what tells it from the others of its section, as an object
};

// Measure: see load::Measure(). Ends the process with a message if an answer was wrong.
void Measure(std::vector<Contender>& contenders, const Plan& plan);

// ThreadsName: a row's name for a number of threads.
std::string ThreadsName(std::size_t threads);

// ToJson: one object a contender: `about`, the median rate and its quartiles, ns/token of one thread; where there are
// several threads, how many times the rate of the one thread of the same section.
nlohmann::ordered_json ToJson(const std::vector<Contender>& contenders);

}  // namespace assay::bench
