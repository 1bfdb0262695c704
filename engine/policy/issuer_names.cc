#include "engine/policy/issuer_names.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/text.h"
#include "engine/json/text.h"

namespace assay {
namespace {

// ReplaceIn: each of `texts` with each of the variable's values in place of its name.
Result<std::vector<std::string>> ReplaceIn(const std::vector<std::string>& texts,
                                           const IssuerTemplate::Variable& variable) {
  const std::string placeholder = "{" + variable.name + "}";
  if (variable.values.empty()) return Error{"issuer: " + placeholder + " has no values"};
  if (texts.size() > kMaxTemplateStrings / variable.values.size()) {
    return Error{"issuer: the template stands for more than " + std::to_string(kMaxTemplateStrings) + " strings"};
  }
  const std::size_t at = texts.front().find(placeholder);
  if (at == std::string::npos) return Error{"issuer: the template does not use " + placeholder};
  std::vector<std::string> replaced;
  replaced.reserve(texts.size() * variable.values.size());
  for (const std::string& text : texts) {
    const std::size_t place = text.find(placeholder);
    for (const std::string& value : variable.values) {
      if (!IsPathWord(value)) {
        return Error{"issuer: a value of " + placeholder +
                     " is empty or holds other than A-Z a-z 0-9 . _ -: " + json::Quoted(value)};
      }
      replaced.push_back(text.substr(0, place) + value + text.substr(place + placeholder.size()));
    }
  }
  return replaced;
}

Result<std::vector<std::string>> Expand(const IssuerTemplate& from) {
  std::vector<std::string> texts = {from.pattern};
  for (const IssuerTemplate::Variable& variable : from.variables) {
    Result<std::vector<std::string>> replaced = ReplaceIn(texts, variable);
    if (!replaced) return replaced;
    texts = std::move(*replaced);
  }
  if (texts.front().find_first_of("{}") != std::string::npos) {
    return Error{"issuer: the template has braces that belong to no variable"};
  }
  return texts;
}

bool IsTrustDomain(std::string_view name) {
  return IsPathWord(name) && name.size() <= 255 && std::none_of(name.begin(), name.end(), IsUpper);
}

// IsSpiffePath: SPIFFE-ID section 2.2: segments of A-Z a-z 0-9 . _ -, none of them empty, `.` or `..`.
bool IsSpiffePath(std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = path.substr(1, path.find('/', 1) - 1);
    if (!IsPathWord(segment) || segment == "." || segment == "..") return false;
    path.remove_prefix(1 + segment.size());
  }
  return true;
}

}  // namespace

std::optional<std::string_view> TrustDomainOf(std::string_view subject) {
  if (!subject.starts_with(kSpiffeScheme)) return std::nullopt;
  const std::size_t slash = subject.find('/', kSpiffeScheme.size());
  if (slash == std::string_view::npos || !IsSpiffePath(subject.substr(slash))) return std::nullopt;
  if (!IsTrustDomain(subject.substr(kSpiffeScheme.size(), slash - kSpiffeScheme.size()))) return std::nullopt;
  return subject.substr(0, slash);
}

std::string EntryName(const PolicyConfig& config) {
  if (!config.issuer.empty()) return config.issuer;
  if (!config.issuer_template.pattern.empty()) return config.issuer_template.pattern;
  return config.subject_trust_domain.empty() ? "" : std::string(kSpiffeScheme) + config.subject_trust_domain;
}

Result<IssuerNames> IssuerNames::Build(const PolicyConfig& config) {
  IssuerNames names;
  if (!config.subject_trust_domain.empty()) {
    if (!IsTrustDomain(config.subject_trust_domain)) {
      return Error{"subject_trust_domain: holds other than a-z 0-9 . _ -, or is too long"};
    }
    names.by_trust_domain_ = true;
    names.all_ = {std::string(kSpiffeScheme) + config.subject_trust_domain};
  } else if (!config.issuer_template.pattern.empty()) {
    Result<std::vector<std::string>> strings = Expand(config.issuer_template);
    if (!strings) return Error{strings.error()};
    names.all_ = std::move(*strings);
    names.one_issuer_ = false;
  } else if (config.issuer_mode != IssuerMode::kUnchecked) {
    names.all_ = {config.issuer};
    names.all_.insert(names.all_.end(), config.issuer_aliases.begin(), config.issuer_aliases.end());
  }
  std::set<std::string_view> known;
  for (const std::string& name : names.all_) {
    if (!known.insert(name).second) return Error{"issuer: a string stands twice: " + json::Quoted(name)};
  }
  names.index_ = StringIndex(std::vector<std::string_view>(names.all_.begin(), names.all_.end()));
  names.is_plain_ = !names.by_trust_domain_ && !names.has_canonical_spelling();
  return names;
}

std::optional<std::string_view> IssuerNames::Name(const Claims& claims) const {
  std::optional<std::string_view> name = claims.issuer();
  if (by_trust_domain_) {
    name = name || !claims.subject() ? std::nullopt : TrustDomainOf(*claims.subject());
  }
  if (!name) return std::nullopt;
  return Has(*name) ? name : std::nullopt;
}

std::string_view IssuerNames::FindCanonical(const Claims& claims) const {
  if (has_canonical_spelling()) return all_.front();
  return by_trust_domain_ ? TrustDomainOf(claims.subject().value_or("")).value_or("") : claims.issuer().value_or("");
}

}  // namespace assay
