#include "engine/pipeline/trust_snapshot.h"

namespace assay {

std::uint64_t NextGeneration() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

IssuerDirectory::IssuerDirectory(Limits limits, std::vector<std::shared_ptr<const Policy>> policies)
    : limits_(limits), policies_(std::move(policies)) {
  std::vector<std::string_view> names;
  for (const std::shared_ptr<const Policy>& policy : policies_) {
    const PolicyConfig& config = policy->config();
    names.push_back(config.issuer);
    algorithms_ = algorithms_ | config.algorithms;
    only_issuer_ |= config.issuer_mode != IssuerMode::kChosenByIss;
    issuer_required_ &= config.issuer_mode != IssuerMode::kUnchecked;
    signature_only_ |= config.signature_only;
  }
  by_name_ = StringIndex(names);
}

}  // namespace assay
