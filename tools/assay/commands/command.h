// The `assay` command: one file per subcommand, registered here.
#pragma once

#include <functional>
#include <memory>

namespace CLI {
class App;
}

namespace assay::cli {

// kExitGood, kExitRejected, kExitError: exit statuses, the same for every subcommand.
inline constexpr int kExitGood = 0;
inline constexpr int kExitRejected = 1;  // at least one token was rejected
inline constexpr int kExitError = 2;     // usage, configuration or input

// Action: what the parsed command line asks for. Throws InputError for defects that it alone finds, reading option
// values.
using Action = std::function<int()>;

// AddVerify and the like: each adds its subcommand to `app`; when the command line names it, `*action` is set.
void AddVerify(CLI::App& app, Action* action);
void AddKeygen(CLI::App& app, Action* action);
void AddJwks(CLI::App& app, Action* action);
void AddMint(CLI::App& app, Action* action);
void AddExplain(CLI::App& app, Action* action);
void AddInspect(CLI::App& app, Action* action);
void AddBench(CLI::App& app, Action* action);
void AddWatch(CLI::App& app, Action* action);
void AddConfig(CLI::App& app, Action* action);
void AddConfigInit(CLI::App& config, Action* action);
void AddDoctor(CLI::App& app, Action* action);
void AddMcp(CLI::App& app, Action* action);
void AddRevoke(CLI::App& app, Action* action);
void AddMan(CLI::App& app, Action* action);          // hidden: the build makes the manual page with it
void AddCompletions(CLI::App& app, Action* action);  // hidden, likewise

// MakeApp: the whole command line, ready to parse.
std::unique_ptr<CLI::App> MakeApp(Action* action);

}  // namespace assay::cli
