// The `assay` command line: parses, runs one subcommand, and turns every failure into one line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "tools/assay/command.h"
#include "tools/assay/console.h"

namespace {

using namespace assay::cli;

// What is wrong with the command line, and where to read more.
std::string Explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::string message = error.what();
  std::string help = "assay --help";
  const auto chosen = app.get_subcommands();
  if (!chosen.empty()) {
    help = "assay " + chosen.front()->get_name() + " --help";
  } else if (argc > 1 && argv[1][0] != '-') {
    message = "there is no command `" + std::string(argv[1]) + "`";
  }
  constexpr std::string_view kExcludes = " excludes ";
  const std::size_t excludes = message.find(kExcludes);
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr && excludes != std::string::npos) {
    message.replace(excludes, kExcludes.size(), " and ");
    message += " cannot be given together";
  }
  return message + " (see " + help + ")";
}

int Run(int argc, char** argv) {
  Action action;
  const auto app = MakeApp(&action);
  try {
    app->parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream out, err;
    app->exit(asked, out, err);
    WriteStdout(out.str());
    return kExitGood;
  } catch (const CLI::ParseError& error) {
    throw InputError{Explain(*app, error, argc, argv)};
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  PrepareStandardStreams();
  try {
    return Run(argc, argv);
  } catch (const InputError& error) {
    Complain(error.message);
  } catch (const ConfigDefects& defects) {
    WriteStderr(defects.lines + '\n');
  } catch (const OutputClosed&) {
    // Whoever read the output has gone and wants no more of it, messages included.
  } catch (const std::exception& error) {
    Complain(error.what());
  }
  return kExitError;
}
