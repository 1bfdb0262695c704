#include "tools/assay/run/policy_text.h"

#include <variant>

#include "engine/json/writer.h"
#include "tools/assay/io/text.h"

namespace assay::cli {

std::string DescribeKeys(const IssuerConfig& issuer) {
  switch (issuer.keys.kind) {
    case KeySource::Kind::kInline:
      return "inline";
    case KeySource::Kind::kFile:
      return "file " + issuer.keys.value;
    case KeySource::Kind::kUrl:
      return "url " + issuer.keys.value;
    case KeySource::Kind::kDiscover:
      return "discovered from the issuer";
    case KeySource::Kind::kPemFile:
      return issuer.keys.pem_files.empty() ? "PEM file " + issuer.keys.value
                                           : Count(issuer.keys.pem_files.size(), "PEM file") + " by kid";
    case KeySource::Kind::kX509Url:
      return "certificates by url " + issuer.keys.value;
  }
  return "";
}

std::string Names(const ClaimPath& claim) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  if (claim.size() == 1) {
    writer.Value(claim.front());
  } else {
    writer.Value(claim);
  }
  return out;
}

std::string Values(const std::vector<std::string>& values) {
  std::string out;
  json::Writer(&out, json::Escapes::kShownString).Value(values);
  return out;
}

std::string DescribeRule(const ClaimRule& rule) {
  const std::string claim = Names(rule.claim);
  switch (rule.op) {
    case ClaimOperator::kExists:
      return claim + " is there";
    case ClaimOperator::kIn:
      return claim + " is one of " + Values(rule.values);
    case ClaimOperator::kHas:
      return claim + " holds one of " + Values(rule.values);
    case ClaimOperator::kWords:
      return claim + " has a word of " + Values(rule.values);
    case ClaimOperator::kPrefix:
      return claim + " begins with one of " + Values(rule.values);
    case ClaimOperator::kIs:
      break;
  }
  if (const auto* const flag = std::get_if<bool>(&rule.is)) return claim + (*flag ? " is true" : " is false");
  if (const auto* const text = std::get_if<std::string>(&rule.is)) return claim + " is " + Names({*text});
  return claim + " is " + std::to_string(std::get<std::int64_t>(rule.is));
}

std::string DescribeForm(ScopeForm form) {
  switch (form) {
    case ScopeForm::kString:
      return "a string";
    case ScopeForm::kArray:
      return "an array";
    case ScopeForm::kEither:
      return "a string or an array";
    case ScopeForm::kKeys:
      return "the names of an object's members";
  }
  return "";
}

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : " ") + item;
  return out;
}

std::vector<std::string> Names(AlgorithmSet algorithms) {
  std::vector<std::string> names;
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (algorithms.Contains(algorithm)) names.emplace_back(AlgorithmName(algorithm));
  }
  return names;
}

}  // namespace assay::cli
