#include "tools/assay/run/engine_setup.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

// Of discovery and keys, and some more for installing them.
constexpr std::chrono::milliseconds kFirstFetches{25'000};

constexpr std::int64_t kKeysDoNotAge = INT32_MAX;  // max_stale_seconds

std::shared_ptr<Engine> Create(EngineConfig config, const std::string& source) {
  auto engine = Engine::Create(std::move(config));
  if (engine) return *engine;
  if (!source.empty()) throw InputError{source + ": " + engine.error()};
  // The options describe one issuer, whose number says nothing.
  constexpr std::string_view kOnly = "issuer 0: ";
  throw InputError{engine.error().substr(engine.error().starts_with(kOnly) ? kOnly.size() : 0)};
}

std::string WhoseKeys(const std::string& issuer) { return issuer.empty() ? "the keys" : "the keys of " + issuer; }

// Missing: what there is to say about each issuer whose keys could not be fetched.
std::vector<std::string> Missing(const remote::Refresher& refresher) {
  std::vector<std::string> lines;
  for (const remote::IssuerStatus& status : refresher.Status()) {
    if (status.has_keys) continue;
    lines.push_back("cannot fetch " + WhoseKeys(status.issuer) + ": " +
                    (status.last_error.empty() ? "no answer in time" : status.last_error));
  }
  return lines;
}

// ReportMissingKeys: warns of each issuer that has none, or throws InputError where that is what `none` says.
void ReportMissingKeys(const Engine& engine, const remote::Refresher& refresher, NoKeys none) {
  const std::vector<std::string> missing = Missing(refresher);
  if (none == NoKeys::kIsAnError && !AnyHasKeys(engine)) {
    std::string all;
    for (const std::string& line : missing) all += (all.empty() ? "" : "; ") + line;
    throw InputError{all};
  }
  for (const std::string& line : missing) Warn(line);
}

// StartFetching: an engine whose refresher has made its first fetches.
RunningEngine StartFetching(EngineConfig config, const std::string& source, const FetchOptions& fetch, NoKeys none) {
  // A first fetch that fails is reported once all have ended; later ones are news.
  const auto started = std::make_shared<std::atomic<bool>>(false);
  config.log = [started](const LogEvent& event) {
    if (event.level == LogLevel::kInfo || (event.level == LogLevel::kError && !*started)) return;
    if (*started || event.event != "refresh_failed") Warn(EventText(event));
  };
  RunningEngine running;
  running.engine = Create(std::move(config), source);
  running.refresher = std::make_unique<remote::Refresher>(running.engine, fetch.Build());
  running.refresher->Start();
  running.refresher->AwaitFirstFetches(kFirstFetches);
  ReportMissingKeys(*running.engine, *running.refresher, none);
  *started = true;
  return running;
}

struct Variable {
  std::string name, value;
};

// Environment: the first of two variables that is set and not empty; empty: neither.
Variable Environment(const char* first, const char* second) {
  for (const char* const name : {first, second}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return {name, value};
  }
  return {};
}

}  // namespace

std::string EventText(const LogEvent& event) {
  std::string line(event.event);
  for (const auto& [name, value] : event.fields) {
    if (value.empty()) continue;  // the issuer, when none is named
    line += ' ';
    line += name;
    line += "=\"" + value + '"';
  }
  if (event.suppressed > 0) line += " suppressed=" + std::to_string(event.suppressed);
  return line;
}

std::shared_ptr<Engine> CreateEngine(EngineConfig config, const std::string& source) {
  config.log = [](const LogEvent& event) {
    // What is an error also comes back as the reason why there is no engine.
    if (event.level == LogLevel::kWarning) Warn(EventText(event));
  };
  return Create(std::move(config), source);
}

FetchOptions::FetchOptions(CLI::App* app) {
  ca_file_ = AddValue(app, "--ca-file", "PEM", "Certificates to trust for fetching keys, instead of the system's")
                 ->group("How keys are fetched");
  add_ca_file_ = AddValue(app, "--add-ca-file", "PEM", "Certificates to trust for fetching keys, besides the system's")
                     ->excludes(ca_file_)
                     ->group("How keys are fetched");
  plain_http_ =
      AddFlag(app, "--plain-http-is-dangerous",
              "Fetch --jwks http://... from a host in a private network, too: whoever is on the way there can "
              "change the keys")
          ->group("How keys are fetched");
  allow_private_ = AddFlag(app, "--allow-private-addresses", "Fetch keys from hosts in a private network, too")
                       ->group("How keys are fetched");
}

void FetchOptions::Apply(const std::string& source, EngineConfig* config) const {
  if (!Given(plain_http_)) return;
  if (!source.empty()) throw InputError{plain_http_->get_name() + ": a file says it by keys.plain_http_is_dangerous"};
  for (IssuerConfig& issuer : config->issuers) issuer.keys.transport.plain_http_is_dangerous = true;
}

remote::RefresherOptions FetchOptions::Build() const {
  remote::RefresherOptions options;
  options.system_ca = Given(add_ca_file_);
  options.ca_file = Text(options.system_ca ? add_ca_file_ : ca_file_);
  const Variable proxy = Environment("https_proxy", "HTTPS_PROXY");
  options.proxy = proxy.value;
  options.proxy_setting = proxy.name;
  options.no_proxy = Environment("no_proxy", "NO_PROXY").value;
  // A host and port alone are an http proxy, as for other programs.
  if (!options.proxy.empty() && options.proxy.find("://") == std::string::npos) options.proxy.insert(0, "http://");
  options.allow_private_addresses = Given(allow_private_);
  return options;
}

bool AnyHasKeys(const Engine& engine) {
  const std::vector<IssuerConfig>& issuers = engine.config()->issuers;
  return std::any_of(issuers.begin(), issuers.end(),
                     [&](const IssuerConfig& issuer) { return engine.Ready(issuer.policy.issuer); });
}

RunningEngine StartEngine(EngineConfig config, const std::string& source, const FetchOptions& fetch, NoKeys none,
                          std::optional<std::int64_t> now) {
  fetch.Apply(source, &config);
  // Another time is for the tokens: with one, keys do not age.
  for (IssuerConfig& issuer : config.issuers) {
    if (now) issuer.refresh.max_stale_seconds = kKeysDoNotAge;
  }
  const bool any_fetched = std::any_of(config.issuers.begin(), config.issuers.end(),
                                       [](const IssuerConfig& issuer) { return IsFetched(issuer.keys); });
  RunningEngine running;
  // A configuration file may name issuers to fetch from when it is read again.
  if (any_fetched || !source.empty()) {
    running = StartFetching(std::move(config), source, fetch, none);
  } else {
    running.engine = CreateEngine(std::move(config), source);
  }
  running.feeds = std::make_unique<RevocationFeeds>(running.engine, now);
  return running;
}

}  // namespace assay::cli
