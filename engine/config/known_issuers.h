// What is known of issuers that many use, by their names: where a configuration that is sound for others is unsafe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/policy_config.h"

namespace assay {

// WhyNoTokenNames: why no token has this `iss`, though metadata is found there: empty where nothing is known against
// it.
std::string_view WhyNoTokenNames(std::string_view issuer);

// WhoseAudience: whose an audience is that tokens of many clients have besides, so that it says nothing of whom they
// are meant for; empty where nothing is known against it.
// `issuer`: the name of the entry.
std::string_view WhoseAudience(std::string_view audience, std::string_view issuer);

class KnownIssuer {
 public:
  // KnownIssuer: of a policy that ValidatePolicy() accepts, which must outlive it.
  explicit KnownIssuer(const PolicyConfig& policy);

  // MissingOwner: for an issuer that gives a token with any audience to whoever asks, the claims of which one must be
  // held against values; empty when one is, and for every other issuer.
  std::string_view MissingOwner() const;

  // GivesToAnyone: whether the issuer is known to give a token to whoever asks, as a trust domain does to each
  // workload, so that only rules tell whose it is.
  bool GivesToAnyone() const;

  // WritesNotBefore: whether the issuer is known to write `nbf` with the time of issue.
  bool WritesNotBefore() const;

 private:
  bool HasName(std::string_view start) const;

  const PolicyConfig& policy_;
  std::vector<std::string> names_;  // by which its tokens name it
};

}  // namespace assay
