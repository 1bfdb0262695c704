// The app's description: what --help and the manual page say.
#include <CLI/CLI.hpp>

#include "engine/api/engine.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/help_format.h"

namespace assay::cli {
namespace {

constexpr char kFooter[] =
    "Exit status: 0 all good, 1 at least one token or request rejected, 2 usage, configuration or input "
    "error\n"
    "(one clear line on stderr). `assay COMMAND --help` tells more.";

}  // namespace

std::unique_ptr<CLI::App> MakeApp(Action* action) {
  auto app = std::make_unique<CLI::App>("Assay judges JSON Web Tokens, strictly and fast.", "assay");
  app->set_version_flag("--version", "assay " + std::string(Version()), "Print the version");
  app->set_help_flag("-h,--help", "Print this help");
  app->formatter(std::make_shared<HelpFormat>());
  app->footer(kFooter);
  app->require_subcommand(1);
  AddVerify(*app, action);
  AddExplain(*app, action);
  AddKeygen(*app, action);
  AddJwks(*app, action);
  AddMint(*app, action);
  AddInspect(*app, action);
  AddBench(*app, action);
  AddWatch(*app, action);
  AddConfig(*app, action);
  AddMcp(*app, action);
  AddDoctor(*app, action);
  AddRevoke(*app, action);
  AddMan(*app, action);
  AddCompletions(*app, action);
  return app;
}

}  // namespace assay::cli
