// Prometheus text exposition format, version 0.0.4.
#include <algorithm>
#include <string>

#include "engine/api/engine_impl.h"

namespace assay {
namespace {

void Heading(std::string* out, std::string_view name, std::string_view type, std::string_view help) {
  out->append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  out->append(name).append(" ").append(type).append("\n");
}

std::string Label(std::string_view name, std::string_view value) {
  std::string label = std::string(name) + "=\"";
  for (char c : value) {
    if (c == '\\' || c == '"') label += '\\';
    if (c == '\n') {
      label += "\\n";
    } else {
      label += c;
    }
  }
  return label + "\"";
}

void Sample(std::string* out, std::string_view name, const std::string& labels, std::uint64_t value) {
  out->append(name);
  if (!labels.empty()) out->append("{").append(labels).append("}");
  out->append(" ").append(std::to_string(value)).append("\n");
}

// AppendTokens: `name`, a counter by issuer and reason. `names`: of the rows.
template <typename CountOf>
void AppendTokens(std::string_view name, std::string_view help, const Counters& counters,
                  const std::vector<std::string_view>& names, const CountOf& count_of, std::string* out) {
  Heading(out, name, "counter", help);
  for (std::size_t row = 0; row < counters.rows(); ++row) {
    for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
      const std::uint64_t count = count_of(row, reason);
      if (count == 0) continue;
      Sample(out, name, Label("issuer", names[row]) + "," + Label("reason", ReasonWord(kAllReasons[reason])), count);
    }
  }
}

void AppendBatches(const Counters& counters, std::string* out) {
  Heading(out, "assay_batch_size", "histogram", "Tokens per call.");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBatchSizeBuckets.size(); ++i) {
    total += counters.batches(i);
    Sample(out, "assay_batch_size_bucket", Label("le", std::to_string(kBatchSizeBuckets[i])), total);
  }
  total += counters.batches(kBatchSizeBuckets.size());
  Sample(out, "assay_batch_size_bucket", Label("le", "+Inf"), total);
  std::uint64_t tokens = 0;
  for (std::size_t row = 0; row < counters.rows(); ++row) {
    for (std::size_t reason = 0; reason < kReasonCount; ++reason) tokens += counters.tokens(row, reason);
  }
  Sample(out, "assay_batch_size_sum", "", tokens);
  Sample(out, "assay_batch_size_count", "", total);
}

}  // namespace

std::string Engine::MetricsText() const {
  const EngineImpl& impl = *impl_;
  const EngineState state = impl.Current();
  std::string out;
  {
    const absl::MutexLock lock(&impl.mutex);
    Counters sum(impl.retired_counters.rows());
    sum.Add(impl.retired_counters);
    for (const Counters* counters : impl.live_counters) sum.Add(*counters);
    std::vector<std::string_view> names(sum.rows());
    for (const auto& [name, row] : impl.counter_rows) names[row] = name;
    AppendTokens(
        "assay_tokens_total", "Tokens judged, by issuer and reason.", sum, names,
        [&](std::size_t row, std::size_t reason) { return sum.tokens(row, reason); }, &out);
    AppendTokens(
        "assay_report_only_total", "Of these, tokens refused that their issuer's report mode lets gateways pass.", sum,
        names, [&](std::size_t row, std::size_t reason) { return sum.report_only(row, reason); }, &out);
    AppendBatches(sum, &out);
    Heading(&out, "assay_verdict_cache_hits_total", "counter", "Tokens that were accepted before, and known.");
    Sample(&out, "assay_verdict_cache_hits_total", "", sum.cache_hits());
  }

  const std::chrono::milliseconds now = Clock::System().Now();
  const auto each_issuer = [&](std::string_view name, auto value) {
    for (std::size_t i = 0; i < state.issuers.size(); ++i) {
      if (const std::optional<std::uint64_t> number = value(state.issuers[i])) {
        Sample(&out, name, Label("issuer", state.configured->config->issuers[i].policy.issuer), *number);
      }
    }
  };
  using Number = std::optional<std::uint64_t>;
  Heading(&out, "assay_keys", "gauge", "Usable keys.");
  each_issuer("assay_keys", [](const IssuerState& issuer) -> Number {
    return issuer.installed ? issuer.installed->report.usable : 0;
  });
  std::uint64_t without_table = 0;
  if (impl.kernel.es256 != nullptr) {
    for (const auto& issuer : state.trust) {
      if (issuer->keys != nullptr) without_table += jwks::CountWithoutTable(*issuer->keys);
    }
  }
  Heading(&out, "assay_keys_without_table", "gauge",
          "ES256 keys that are slower, since limits.table_memory_mib has no room for their tables.");
  Sample(&out, "assay_keys_without_table", "", without_table);
  Heading(&out, "assay_key_age_seconds", "gauge", "Seconds since the keys were fetched or confirmed.");
  each_issuer("assay_key_age_seconds", [&](const IssuerState& issuer) -> Number {
    if (!issuer.installed) return std::nullopt;
    const auto age = std::chrono::floor<std::chrono::seconds>(now - issuer.installed->fetched.monotonic);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0));
  });
  Heading(&out, "assay_refresh_failures_total", "counter",
          "Fetches of keys that failed, and key sets that were refused.");
  each_issuer("assay_refresh_failures_total", [](const IssuerState& issuer) -> Number { return issuer.failures; });
  Heading(&out, "assay_report_mode", "gauge", "1 for each issuer whose policy is reported only.");
  for (const IssuerConfig& issuer : state.configured->config->issuers) {
    if (issuer.policy.mode == EnforcementMode::kEnforce) continue;
    Sample(&out, "assay_report_mode", Label("issuer", issuer.policy.issuer), 1);
  }
  Heading(&out, "assay_revocations", "gauge", "Revocations in force.");
  Sample(&out, "assay_revocations", "", impl.revocations.size());
  Heading(&out, "assay_kernel_info", "gauge", "The signature kernel in use.");
  Sample(&out, "assay_kernel_info", Label("name", kernel()), 1);
  return out;
}

}  // namespace assay
