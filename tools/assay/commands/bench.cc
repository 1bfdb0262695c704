// assay bench: throughput on this machine, beside BoringSSL's, in one process.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "assay_commit.h"
#include "engine/simd/features.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/verify_options.h"
#include "tools/load/bench_rows.h"

namespace assay::cli {
namespace {

using Clock = std::chrono::steady_clock;

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

// One row of the table, on all its threads.
struct Contender {
  Algorithm algorithm;
  Mode mode;
  std::size_t token_count;
  std::size_t call_size;
  std::vector<std::unique_ptr<Row>> rows;  // one a thread
  std::vector<std::size_t> next;           // where each thread goes on
  std::vector<double> rates;               // tokens/s of each round
  LatencyHistogram calls;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct SliceResult {
  std::uint64_t tokens = 0;
  bool good = true;
  Clock::duration elapsed = {};
  LatencyHistogram calls;
};

// Runs one thread's row for about kSlice.
void RunSlice(Contender* contender, std::size_t thread, SliceResult* result) {
  Row& row = *contender->rows[thread];
  std::size_t& next = contender->next[thread];
  const Clock::time_point start = Clock::now();
  Clock::time_point before = start;
  do {
    if (next + contender->call_size > contender->token_count) next = 0;
    result->good &= row.Check(next, contender->call_size);
    next += contender->call_size;
    result->tokens += contender->call_size;
    const Clock::time_point after = Clock::now();
    result->calls.Add(static_cast<std::uint64_t>((after - before).count()));
    before = after;
  } while (before - start < kSlice);
  result->elapsed = before - start;
}

void RunRound(Contender* contender, bool count) {
  const std::size_t threads = contender->rows.size();
  std::vector<SliceResult> results(threads);
  std::vector<std::thread> pool;
  for (std::size_t i = 1; i < threads; ++i) {
    pool.emplace_back(RunSlice, contender, i, &results[i]);
  }
  RunSlice(contender, 0, &results[0]);
  for (std::thread& thread : pool) thread.join();
  double rate = 0;
  for (const SliceResult& result : results) {
    if (!result.good) {
      throw InputError{"bench: " + std::string(ModeName(contender->mode)) + ' ' +
                       std::string(AlgorithmName(contender->algorithm)) + " refused a good token"};
    }
    rate += static_cast<double>(result.tokens) / std::chrono::duration<double>(result.elapsed).count();
    if (count) contender->calls.Add(result.calls);
  }
  if (count) contender->rates.push_back(rate);
}

std::vector<Contender> MakeContenders(const std::vector<std::unique_ptr<Workload>>& workloads, std::size_t threads,
                                      std::size_t batch) {
  std::vector<Contender> contenders;
  for (const auto& workload : workloads) {
    for (const Mode mode : kModes) {
      Contender contender{
          workload->algorithm, mode, TokenCount(mode, *workload), CallSize(mode, batch), {}, {}, {}, {}};
      for (std::size_t i = 0; i < threads; ++i) {
        contender.rows.push_back(MakeRow(mode, *workload, batch));
        contender.next.push_back(i * contender.token_count / threads);
        if (!contender.rows.back()->RefusesForged()) {
          throw InputError{"bench: " + std::string(ModeName(mode)) + " accepted a forged token"};
        }
      }
      contenders.push_back(std::move(contender));
    }
  }
  return contenders;
}

std::string Fixed(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// Time of one thread for one token.
double NsPerToken(const Contender& c) { return 1e9 * static_cast<double>(c.rows.size()) / Median(c.rates); }

std::string Table(const std::vector<Contender>& contenders) {
  std::string out = "alg     mode       threads  batch     tokens/s   ns/token     p99 us  of boringssl\n";
  double reference = 0;
  for (const Contender& c : contenders) {
    const double rate = Median(c.rates);
    if (c.mode == Mode::kBoringssl) reference = rate;
    char line[160];
    std::snprintf(line, sizeof line, "%-7s %-10s %7zu %6zu %12.0f %10.0f %10.1f %11.2fx\n",
                  std::string(AlgorithmName(c.algorithm)).c_str(), std::string(ModeName(c.mode)).c_str(), c.rows.size(),
                  c.call_size, rate, NsPerToken(c), c.calls.Quantile(0.99) / 1000, rate / reference);
    out += line;
  }
  return out;
}

std::string Json(const std::vector<Contender>& contenders, std::string_view kernel) {
  std::string out = "{\"cpu\":";
  AppendJsonString(&out, simd::ModelName());
  out += ",\"kernel\":";
  AppendJsonString(&out, kernel);
  out += ",\"compiler\":";
  AppendJsonString(&out, kCompiler);
  out += ",\"commit\":";
  AppendJsonString(&out, ASSAY_COMMIT);
  out += ",\"rows\":[";
  for (const Contender& c : contenders) {
    if (&c != &contenders.front()) out += ',';
    out += "\n{\"alg\":\"" + std::string(AlgorithmName(c.algorithm)) + "\",\"mode\":\"" +
           std::string(ModeName(c.mode)) + "\",\"threads\":" + std::to_string(c.rows.size()) +
           ",\"batch\":" + std::to_string(c.call_size) + ",\"tokens_per_s\":" + Fixed(Median(c.rates), 0) +
           ",\"ns_per_token\":" + Fixed(NsPerToken(c), 1) + ",\"p99_us\":" + Fixed(c.calls.Quantile(0.99) / 1000, 1) +
           '}';
  }
  return out + "\n]}\n";
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
  std::vector<Contender> contenders = MakeContenders(workloads, threads, batch);
  for (Contender& contender : contenders) RunRound(&contender, false);
  const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  for (int round = 0; round < kMinRounds || Clock::now() < end; ++round) {
    for (Contender& contender : contenders) RunRound(&contender, true);
  }
  const std::string_view kernel = workloads.front()->engine->kernel();
  std::string head = simd::ModelName() + ", kernel " + std::string(kernel) + ", " + kCompiler + ", commit " +
                     ASSAY_COMMIT + "; medians of " + Count(contenders.front().rates.size(), "round") + '\n';
  if (json_path != "-") WriteStdout(head + Table(contenders));
  if (!json_path.empty()) WriteJson(json_path, Json(contenders, kernel));
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
