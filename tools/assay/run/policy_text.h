// What a policy asks, in words.
#pragma once

#include <string>
#include <vector>

#include "engine/config/config.h"

namespace assay::cli {

// DescribeKeys: where an issuer's keys come from.
std::string DescribeKeys(const IssuerConfig& issuer);

// Names: a claim as a configuration names it: a name, or a list of names; the algorithms of a set.
std::string Names(const ClaimPath& claim);
std::vector<std::string> Names(AlgorithmSet algorithms);

// Values: a JSON list. Joined: with spaces between.
std::string Values(const std::vector<std::string>& values);
std::string Joined(const std::vector<std::string>& items);

std::string DescribeRule(const ClaimRule& rule);
std::string DescribeForm(ScopeForm form);

}  // namespace assay::cli
