// The options of `assay verify` that say what is checked: they build the same EngineConfig as a
// configuration file does.
#pragma once

#include <optional>

#include "engine/config/config.h"
#include "tools/assay/run/options.h"
#include "tools/assay/run/revocation_feeds.h"

namespace assay::cli {

class PolicyOptions {
 public:
  // PolicyOptions: adds the options to `app`, with their help.
  explicit PolicyOptions(CLI::App* app);

  // Build: the configuration that the options ask for. Throws InputError for values and combinations that cannot be.
  // Appends to `warnings` what a careful operator should be told. `default_audience` (may be empty) is what tokens must
  // be meant for where no option says it.
  EngineConfig Build(std::vector<std::string>* warnings, const std::string& default_audience = "") const;

  // NamesKeys: whether the options say where keys come from.
  bool NamesKeys() const { return Given(jwks_) || Given(discover_) || Given(config_); }

  std::optional<std::int64_t> Now() const;

  // Source: what Engine::Create()'s messages are about: the configuration file, if there is one.
  std::string Source() const { return Text(config_); }

 private:
  EngineConfig FromOptions(std::vector<std::string>* warnings, const std::string& default_audience) const;
  KeySource Keys(AlgorithmSet algorithms) const;
  void ReadChecks(PolicyConfig* policy, std::vector<std::string>* warnings) const;
  ScopeSource Scopes(std::vector<std::string>* warnings) const;
  AudienceFrom AudienceStandIn(std::vector<std::string>* warnings) const;
  AlgorithmSet Algorithms() const;

  CLI::Option *jwks_, *discover_, *issuer_, *audience_, *any_audience_, *alg_, *typ_, *require_scope_, *require_claim_,
      *scope_claim_, *scope_form_, *audience_from_, *accept_confirmation_, *without_kid_, *leeway_, *now_,
      *no_exp_required_, *max_age_, *signature_only_, *revocations_, *config_;
  std::optional<RedisOptions> redis_;
};

// ReadConfig: reads a configuration file. Throws ConfigDefects with one line for each defect, InputError when the file
// cannot be read.
EngineConfig ReadConfig(const std::string& path);

// AppendWarnings: what is allowed in a configuration, and yet a careful operator should be told of.
void AppendWarnings(const EngineConfig& config, std::vector<std::string>* warnings);

// AddKernelOption: adds --kernel to `app`.
CLI::Option* AddKernelOption(CLI::App* app);

// KernelName: what --kernel asks for, for EngineConfig::kernel; empty when it was not given. Throws InputError for a
// kernel that is not in this build, not for this CPU, or fails its self-test.
std::string KernelName(const CLI::Option* option);

}  // namespace assay::cli
