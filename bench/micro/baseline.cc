// baseline [TOKENS]: what `assay verify` costs beside the signatures themselves.
//
// Mints ES256 and RS256 tokens, half of each (20,000 distinct ones, repeated until there are as
// many as asked for: nothing here remembers a token), and then by turns on one core
//  - runs a bare loop of BoringSSL verifications (digest and signature) over their signatures, with
//    keys, digests' inputs and decoded signatures ready in memory, and
//  - runs the built `assay verify --kernel K` over the file of the same tokens, as a process of its
//  own,
//    from its start to its end: loading, self-tests, reading, every check and writing JSON are in
//    it.
// Counted is processor time, user and system, which others on a shared machine disturb least.
// Prints the median of each and of the rounds' ratios. Both sides must find every signature good.
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "tools/assay/io/console.h"
#include "tools/load/bench_rows.h"
#include "tools/load/measure.h"

namespace {

using namespace assay;
using namespace assay::cli;
constexpr int kRounds = 3;
constexpr std::size_t kDistinct = 20000;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Processor time of `usage`.
double Seconds(const rusage& usage) { return Seconds(usage.ru_utime) + Seconds(usage.ru_stime); }

double OwnSeconds() {
  rusage usage;
  ASSAY_CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return Seconds(usage);
}

// Keeps this process and its children on the core that it runs on.
void StayOnThisCore() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &set);
  ASSAY_CHECK(::sched_setaffinity(0, sizeof set, &set) == 0);
}

// Runs `assay verify` over `tokens`; its output goes to `out`. True when it accepted all;
// `*seconds` is the processor time of the whole process.
bool RunVerify(const std::string& jwks, const std::string& tokens, const std::string& out, const std::string& kernel,
               double* seconds) {
  const std::string now = std::to_string(Workload::kNow);
  const pid_t pid = ::fork();
  ASSAY_CHECK(pid >= 0);
  if (pid == 0) {
    if (std::freopen(out.c_str(), "w", stdout) == nullptr) ::_exit(127);
    ::execl(ASSAY_COMMAND, "assay", "verify", "--jwks", jwks.c_str(), "--issuer", Workload::kIssuer, "--audience",
            Workload::kAudience, "--typ", "at+jwt", "--now", now.c_str(), "--kernel", kernel.c_str(), "--format",
            "json", tokens.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  rusage usage;
  ASSAY_CHECK(::wait4(pid, &status, 0, &usage) == pid);
  *seconds = Seconds(usage);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int Main(std::size_t wanted) {
  StayOnThisCore();
  const std::size_t count = std::min(wanted, kDistinct);
  const std::size_t repeats = (wanted + count - 1) / count;
  std::string path = std::filesystem::temp_directory_path() / "assay-baseline-XXXXXX";
  ASSAY_CHECK(::mkdtemp(path.data()) != nullptr);
  const Workload es256(Algorithm::kES256, count / 2, "", "es");
  const Workload rs256(Algorithm::kRS256, count / 2, "", "rs");
  {
    std::ofstream tokens(path + "/tokens");
    for (std::size_t i = 0; i < repeats * (count / 2); ++i) {
      tokens << es256.tokens[i % (count / 2)] << '\n' << rs256.tokens[i % (count / 2)] << '\n';
    }
    std::ofstream(path + "/jwks") << load::JwkSet(std::vector<std::string>{es256.public_jwk, rs256.public_jwk});
  }
  const auto es256_row = MakeRow(Mode::kBoringssl, es256, 1);
  const auto rs256_row = MakeRow(Mode::kBoringssl, rs256, 1);
  bool good = es256_row->RefusesForged() && rs256_row->RefusesForged();

  const std::vector<std::string> kernels = {"boringssl", std::string(es256.engine->kernel())};
  std::vector<double> bare;
  std::vector<std::vector<double>> whole(kernels.size());
  for (int round = 0; round < kRounds; ++round) {
    const double start = OwnSeconds();
    for (std::size_t i = 0; i < repeats; ++i) {
      good &= es256_row->Check(0, count / 2) && rs256_row->Check(0, count / 2);
    }
    bare.push_back(OwnSeconds() - start);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      double seconds = 0;
      good &= RunVerify(path + "/jwks", path + "/tokens", path + "/verdicts", kernels[k], &seconds);
      whole[k].push_back(seconds);
    }
  }
  std::filesystem::remove_all(path);
  if (!good) {
    std::fprintf(stderr, "baseline: a good token was refused, or a forged one accepted\n");
    return 1;
  }
  const double tokens = static_cast<double>(2 * (count / 2) * repeats);
  std::printf("%zu tokens, half ES256 and half RS256, one core, medians of %d rounds\n", 2 * (count / 2) * repeats,
              kRounds);
  std::printf("%-34s %10.0f tokens/s\n", "bare loop of BoringSSL", tokens / load::Median(bare));
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    // Of each round, so that what slows both sides for a while drops out.
    std::vector<double> ratios;
    for (int round = 0; round < kRounds; ++round) {
      const auto r = static_cast<std::size_t>(round);
      ratios.push_back(bare[r] / whole[k][r]);
    }
    std::printf("%-34s %10.0f tokens/s  %6.1f%% of the bare loop\n", ("assay verify --kernel " + kernels[k]).c_str(),
                tokens / load::Median(whole[k]), 100 * load::Median(ratios));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 200000;
  if (argc > 2 || count < 2 || count > 10'000'000) {
    std::fprintf(stderr, "usage: baseline [TOKENS]\n");
    return 2;
  }
  try {
    return Main(static_cast<std::size_t>(count));
  } catch (const InputError& error) {
    std::fprintf(stderr, "baseline: %s\n", error.message.c_str());
    return 2;
  }
}
