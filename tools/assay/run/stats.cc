#include "tools/assay/run/stats.h"

#include <cstdio>

namespace assay::cli {

void Stats::Add(const Stats& other) {
  for (std::size_t i = 0; i < by_reason.size(); ++i) by_reason[i] += other.by_reason[i];
}

std::uint64_t Stats::tokens() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : by_reason) sum += count;
  return sum;
}

std::string Stats::Text(double seconds, std::string_view kernel) const {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& value, bool indented = false) {
    const std::string shown = (indented ? "  " : "") + std::string(name);
    out += shown;
    out.append(shown.size() < 28 ? 28 - shown.size() : 1, ' ');
    out += value;
    out += '\n';
  };
  char number[32];
  line("tokens", std::to_string(tokens()));
  line("accepted", std::to_string(accepted()));
  line("rejected", std::to_string(tokens() - accepted()));
  for (std::size_t i = 0; i < by_reason.size(); ++i) {
    const auto reason = static_cast<Reason>(i);
    if (by_reason[i] == 0 || IsAccepted(reason)) continue;
    line(ReasonWord(reason), std::to_string(by_reason[i]), true);
  }
  std::snprintf(number, sizeof number, "%.3f", seconds);
  line("seconds", number);
  const double rate = seconds > 0 ? static_cast<double>(tokens()) / seconds : 0;
  std::snprintf(number, sizeof number, "%.0f", rate);
  line("tokens/s", number);
  line("kernel", std::string(kernel));
  return out;
}

}  // namespace assay::cli
