// assay watch: follows issuers as a gateway does, and says what becomes of their keys.
#include <poll.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <map>
#include <mutex>

#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/signal_pipe.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

constexpr char kFooter[] =
    "Plain lines: the time, `status` or an event, and fields. A status line for each issuer after\n"
    "every fetch, and every --interval; ages and times are in seconds. Ends with SIGINT; with\n"
    "--once after the first fetches: exit status 0 when every issuer has keys, 1 when not.\n"
    "Of the processes that share a --key-folder one fetches for all; a status line says\n"
    "`follows` where another does, `loads` how many key sets came from the folder, and `next` when\n"
    "this process would fetch were the other late.\n"
    "Example:\n"
    "assay watch --issuer https://as.example";

struct WatchOptions {
  explicit WatchOptions(CLI::App* app) : fetch(app) {
    jwks = AddValue(app, "--jwks", "URL", "Follow this JWK Set");
    issuer = AddValue(app, "--issuer", "URL", "Follow the keys that this issuer's metadata names");
    config = AddValue(app, "--config", "FILE", "Follow the issuers of this configuration file");
    once = AddFlag(app, "--once", "End after the first fetches");
    interval = AddValue(app, "--interval", "SECONDS", "Between status lines without news, default 60");
    key_folder = AddValue(app, "--key-folder", "DIR",
                          "Share keys with the processes of this machine that name the same folder, which must exist");
    key_folder_owner = AddValue(app, "--key-folder-owner", "USER",
                                "Whose the folder is, when another user's: it is then only read, default yours")
                           ->needs(key_folder);
    jwks->excludes(issuer)->excludes(config);
    issuer->excludes(config);
  }

  EngineConfig Build() const {
    if (Given(config)) {
      EngineConfig read = ReadConfig(Text(config));
      fetch.Apply(Text(config), &read);
      return read;
    }
    if (!Given(jwks) && !Given(issuer))
      throw InputError{"--jwks, --issuer or --config is required: what is to be followed?"};
    EngineConfig built;
    IssuerConfig& followed = built.issuers.emplace_back();
    followed.policy.any_audience_is_dangerous = true;  // no token is judged
    for (int i = 0; i < kAlgorithmCount; ++i) followed.policy.algorithms.Add(static_cast<Algorithm>(i));
    if (Given(jwks)) {
      followed.keys = {KeySource::Kind::kUrl, Text(jwks)};
      followed.policy.issuer_mode = IssuerMode::kUnchecked;
    } else {
      followed.keys = {KeySource::Kind::kDiscover, ""};
      followed.policy.issuer = Text(issuer);
    }
    fetch.Apply("", &built);
    return built;
  }

  remote::RefresherOptions BuildRefresher() const {
    remote::RefresherOptions built = fetch.Build();
    built.key_folder = Text(key_folder);
    built.key_folder_owner = Text(key_folder_owner);
    return built;
  }

  FetchOptions fetch;
  CLI::Option *jwks, *issuer, *config, *once, *interval, *key_folder, *key_folder_owner;
};

std::string TimeNow() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  ::gmtime_r(&now, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text);
  return out;
}

std::string StatusText(const remote::IssuerStatus& status) {
  std::string line = "status";
  if (!status.issuer.empty()) line += " issuer=" + Quoted(status.issuer);
  if (!status.url.empty()) line += " url=" + Quoted(status.url);
  line += " keys=" + std::to_string(status.usable_keys);
  if (status.age) line += " age=" + std::to_string(status.age->count());
  line += " next=" + std::to_string(status.next_fetch.count()) + " fetches=" + std::to_string(status.fetches) +
          " failures=" + std::to_string(status.failures);
  if (status.loads > 0) line += " loads=" + std::to_string(status.loads);
  if (status.follows) line += " follows";
  if (!status.last_error.empty()) line += " error=" + Quoted(status.last_error);
  return line;
}

// Events: come from the refresher's threads and wait here until they are printed.
class Events {
 public:
  void Add(const LogEvent& event) {
    const std::lock_guard lock(mutex_);
    lines_ += TimeNow() + ' ' + EventText(event) + '\n';
  }
  std::string Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, "");
  }

 private:
  std::mutex mutex_;
  std::string lines_;
};

int RunWatch(const WatchOptions& options) {
  const std::chrono::seconds interval(Number(options.interval, 60, 1, 86400));
  EngineConfig config = options.Build();
  const auto events = std::make_shared<Events>();
  config.log = [events](const LogEvent& event) {
    if (event.event != "kernel_chosen") events->Add(event);
  };
  auto engine = Engine::Create(std::move(config));
  if (!engine) throw InputError{engine.error()};
  remote::Refresher refresher(*engine, options.BuildRefresher());
  if (refresher.Status().empty()) throw InputError{"no issuer's keys are fetched: there is nothing to follow"};

  SignalPipe interrupt(SIGINT, SignalPipe::Repeat::kDefaultAction);
  refresher.Start();
  std::map<std::string, std::uint64_t> printed;  // fetches and loads at the last status line, by issuer
  auto next_lines = std::chrono::steady_clock::now() + interval;
  for (;;) {
    const bool all_lines = std::chrono::steady_clock::now() >= next_lines;
    if (all_lines) next_lines += interval;
    // First: what the first fetches say is then among the events that are taken.
    const bool all_fetched = refresher.AwaitFirstFetches(std::chrono::milliseconds(0));
    std::string out = events->Take();
    bool all_good = true;
    for (const remote::IssuerStatus& status : refresher.Status()) {
      all_good = all_good && status.has_keys;
      const std::uint64_t news = status.fetches + status.loads;
      if (std::exchange(printed[status.issuer], news) != news || all_lines) {
        out += TimeNow() + ' ' + StatusText(status) + '\n';
      }
    }
    if (!out.empty()) WriteStdout(out);
    if (Given(options.once) && all_fetched) return all_good ? kExitGood : kExitRejected;
    pollfd wait = {interrupt.fd(), POLLIN, 0};
    (void)::poll(&wait, 1, 100);
    if (SignalPipe::Seen(SIGINT)) EndByInterrupt();
  }
}

}  // namespace

void AddWatch(CLI::App& app, Action* action) {
  CLI::App* watch = app.add_subcommand("watch", "Follow issuers: their keys, ages, refreshes and failures");
  watch->footer(kFooter);
  auto options = std::make_shared<WatchOptions>(watch);
  watch->callback([=] { *action = [=] { return RunWatch(*options); }; });
}

}  // namespace assay::cli
