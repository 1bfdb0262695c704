// assay verify: judges tokens, one a line.
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <optional>

#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/hangup.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/verify_options.h"
#include "tools/assay/run/verify_run.h"

namespace assay::cli {
namespace {

constexpr char kFooter[] =
    "Each line of FILE (or of standard input) is one compact token, with or without `Bearer ` in\n"
    "front; blank lines are skipped. Results come in input order, and at once when the input "
    "pauses.\n"
    "SIGHUP reads the file of --config again; one that is refused changes nothing.\n"
    "Exit status: 0 all accepted, 1 at least one rejected, 2 usage, configuration or input error; "
    "no\n"
    "token at all is an error.\n"
    "Example:\n"
    "assay verify --jwks jwks.json --issuer https://as.example --audience https://api.example "
    "FILE";

struct VerifyOptions {
  explicit VerifyOptions(CLI::App* app) : policy(app), fetch(app) {
    file = AddValue(app, "FILE", "", "Tokens, one a line; `-` (default) is standard input");
    token = AddValue(app, "--token", "T", "Judge this one token instead of FILE");
    file->excludes(token);
    format = AddValue(app, "--format", "text|json|none",
                      "One line a token (default text): `LINE accept|reject REASON [detail]`, or a JSON object");
    stats = AddFlag(app, "--stats",
                    "At the end, on stderr: tokens, accepted, rejected by reason, seconds, tokens/s, kernel");
    batch = AddValue(app, "--batch", "N", "Tokens judged at once, default 256");
    threads = AddValue(app, "--threads", "N", "Threads that judge, default 1");
    kernel = AddKernelOption(app);
    for (CLI::Option* option : {format, stats, batch, threads, kernel, token}) {
      option->group("How it runs");
    }
  }

  PolicyOptions policy;
  FetchOptions fetch;
  CLI::Option *file, *token, *format, *stats, *batch, *threads, *kernel;
};

Format ParseFormat(const std::string& name) {
  if (name == "text") return Format::kText;
  if (name == "json") return Format::kJson;
  if (name == "none") return Format::kNone;
  throw InputError{"--format must be text, json or none, not `" + name + "`"};
}

int ExitStatus(RunEnd end, const VerifyRun& run, const std::string& path) {
  switch (end) {
    case RunEnd::kInterrupted:
      EndByInterrupt();
    case RunEnd::kReadFailed:
      throw InputError{"cannot read " + (path == "-" ? "standard input" : path) + ": " +
                       std::strerror(run.read_error())};
    case RunEnd::kWriteFailed:
      throw InputError{run.write_error()};
    case RunEnd::kOutputClosed:
      return kExitError;  // its reader knows; but not all results were delivered
    case RunEnd::kInputEnded:
      break;
  }
  if (run.stats().tokens() == 0) {
    throw InputError{"no token in " + (path == "-" ? "standard input" : path)};
  }
  return run.stats().accepted() == run.stats().tokens() ? kExitGood : kExitRejected;
}

int RunVerify(const VerifyOptions& options) {
  RunSettings settings;
  settings.format = ParseFormat(Text(options.format, "text"));
  settings.colour = settings.format == Format::kText && UseColour(STDOUT_FILENO);
  settings.batch = static_cast<std::size_t>(Number(options.batch, 256, 1, 65536));
  settings.threads = static_cast<std::size_t>(Number(options.threads, 1, 1, 256));
  settings.now = options.policy.Now();
  std::vector<std::string> warnings;
  EngineConfig config = options.policy.Build(&warnings);
  config.kernel = KernelName(options.kernel);
  const bool one = Given(options.token);
  const std::string path = Text(options.file, "-");
  if (one && Text(options.token).empty()) throw InputError{"--token is empty"};
  if (!one && path.empty()) throw InputError{"FILE is empty"};
  const Descriptor input = one ? Descriptor(-1) : OpenInput(path);
  const RunningEngine running =
      StartEngine(std::move(config), options.policy.Source(), options.fetch, NoKeys::kIsAnError, settings.now);
  const std::shared_ptr<Engine>& engine = running.engine;
  for (const std::string& warning : warnings) Warn(warning);
  if (!one && path == "-" && IsTerminal(STDIN_FILENO)) {
    Warn("reading tokens from the terminal, one a line");
  }

  std::optional<ReloadOnHangup> hangup;
  if (const std::string file = options.policy.Source(); !file.empty()) hangup.emplace(engine, file);

  VerifyRun run(engine, settings);
  const auto start = std::chrono::steady_clock::now();
  const RunEnd end = one ? run.One(Text(options.token)) : run.Stream(input.get());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (Given(options.stats) || end == RunEnd::kInterrupted) {
    WriteStderr(run.stats().Text(seconds, engine->kernel()));
  }
  return ExitStatus(end, run, one ? "--token" : path);
}

}  // namespace

void AddVerify(CLI::App& app, Action* action) {
  CLI::App* verify = app.add_subcommand("verify", "Judge tokens, one a line");
  verify->footer(kFooter);
  auto options = std::make_shared<VerifyOptions>(verify);
  verify->callback([=] { *action = [=] { return RunVerify(*options); }; });
}

}  // namespace assay::cli
