#include "engine/pipeline/trust_snapshot.h"

namespace assay {

TrustSnapshot::TrustSnapshot(std::uint64_t generation, Limits limits, std::vector<IssuerTrust> issuers)
    : generation_(generation), limits_(limits), issuers_(std::move(issuers)) {
  std::vector<std::string_view> names;
  for (const IssuerTrust& issuer : issuers_) {
    const PolicyConfig& config = issuer.policy->config();
    names.push_back(config.issuer);
    algorithms_ = algorithms_ | config.algorithms;
    only_issuer_ |= config.issuer_mode != IssuerMode::kChosenByIss;
    issuer_required_ &= config.issuer_mode != IssuerMode::kUnchecked;
    signature_only_ |= config.signature_only;
  }
  by_name_ = StringIndex(names);
}

}  // namespace assay
