// From an EngineConfig to what is published, for Create() and Reload() alike.
#include <algorithm>
#include <set>

#include "engine/api/engine_impl.h"
#include "engine/api/key_loading.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/config/validate.h"
#include "engine/json/text.h"

namespace assay {
namespace {

std::string IssuerName(const IssuerConfig& issuer, std::size_t index) {
  return issuer.policy.issuer.empty() ? "issuer " + std::to_string(index)
                                      : "issuer " + json::Escaped(issuer.policy.issuer);
}

bool IsOneFile(const KeySource& source) {
  return !source.value.empty() && (source.kind == KeySource::Kind::kFile || source.kind == KeySource::Kind::kPemFile);
}

// An issuer as it is before the change.
struct Before {
  std::size_t index;
  const IssuerConfig& config;
  const IssuerTrust& trust;
  const IssuerState& state;
  SourceGeneration source;
  std::size_t table_share;
};

using AllBefore = std::vector<std::optional<Before>>;

// FindAll: of each issuer of `config`.
AllBefore FindAll(const EngineConfig& config, const EngineState* current, const Kernel& kernel) {
  AllBefore all(config.issuers.size());
  if (current == nullptr) return all;
  const Configured& configured = *current->configured;
  const std::size_t table_share = EngineImpl::BudgetOf(*configured.config, kernel).share();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::optional<std::size_t> index = configured.Find(config.issuers[i].policy.issuer);
    if (!index) continue;
    all[i].emplace(Before{*index, configured.config->issuers[*index], *current->trust[*index], current->issuers[*index],
                          configured.sources[*index], table_share});
  }
  return all;
}

// KeyNamesBefore: the names that the keys have had of whoever was called by one of these names: a key that is revoked
// for an issuer is so in whatever entry that issuer stands by now.
std::vector<jwks::KeyName> KeyNamesBefore(const IssuerNames& names, const std::optional<Before>& before,
                                          const EngineState* current) {
  std::vector<jwks::KeyName> all;
  if (current == nullptr) return all;
  std::set<jwks::KeyName> seen;
  const auto add = [&](const std::vector<jwks::KeyName>& more) {
    for (const jwks::KeyName& name : more) {
      if (seen.insert(name).second) all.push_back(name);
    }
  };
  std::set<std::size_t> entries;
  const auto add_entry = [&](std::size_t index) {
    if (entries.insert(index).second) add(KeyNamesOf(*current->trust[index], current->issuers[index]));
  };
  if (before) add_entry(before->index);
  // Where `iss` is not checked, now or before, anybody's key may be meant.
  const bool was_anybodys = current->trust.size() == 1 && current->trust.front()->policy->names().all().empty();
  if (names.all().empty() || was_anybodys) {
    for (std::size_t i = 0; i < current->trust.size(); ++i) add_entry(i);
    if (current->gone != nullptr) {
      for (const auto& [issuer, list] : *current->gone) add(*list);
    }
    return all;
  }
  std::set<const void*> lists;
  for (const std::string& name : names.all()) {
    if (const std::optional<std::size_t> index = current->configured->Find(name)) add_entry(*index);
    if (current->gone == nullptr) continue;
    const auto gone = current->gone->find(name);
    if (gone != current->gone->end() && lists.insert(gone->second.get()).second) add(*gone->second);
  }
  return all;
}

// Knows: whether a key set remembers all these names.
bool Knows(const jwks::KeySet& keys, const std::vector<jwks::KeyName>& names) {
  const std::vector<jwks::KeyName> list = keys.names();
  const std::set<jwks::KeyName> known(list.begin(), list.end());
  return std::all_of(names.begin(), names.end(), [&](const jwks::KeyName& name) { return known.contains(name); });
}

// `where` stands before messages. The keys that the issuer has from the start: of an inline or file source, or those
// fetched before. A fetched set that the new algorithm list leaves without a usable key is dropped, as it would be
// refused.
Result<void> PrepareKeys(const IssuerConfig& config, const std::optional<Before>& before, const TableBudget& budget,
                         std::size_t others, const std::string& where, PreparedConfiguration::Issuer* issuer) {
  const InstalledKeys* const known = before ? before->state.installed.get() : nullptr;
  InstalledKeys now{config.keys.value, {}, Clock::System().Both()};
  if (IsFetched(config.keys)) {
    if (known == nullptr || before->config.keys != config.keys) return {};
    now = *known;
    issuer->trust.keys_valid_through = ValidThrough(now, config);  // by the new max-stale
    issuer->trust.keys_fetched_at = FetchedAt(now);
  } else if (config.keys.kind != KeySource::Kind::kInline) {
    Result<std::string> file = ReadKeyFiles(config.keys);
    if (!file) return Error{file.error()};
    now.text = std::move(*file);
  }
  // Kept as they are, unless their tables could be larger, or more, or have to be fewer.
  const bool same_tables = before && before->table_share == budget.share() && before->trust.keys != nullptr &&
                           before->state.table_bytes <= budget.total() - std::min(budget.total(), others) &&
                           (budget.total() == 0 || jwks::CountWithoutTable(*before->trust.keys) == 0);
  const std::vector<jwks::KeyName>& names = issuer->key_names_before;
  if (known != nullptr && known->text == now.text && same_tables && Knows(*before->trust.keys, names) &&
      IsPem(before->config.keys) == IsPem(config.keys) &&
      before->config.policy.algorithms == config.policy.algorithms) {
    issuer->table_bytes = before->state.table_bytes;
    now.report = known->report;
    issuer->trust.keys = before->trust.keys;
    issuer->trust.key_generation = before->trust.key_generation;
    issuer->installed = std::make_shared<const InstalledKeys>(std::move(now));
    return {};
  }
  const jwks::KeySet* const previous = before ? before->trust.keys.get() : nullptr;
  const auto claim = [&](std::size_t keys) {
    const jwks::TablePlan plan = budget.Plan(keys, others);
    issuer->table_bytes = plan.bytes();
    return plan;
  };
  Result<LoadedKeys> loaded = LoadKeys(now.text, config.keys, config.policy.algorithms, previous, names, claim);
  if (!loaded) {
    if (IsFetched(config.keys)) return {};
    return Error{where + ": " + loaded.error()};
  }
  if (previous != nullptr && previous->ChoosesLike(*loaded->keys)) {
    issuer->trust.key_generation = before->trust.key_generation;
  }
  issuer->trust.keys = std::move(loaded->keys);
  now.report = std::move(loaded->report);
  issuer->installed = std::make_shared<const InstalledKeys>(std::move(now));
  return {};
}

// Those that have tables come first, so that they keep them.
Result<void> PrepareAllKeys(const EngineConfig& config, const Kernel& kernel, const AllBefore& all_before,
                            std::vector<PreparedConfiguration::Issuer>* issuers) {
  const TableBudget budget = EngineImpl::BudgetOf(config, kernel);
  std::size_t claimed = budget.Reserved() * issuers->size();  // by all; of those to come, what they may count on
  for (const bool has_tables : {true, false}) {
    for (std::size_t i = 0; i < issuers->size(); ++i) {
      const IssuerConfig& issuer = config.issuers[i];
      const std::optional<Before>& before = all_before[i];
      if ((before && before->state.table_bytes > 0) != has_tables) continue;
      const std::string where = IsOneFile(issuer.keys) ? issuer.keys.value : IssuerName(issuer, i);
      PreparedConfiguration::Issuer& prepared = (*issuers)[i];
      const std::size_t others = claimed - budget.Reserved();
      if (const Result<void> keys = PrepareKeys(issuer, before, budget, others, where, &prepared); !keys) return keys;
      claimed = others + (prepared.trust.keys == nullptr ? budget.Reserved() : prepared.table_bytes);
    }
  }
  return {};
}

}  // namespace

Result<PreparedConfiguration> Prepare(EngineConfig config, const Kernel& kernel, const EngineState* current) {
  for (IssuerConfig& issuer : config.issuers) issuer.policy.issuer = EntryName(issuer.policy);
  if (const Result<void> valid = ValidateConfig(config); !valid) return Error{valid.error()};
  const EngineConfig* const former = current != nullptr ? current->configured->config.get() : nullptr;
  if (former != nullptr && former->revocation != config.revocation) {
    return Error{"revocation: cannot be configured otherwise while the engine runs"};
  }
  if (former != nullptr && !config.revocation.file.empty()) {
    // Whoever follows the file installs what it says. But a start with it would be refused.
    if (const Result<void> file = ValidateRevocationFile(config.revocation.file); !file) return Error{file.error()};
  }
  const bool same_limits = former != nullptr && former->limits.token_bytes == config.limits.token_bytes &&
                           former->limits.object_members == config.limits.object_members;
  const AllBefore all_before = FindAll(config, current, kernel);
  PreparedConfiguration next;
  next.issuers.resize(config.issuers.size());
  for (std::size_t i = 0; i < config.issuers.size(); ++i) {
    const IssuerConfig& issuer_config = config.issuers[i];
    PreparedConfiguration::Issuer& issuer = next.issuers[i];
    const std::optional<Before>& before = all_before[i];
    Result<Policy> policy = Policy::Build(issuer_config.policy);
    if (!policy) return Error{IssuerName(issuer_config, i) + ": " + policy.error()};
    if (const Result<void> source = ValidateKeySource(issuer_config); !source) return Error{source.error()};
    issuer.trust.policy = std::make_shared<const Policy>(std::move(*policy));
    issuer.key_names_before = KeyNamesBefore(issuer.trust.policy->names(), before, current);
    issuer.trust.policy_generation = NextGeneration();
    issuer.trust.key_generation = NextGeneration();
    // Under another name its feed is another: it has other files in the key folder, and what the former feed has under
    // way must not be installed beside it.
    const bool same_source = before && before->config.policy.issuer == issuer_config.policy.issuer &&
                             before->config.keys == issuer_config.keys;
    issuer.source = same_source ? before->source : NextGeneration();
    // What tokens asked of another source's keys is not asked of these.
    issuer.trust.signals = same_source ? before->trust.signals : std::make_shared<IssuerSignals>();
    if (before) issuer.former = before->index;
    if (before && same_limits && before->config.policy == issuer_config.policy) {
      issuer.trust.policy_generation = before->trust.policy_generation;
    }
  }
  // Every policy is sound; now for what takes long.
  if (const Result<void> keys = PrepareAllKeys(config, kernel, all_before, &next.issuers); !keys) {
    return Error{keys.error()};
  }
  next.config = std::make_shared<const EngineConfig>(std::move(config));
  return next;
}

}  // namespace assay
