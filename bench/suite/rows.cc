#include "bench/suite/rows.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace assay::bench {

void Measure(std::vector<Contender>& contenders, const Plan& plan) {
  std::vector<load::Contender*> all;
  for (Contender& each : contenders) all.push_back(&each);
  if (const Result<void> measured = load::Measure(all, plan); !measured) {
    std::fprintf(stderr, "bench: %s\n", measured.error().c_str());
    std::exit(1);
  }
}

std::string ThreadsName(std::size_t threads) {
  return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
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
    row["ns_per_token"] = std::round(1e10 * static_cast<double>(each.threads.size()) / rate) / 10;
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
