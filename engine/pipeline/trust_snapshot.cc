#include "engine/pipeline/trust_snapshot.h"

namespace assay {

IssuerDirectory::IssuerDirectory(Limits limits, const std::vector<std::shared_ptr<const Policy>>& policies)
    : limits_(limits) {
  std::vector<std::string_view> names;
  for (const std::shared_ptr<const Policy>& policy : policies) {
    const PolicyConfig& config = policy->config();
    names.push_back(config.issuer);
    algorithms_ = algorithms_ | config.algorithms;
    only_issuer_ |= config.issuer_mode != IssuerMode::kChosenByIss;
    issuer_required_ &= config.issuer_mode != IssuerMode::kUnchecked;
    signature_only_ |= config.signature_only;
  }
  by_name_ = StringIndex(names);
}

TrustSnapshot::TrustSnapshot(std::shared_ptr<const IssuerDirectory> directory, Issuers issuers)
    : directory_(std::move(directory)), issuers_(std::move(issuers)) {
  keys_.reserve(issuers_.size());
  for (const std::shared_ptr<const IssuerTrust>& issuer : issuers_) keys_.push_back(issuer->keys.get());
}

}  // namespace assay
