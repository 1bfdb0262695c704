// assay doctor: what this machine and this build can do.
#include <openssl/base.h>
#include <simdjson.h>

#include "engine/api/engine.h"
#include "engine/policy/issuer_names.h"
#include "engine/simd/features.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/kernels.h"
#include "tools/assay/run/self_test.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

// Names: the names of the kernels of `report` that are usable, or of all of them.
std::string Names(const KernelReport& report, bool usable_only) {
  std::string out;
  for (const KernelReport::Line& kernel : report.kernels) {
    if (usable_only && kernel.state != KernelReport::State::kUsable) continue;
    out += (out.empty() ? "" : " ") + kernel.name;
  }
  return out.empty() ? "none" : out;
}

int RunDoctor(const std::string& wanted, const CLI::Option* file) {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& value) {
    out += name;
    out.append(name.size() < 36 ? 36 - name.size() : 1, ' ');
    out += Printable(value) + '\n';
  };
  line("assay", std::string(Version()));
  line("cpu", simd::ModelName());
  line("cpu features", simd::Describe(simd::Detected()));
  const KernelReport kernels = ReportKernels(wanted);
  if (kernels.chosen.empty()) throw InputError{kernels.why_none};
  bool good = true;
  const auto lines = [&](const std::string& of, const KernelReport& report) {
    line(of + "kernels compiled", Names(report, false));
    line(of + "kernels usable", Names(report, true));
    line(of + "kernel chosen", report.chosen);
    for (const KernelReport::Line& kernel : report.kernels) {
      const bool failed = kernel.state == KernelReport::State::kFailed;
      line(of + "known answers " + kernel.name, failed                                         ? "FAILED"
                                                : kernel.state == KernelReport::State::kUsable ? "passed"
                                                                                               : "not for this CPU");
      good = good && !failed;
    }
  };
  lines("", kernels);
  lines("base64url ", ReportBase64urlKernels());
  for (const SelfTestResult& result : RunSelfTests(kernels.chosen)) {
    line("self-test " + result.name, result.failure.empty() ? "passed" : "FAILED: " + result.failure);
    good = good && result.failure.empty();
  }
  line("boringssl api", std::to_string(BORINGSSL_API_VERSION));
  line("simdjson",
       std::string(SIMDJSON_STRINGIFY(SIMDJSON_VERSION)) + " (" + simdjson::get_active_implementation()->name() + ')');
#if defined(__clang__)
  line("compiler", "clang " __clang_version__);
#else
  line("compiler", "gcc " __VERSION__);
#endif
  if (*file) {
    for (const IssuerConfig& issuer : ReadConfig(Text(file)).issuers) {
      const bool reported = issuer.policy.mode == EnforcementMode::kReport;
      line("issuer",
           EntryName(issuer.policy) + (reported ? ": REPORT ONLY: gateways let refused tokens pass" : ": enforced"));
    }
  }
  WriteStdout(out);
  if (!good) throw InputError{"a self-test failed; do not use this build on this machine"};
  return kExitGood;
}

}  // namespace

void AddDoctor(CLI::App& app, Action* action) {
  CLI::App* doctor = app.add_subcommand("doctor", "Show CPU features, kernels, self-test results and library versions");
  const CLI::Option* kernel = AddKernelOption(doctor);
  const CLI::Option* file =
      AddValue(doctor, "--config", "FILE", "Also show which issuers of this configuration are enforced");
  doctor->callback([=] { *action = [=] { return RunDoctor(KernelName(kernel), file); }; });
}

}  // namespace assay::cli
