// Provider: an issuer that many use: what its configuration must be told, and how that becomes an entry of the
// configuration file. The table behind `assay config init`.
//
// A new one is a row of a table here, its documented tokens in tests/conformance/providers_*.cc, and a row of
// tests/conformance/init_cases.cc, which says what tokens of the same key its configuration must refuse.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "tools/assay/providers/shapes.h"

namespace assay::cli {

// Answers: the values that were given, by option.
class Answers {
 public:
  void Add(std::string_view option, std::string value);

  bool Has(std::string_view option) const { return !All(option).empty(); }
  const std::vector<std::string>& All(std::string_view option) const;
  // One: the first, or `fallback`.
  std::string One(std::string_view option, std::string_view fallback = "") const;
  std::vector<std::string_view> Options() const;

  std::string key_file;  // a JWK Set's, in place of the provider's own; empty: none

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Amount: how many values a question wants.
enum class Amount : std::uint8_t {
  kOne,
  kSeveral,          // one or more
  kOptional,         // none or one
  kOptionalSeveral,  // any number
  kEither,           // any number; of all questions of this kind one needs an answer
};

struct Question {
  std::string_view option;  // without its dashes; empty: no question
  Amount amount = Amount::kOne;
  Shape shape = nullptr;
  std::string_view what;  // what is asked for, and where the provider shows it
};

struct Provider {
  std::string_view name;
  std::string_view title;
  std::string_view page;  // of the provider's documentation, which shows its tokens
  std::array<Question, 5> questions;
  std::string (*write)(const Answers& answers);  // the entry of the configuration, of answers without defects
  // check: what of answers, each of which is good, contradicts the others: options, and what is wrong. Null: nothing.
  std::vector<std::pair<std::string_view, std::string>> (*check)(const Answers& answers) = nullptr;
};

// HostedProviders: identity as a service. CloudProviders: of clouds and large platforms. ServerProviders: servers that
// one runs oneself. WorkloadProviders: identities of machines and of jobs.
std::span<const Provider> HostedProviders();
std::span<const Provider> CloudProviders();
std::span<const Provider> ServerProviders();
std::span<const Provider> WorkloadProviders();

// AllProviders: those, in the order of their names.
std::vector<const Provider*> AllProviders();

// FindProvider: an error names the provider that may be meant.
Result<const Provider*> FindProvider(std::string_view name);

// FindDefects: every answer that is missing, too many, of the wrong shape or not asked for, one a line; empty: none.
std::string FindDefects(const Provider& provider, const Answers& answers);

// DescribeProvider: the provider and what it asks for, for people.
std::string DescribeProvider(const Provider& provider);

// WriteConfiguration: the configuration file, laid out for people. Requires answers without defects.
std::string WriteConfiguration(const Provider& provider, const Answers& answers);

}  // namespace assay::cli
