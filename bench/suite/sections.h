// The sections of the benchmark suite. Each measures and returns its rows.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bench/suite/rows.h"

namespace assay::bench {

// What one token costs, step by step, in batches; and the whole beside it.
nlohmann::ordered_json MeasureStages(const Plan& plan);

// Whole validation: sizes, batches, threads, repeated tokens, hostile tokens, keys, rotation.
nlohmann::ordered_json MeasureWhole(const Plan& plan);

// Latency of one token alone at low load, through both batchers and without one.
nlohmann::ordered_json MeasureAlone(const Plan& plan);

// Latency of one token at a time against the load, through both batchers and without one.
nlohmann::ordered_json MeasureLatency(const Plan& plan);

// Writes to folder `path` what the runners of other libraries read: keys, `count` valid tokens and some
// tampered ones for each algorithm.
void ExportForRunners(const std::string& path, std::size_t count);

}  // namespace assay::bench
