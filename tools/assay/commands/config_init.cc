// assay config init: a configuration file for an issuer that many use.
#include <map>

#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/providers/provider.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

struct InitOptions {
  CLI::Option *provider, *list, *jwks, *out;
  std::map<std::string, CLI::Option*, std::less<>> answers;  // by name without dashes
};

// ProviderNames: all of them, in lines of help.
std::string ProviderNames() {
  constexpr std::size_t kWidth = 80, kBefore = 11;
  std::string names;
  std::size_t column = kBefore;
  for (const Provider* provider : AllProviders()) {
    const bool is_full = column + provider->name.size() + 2 > kWidth;
    if (!names.empty()) names += is_full ? ",\n" : ", ";
    column = (is_full ? 0 : column) + provider->name.size() + 2;
    names += provider->name;
  }
  return names;
}

// AddAnswers: an option for each that a provider asks for, with those providers as its help.
void AddAnswers(CLI::App* init, InitOptions* options) {
  std::map<std::string, std::string, std::less<>> askers;
  for (const Provider* provider : AllProviders()) {
    for (const Question& question : provider->questions) {
      if (question.option.empty()) continue;
      std::string& names = askers[std::string(question.option)];
      names += (names.empty() ? "" : ", ") + std::string(provider->name);
    }
  }
  for (const auto& [option, names] : askers) {
    options->answers[option] = AddRepeated(init, "--" + option, "VALUE", "For " + names);
  }
}

Answers ReadAnswers(const InitOptions& options) {
  Answers answers;
  for (const auto& [option, value] : options.answers) {
    if (!Given(value)) continue;
    for (const std::string& text : Texts(value)) answers.Add(option, text);
  }
  if (Given(options.jwks)) answers.key_file = Text(options.jwks);
  return answers;
}

const Provider& Find(const std::string& name) {
  const Result<const Provider*> provider = FindProvider(name);
  if (!provider) throw InputError{provider.error()};
  return **provider;
}

int RunList(const InitOptions& options) {
  std::string out;
  if (Given(options.provider)) {
    out = DescribeProvider(Find(Text(options.provider)));
  } else {
    for (const Provider* provider : AllProviders()) out += DescribeProvider(*provider);
  }
  WriteStdout(out);
  return kExitGood;
}

// RequireGood: what is written is what `assay config check` would say is good, with the same warnings.
void RequireGood(const std::string& text, const std::string& name) {
  const Result<EngineConfig> config = EngineConfig::FromJson(text, name);
  if (!config) throw ConfigDefects{config.error()};
  CreateEngine(*config, name);
  std::vector<std::string> warnings;
  AppendWarnings(*config, &warnings);
  for (const std::string& warning : warnings) Warn(warning);
}

int RunInit(const InitOptions& options) {
  const Answers answers = ReadAnswers(options);
  const bool is_bare = answers.Options().empty() && !Given(options.jwks) && !Given(options.out);
  if (Given(options.list) || (!Given(options.provider) && is_bare)) return RunList(options);
  if (!Given(options.provider)) throw InputError{"PROVIDER is missing; `assay config init --list` names them"};
  if (Given(options.jwks) && answers.key_file.empty()) throw InputError{"--jwks is empty"};
  if (Given(options.out) && Text(options.out).empty()) throw InputError{"--out is empty"};
  const Provider& provider = Find(Text(options.provider));
  if (std::string defects = FindDefects(provider, answers); !defects.empty()) throw ConfigDefects{std::move(defects)};
  const std::string text = WriteConfiguration(provider, answers);
  RequireGood(text, std::string(provider.name));
  if (Given(options.out)) {
    CreateFile(Text(options.out), text, 0644);
  } else {
    WriteStdout(text);
  }
  return kExitGood;
}

}  // namespace

void AddConfigInit(CLI::App& config, Action* action) {
  CLI::App* init = config.add_subcommand("init", "Make a configuration file for an issuer that many use");
  init->footer("Providers: " + ProviderNames() +
               ".\nThe file goes to standard output unless --out is given; its members `about` say why\n"
               "each member is as it is. Nothing is asked of the provider: `assay verify --config FILE`\n"
               "fetches its keys.");
  InitOptions options;
  options.provider = AddValue(init, "PROVIDER", "", "Whose tokens; without it, the list of providers");
  options.list = AddFlag(init, "--list", "List the providers, or the one that is named, with what each asks for");
  AddAnswers(init, &options);
  options.jwks = AddValue(init, "--jwks", "FILE", "JWK Set to verify with in place of the provider's keys: to try it");
  options.out = AddValue(init, "--out", "FILE", "Write to FILE; an existing file is never overwritten");
  init->callback([=] { *action = [=] { return RunInit(options); }; });
}

}  // namespace assay::cli
