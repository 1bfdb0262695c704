// The `assay` command line: parses, runs one subcommand, and turns every failure into one line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "tools/assay/command.h"
#include "tools/assay/console.h"

namespace {

using namespace assay::cli;

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
    const auto chosen = app->get_subcommands();
    const std::string help = chosen.empty() ? "assay --help" : "assay " + chosen.front()->get_name() + " --help";
    throw InputError{std::string(error.what()) + " (see " + help + ")"};
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
