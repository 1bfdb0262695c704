// assay bench: throughput on this machine, beside BoringSSL's, in one process.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "assay_commit.h"
#include "engine/json/writer.h"
#include "engine/simd/features.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/verify_options.h"
#include "tools/load/bench_rows.h"
#include "tools/load/measure.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMinTokens = 2048;  // for each algorithm; more than caches near the core hold
constexpr auto kSlice = std::chrono::milliseconds(25);
constexpr int kMinRounds = 5;

#if defined(__clang__)
constexpr char kCompiler[] = "clang " __clang_version__;
#else
constexpr char kCompiler[] = "gcc " __VERSION__;
#endif

struct BenchOptions {
  CLI::Option *seconds, *threads, *batch, *kernel, *json;
};

// BenchRow: one row of the table, on all its threads.
struct BenchRow : load::Contender {
  Algorithm algorithm;
  Mode mode;
};

BenchRow MakeBenchRow(const Workload& workload, Mode mode, std::size_t threads, std::size_t batch) {
  BenchRow row;
  row.algorithm = workload.algorithm;
  row.mode = mode;
  row.name = std::string(ModeName(mode)) + ' ' + std::string(AlgorithmName(workload.algorithm));
  row.tokens = TokenCount(mode, workload);
  row.batch = CallSize(mode, batch);
  row.timing = load::Timing::kWallClock;
  row.calls.resize(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    const std::shared_ptr<Row> way = MakeRow(mode, workload, batch);
    if (!way->RefusesForged()) throw InputError{"bench: " + row.name + " accepted a forged token"};
    row.threads.push_back([way](std::size_t first, std::size_t count) { return way->Check(first, count); });
  }
  return row;
}

std::string Fixed(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// NsPerToken: time of one thread for one token.
double NsPerToken(const BenchRow& row) {
  return 1e9 * static_cast<double>(row.threads.size()) / load::Median(row.rates);
}

double P99Microseconds(const BenchRow& row) {
  LatencyHistogram all;
  for (const LatencyHistogram& calls : row.calls) all.Add(calls);
  return all.Quantile(0.99) / 1000;
}

std::string Table(const std::vector<BenchRow>& rows) {
  std::string out = "alg     mode       threads  batch     tokens/s   ns/token     p99 us  of boringssl\n";
  double reference = 0;
  for (const BenchRow& row : rows) {
    const double rate = load::Median(row.rates);
    if (row.mode == Mode::kBoringssl) reference = rate;
    char line[160];
    std::snprintf(line, sizeof line, "%-7s %-10s %7zu %6zu %12.0f %10.0f %10.1f %11.2fx\n",
                  std::string(AlgorithmName(row.algorithm)).c_str(), std::string(ModeName(row.mode)).c_str(),
                  row.threads.size(), row.batch, rate, NsPerToken(row), P99Microseconds(row), rate / reference);
    out += line;
  }
  return out;
}

std::string Json(const std::vector<BenchRow>& rows, std::string_view kernel) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  writer.Begin('{').Member("cpu", simd::ModelName()).Member("kernel", kernel).Member("compiler", kCompiler);
  writer.Member("commit", ASSAY_COMMIT).Name("rows").Begin('[');
  for (const BenchRow& row : rows) {
    writer.Begin('{').Member("alg", AlgorithmName(row.algorithm)).Member("mode", ModeName(row.mode));
    writer.Member("threads", row.threads.size()).Member("batch", row.batch);
    writer.Name("tokens_per_s").Raw(Fixed(load::Median(row.rates), 0));
    writer.Name("ns_per_token").Raw(Fixed(NsPerToken(row), 1));
    writer.Name("p99_us").Raw(Fixed(P99Microseconds(row), 1)).End('}');
  }
  writer.End(']').End('}');
  return out + '\n';
}

void WriteJson(const std::string& path, const std::string& json) {
  if (path == "-") {
    WriteStdout(json);
    return;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << json;
  file.close();
  if (!file) throw InputError{"cannot write " + path + ": " + std::strerror(errno)};
}

int RunBench(const BenchOptions& options) {
  const std::int64_t seconds = Number(options.seconds, 10, 1, 3600);
  const auto threads = static_cast<std::size_t>(Number(options.threads, 1, 1, 256));
  const auto batch = static_cast<std::size_t>(Number(options.batch, 256, 1, 16384));
  const std::string json_path = Text(options.json);
  if (Given(options.json) && json_path.empty()) throw InputError{"--json is empty"};

  std::vector<std::unique_ptr<Workload>> workloads;
  const std::size_t tokens = std::max(kMinTokens, batch);
  for (const Algorithm algorithm : {Algorithm::kES256, Algorithm::kRS256}) {
    workloads.push_back(std::make_unique<Workload>(algorithm, tokens, KernelName(options.kernel)));
  }
  std::vector<BenchRow> rows;
  for (const auto& workload : workloads) {
    for (const Mode mode : kModes) rows.push_back(MakeBenchRow(*workload, mode, threads, batch));
  }
  std::vector<load::Contender*> contenders;
  for (BenchRow& row : rows) contenders.push_back(&row);
  const load::Plan plan{.rounds = kMinRounds, .slice = kSlice, .at_least = std::chrono::seconds(seconds)};
  if (const Result<void> measured = load::Measure(contenders, plan); !measured) {
    throw InputError{"bench: " + measured.error()};
  }
  const std::string_view kernel = workloads.front()->engine->kernel();
  std::string head = simd::ModelName() + ", kernel " + std::string(kernel) + ", " + kCompiler + ", commit " +
                     ASSAY_COMMIT + "; medians of " + Count(rows.front().rates.size(), "round") + '\n';
  if (json_path != "-") WriteStdout(head + Table(rows));
  if (!json_path.empty()) WriteJson(json_path, Json(rows, kernel));
  return kExitGood;
}

}  // namespace

void AddBench(CLI::App& app, Action* action) {
  CLI::App* bench = app.add_subcommand("bench", "Measure throughput beside BoringSSL's, on fresh keys");
  bench->footer(
      "Rows, for ES256 and RS256 each: `boringssl` is BoringSSL's verification one by one, "
      "hashing\n"
      "included; `signature` digest and signature in batches; `whole` everything; `single` "
      "everything,\n"
      "one token a call; `cached` everything, with tokens that the verdict cache has seen before.\n"
      "Only that row uses the cache. Every result is checked, rows take turns in short rounds, and\n"
      "medians are shown. ns/token is time of one thread;\n"
      "p99 is of calls, each of which takes as many tokens as the batch column says.");
  BenchOptions options;
  options.seconds = AddValue(bench, "--seconds", "S", "How long to measure, default 10");
  options.threads = AddValue(bench, "--threads", "N", "Threads, default 1");
  options.batch = AddValue(bench, "--batch", "N", "Tokens in one call, default 256");
  options.kernel = AddKernelOption(bench);
  options.json = AddValue(bench, "--json", "FILE", "Write the figures as JSON; `-` prints that alone");
  bench->callback([=] { *action = [=] { return RunBench(options); }; });
}

}  // namespace assay::cli
