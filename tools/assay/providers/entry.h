// Entry: one issuer of a configuration file while it is written: each member with the reason for it, which goes into
// the entry's `about`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/claims/claim_path.h"
#include "engine/json/config_reader.h"
#include "engine/json/writer.h"
#include "tools/assay/providers/provider.h"

namespace assay::cli {

class Entry {
 public:
  explicit Entry(const Answers& answers) : answers_(answers) {}

  // Member: a member of the entry. Raw: one whose value is JSON already.
  template <typename T>
  Entry& Member(std::string_view name, const T& value, std::string_view why) {
    std::string json;
    json::Writer(&json).Value(value);
    return Raw(name, std::move(json), why);
  }
  Entry& Raw(std::string_view name, std::string json, std::string_view why);

  // Audiences: the values of `option`.
  Entry& Audiences(std::string_view option, std::string_view why) {
    return Member("audiences", answers_.All(option), why);
  }
  // AudienceFrom: the claim that must be one of `values` in tokens without `aud`.
  Entry& AudienceFrom(std::string_view claim, const std::vector<std::string>& values, std::string_view why);
  // Algorithms: what the provider signs with.
  Entry& Algorithms(const std::vector<std::string_view>& algorithms, std::string_view why = "what its keys are for");
  Entry& Claim(std::string_view member, const ClaimPath& claim, std::string_view why);
  Entry& Leeway(int seconds);

  // Discover, KeysAt, Keys: where the keys are, unless the answers name a file.
  Entry& Discover() { return Keys(R"({"discover":true})", "found from the issuer's own metadata"); }
  Entry& KeysAt(std::string_view url, std::string_view why);
  Entry& Keys(std::string json, std::string_view why);

  // In, Is, Exists: a rule on a claim. `value` is JSON.
  Entry& In(const ClaimPath& claim, const std::vector<std::string>& values, std::string_view why);
  Entry& Is(const ClaimPath& claim, std::string_view value, std::string_view why);
  Entry& Exists(const ClaimPath& claim, std::string_view why);

  // Json: the whole entry.
  std::string Json() const;

 private:
  struct Part {
    std::string_view name;
    std::string json;
    std::string_view why;
  };

  Entry& Rule(const ClaimPath& claim, std::string_view op, std::string_view operand, std::string_view why);

  const Answers& answers_;
  std::vector<Part> parts_;
  std::vector<std::string> rules_;
};

}  // namespace assay::cli
