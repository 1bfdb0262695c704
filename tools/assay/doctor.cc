// assay doctor: what this machine and this build can do.
#include <openssl/base.h>
#include <simdjson.h>

#include <CLI/CLI.hpp>

#include "engine/api/engine.h"
#include "engine/cpu/features.h"
#include "tools/assay/command.h"
#include "tools/assay/console.h"
#include "tools/assay/kernels.h"
#include "tools/assay/self_test.h"
#include "tools/assay/text.h"

namespace assay::cli {
namespace {

std::string Words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out.empty() ? "none" : out;
}

int RunDoctor() {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& value) {
    out += name;
    out.append(name.size() < 20 ? 20 - name.size() : 1, ' ');
    out += Printable(value) + '\n';
  };
  line("assay", std::string(Version()));
  line("cpu", cpu::ModelName());
  line("cpu features", cpu::Describe(cpu::Detected()));
  const KernelReport kernels = ReportKernels();
  line("kernels compiled", Words(kernels.compiled));
  line("kernels usable", Words(kernels.usable));
  line("kernel chosen", kernels.chosen);
  bool good = true;
  for (const SelfTestResult& result : RunSelfTests()) {
    line("self-test " + result.name, result.failure.empty() ? "passed" : "FAILED: " + result.failure);
    good = good && result.failure.empty();
  }
  line("boringssl api", std::to_string(BORINGSSL_API_VERSION));
  line("simdjson", std::string(SIMDJSON_STRINGIFY(SIMDJSON_VERSION)) + " (" +
                       simdjson::get_active_implementation()->name() + ')');
#if defined(__clang__)
  line("compiler", "clang " __clang_version__);
#else
  line("compiler", "gcc " __VERSION__);
#endif
  WriteStdout(out);
  if (!good) throw InputError{"a self-test failed; do not use this build on this machine"};
  return kExitGood;
}

}  // namespace

void AddDoctor(CLI::App& app, Action* action) {
  CLI::App* doctor = app.add_subcommand(
      "doctor", "Show CPU features, kernels, self-test results and library versions");
  doctor->callback([=] { *action = [] { return RunDoctor(); }; });
}

}  // namespace assay::cli
