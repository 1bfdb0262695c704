#include "engine/pipeline/trust_snapshot.h"

namespace assay {

IssuerDirectory::IssuerDirectory(Limits limits, const std::vector<std::shared_ptr<const Policy>>& policies)
    : limits_(limits) {
  std::vector<StringIndex::Entry> names, trust_domains;
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const IssuerNames& issuer = policies[i]->names();
    const PolicyConfig& config = policies[i]->config();
    for (const std::string& name : issuer.all())
      (issuer.by_trust_domain() ? trust_domains : names).emplace_back(name, i);
    Kind& kind = issuer.by_trust_domain() ? trust_domains_ : named_;
    if (kind.count++ == 0) kind.first = static_cast<int>(i);
    entries.push_back(EntryName(config));
    algorithms_ = algorithms_ | config.algorithms;
    only_issuer_ |= config.issuer_mode != IssuerMode::kChosenByIss;
    issuer_required_ &= config.issuer_mode != IssuerMode::kUnchecked;
    signature_only_ |= config.signature_only;
  }
  by_name_ = StringIndex(names);
  by_trust_domain_ = StringIndex(trust_domains);
  by_entry_ = StringIndex(std::vector<std::string_view>(entries.begin(), entries.end()));
}

TrustSnapshot::TrustSnapshot(std::shared_ptr<const IssuerDirectory> directory, Issuers issuers)
    : directory_(std::move(directory)), issuers_(std::move(issuers)) {
  keys_.reserve(issuers_.size());
  for (const std::shared_ptr<const IssuerTrust>& issuer : issuers_) keys_.push_back(issuer->keys.get());
}

}  // namespace assay
