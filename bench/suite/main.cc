// bench_suite about|stages|whole|alone|latency [--rounds N] [--slice MS]: prints the section's rows as JSON.
// bench_suite export DIR COUNT: writes tokens and keys for bench/competitors.
//
// tools/bench runs all sections and makes a report of them.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "assay_commit.h"
#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/simd/features.h"

namespace {

using namespace assay;
using namespace assay::bench;

#if defined(__clang__)
constexpr char kCompiler[] = "clang " __clang_version__;
#else
constexpr char kCompiler[] = "gcc " __VERSION__;
#endif

nlohmann::ordered_json About() {
  const Realm realm({Algorithm::kES256}, 1);
  return {{"cpu", simd::ModelName()},
          {"kernel", std::string(realm.MakeEngine()->kernel())},
          {"compiler", kCompiler},
          {"commit", ASSAY_COMMIT},
          {"version", std::string(Version())}};
}

int Usage() {
  std::fprintf(stderr,
               "usage: bench_suite about|stages|whole|alone|latency [--rounds N] [--slice MS]\n"
               "       bench_suite export DIR COUNT\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) return Usage();
  if (args[0] == "export") {
    if (args.size() != 3) return Usage();
    ExportForRunners(args[1], static_cast<std::size_t>(std::atol(args[2].c_str())));
    return 0;
  }
  Plan plan;
  for (std::size_t i = 1; i < args.size(); i += 2) {
    const int value = i + 1 < args.size() ? std::atoi(args[i + 1].c_str()) : 0;
    if (value <= 0) return Usage();
    if (args[i] == "--rounds") {
      plan.rounds = value;
    } else if (args[i] == "--slice") {
      plan.slice = std::chrono::milliseconds(value);
    } else {
      return Usage();
    }
  }
  nlohmann::ordered_json result;
  if (args[0] == "about") {
    result = About();
  } else if (args[0] == "stages") {
    result = MeasureStages(plan);
  } else if (args[0] == "whole") {
    result = MeasureWhole(plan);
  } else if (args[0] == "alone") {
    result = MeasureAlone(plan);
  } else if (args[0] == "latency") {
    result = MeasureLatency(plan);
  } else {
    return Usage();
  }
  std::cout << result.dump(1) << '\n';
  return 0;
}
