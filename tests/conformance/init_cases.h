// InitCase: what `assay config init` is told for a provider, and the tokens that its configuration must tell apart.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/conformance/providers.h"

namespace assay::testing {

struct InitCase {
  std::string_view what;
  std::string_view provider;  // the command's word
  std::vector<std::pair<std::string_view, std::string_view>> answers;
  std::string_view tokens;        // whose documented token and variants, in the table of providers
  std::string_view patch = "{}";  // of the documented claims: a JSON merge patch, where the answers are about others
  std::vector<std::string_view> apart = {};  // variants of the table that go by rules of that entry alone
  std::vector<Variant> more = {};
};

const std::vector<InitCase>& InitCases();

}  // namespace assay::testing
