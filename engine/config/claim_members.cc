#include "engine/config/claim_members.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/config/member_names.h"
#include "engine/policy/validate_policy.h"

namespace assay {
namespace {

using Object = ConfigReader::Object;
using Item = ConfigReader::Item;

constexpr std::pair<std::string_view, ClaimOperator> kOperators[] = {
    {"in", ClaimOperator::kIn},       {"is", ClaimOperator::kIs},         {"has", ClaimOperator::kHas},
    {"words", ClaimOperator::kWords}, {"prefix", ClaimOperator::kPrefix}, {"exists", ClaimOperator::kExists}};

constexpr std::pair<std::string_view, ScopeForm> kForms[] = {{"string", ScopeForm::kString},
                                                             {"array", ScopeForm::kArray},
                                                             {"either", ScopeForm::kEither},
                                                             {"keys", ScopeForm::kKeys}};

// WarnOfName: a plain string is one name, whatever it looks like; a URL with dots is what it seems.
void WarnOfName(ConfigReader& reader, const Item& item) {
  const std::string_view name = item.value.text;
  if (name.find('=') != std::string_view::npos) {
    reader.Warn(item.value, item.pointer, "is one name, not a name and a value: give the value in `claims`");
  } else if (name.find('.') != std::string_view::npos && name.find("://") == std::string_view::npos) {
    reader.Warn(item.value, item.pointer, "is one name with a dot; a claim inside another is a list of names");
  }
}

bool ReadIs(ConfigReader& reader, const Item& item, ClaimRule* rule) {
  const json::Value& value = item.value;
  if (value.kind == json::Kind::kTrue || value.kind == json::Kind::kFalse) {
    rule->is = value.kind == json::Kind::kTrue;
  } else if (json::IsString(value)) {
    rule->is = std::string(value.text);
    WarnOfText(reader, item);
  } else if (const auto number = ParseNumber<std::int64_t>(value.raw);
             number && value.kind == json::Kind::kNumber && value.raw == std::to_string(*number)) {
    rule->is = *number;
  } else {
    reader.Refuse(value, item.pointer, "must be true, false, a string or an integer");
    return false;
  }
  return true;
}

// ReadOperand: what the rule's only operator asks for.
bool ReadOperand(ConfigReader& reader, const Object& object, std::string_view name, ClaimRule* rule) {
  const json::Value& value = *object.Find(name);
  const std::string pointer = ConfigReader::Pointer(object, name);
  switch (rule->op) {
    case ClaimOperator::kExists:
      if (value.kind == json::Kind::kTrue) return true;
      reader.Refuse(value, pointer, "must be true");
      return false;
    case ClaimOperator::kIs:
      return ReadIs(reader, {value, pointer}, rule);
    case ClaimOperator::kPrefix:
      rule->values.resize(1);
      if (!reader.String(object, name, &rule->values.front())) return false;
      WarnOfText(reader, {value, pointer});
      return true;
    default:
      return ReadStrings(reader, object, name, &rule->values);
  }
}

void ReadClaimRule(ConfigReader& reader, const Object& object, std::vector<ClaimRule>* rules) {
  reader.RefuseUnknown(object, kClaimRuleMembers);
  ClaimRule rule;
  bool good = reader.Required(object, "claim") && ReadClaimPath(reader, object, "claim", &rule.claim);
  int operators = 0;
  for (const auto& [name, op] : kOperators) {
    if (object.Find(name) == nullptr) continue;
    rule.op = op;
    if (++operators == 1) good &= ReadOperand(reader, object, name, &rule);
  }
  if (operators != 1) {
    reader.Refuse(object.value, object.pointer, "must have exactly one of in, is, has, words, prefix, exists");
  } else if (const Result<void> valid = good ? ValidateRule(rule) : Result<void>(); !valid) {
    reader.Refuse(object.value, object.pointer, valid.error());
  } else if (good) {
    rules->push_back(std::move(rule));
  }
}

}  // namespace

std::string_view WhyDoubtful(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  const std::size_t angle = text.find('<');
  if (std::any_of(text.begin(), text.end(), IsControl) || Trim(text) != text) {
    return "is compared byte for byte, and has a blank at an end or a control character";
  }
  if (has("*")) return "is compared byte for byte: `*` stands for itself";
  if (angle != std::string_view::npos && text.find('>', angle) != std::string_view::npos) {
    return "is compared byte for byte: what stands in angle brackets is no placeholder";
  }
  if (has("${") || has("$(") || has("{{")) return "is compared byte for byte: no variable is replaced in it";
  return "";
}

std::string_view WhyDoubtfulAudience(std::string_view audience) {
  if (const std::string_view why = WhyDoubtful(audience); !why.empty()) return why;
  return audience.find_first_of(", ") == std::string_view::npos ? "" : "is one audience; each of several stands alone";
}

void WarnOfText(ConfigReader& reader, const Item& item) {
  if (const std::string_view why = WhyDoubtful(item.value.text); !why.empty()) {
    reader.Warn(item.value, item.pointer, why);
  }
}

bool ReadStrings(ConfigReader& reader, const Object& object, std::string_view name, std::vector<std::string>* out) {
  std::vector<Item> items;
  if (!reader.Strings(object, name, &items)) return false;
  for (const Item& item : items) {
    out->emplace_back(item.value.text);
    WarnOfText(reader, item);
  }
  return true;
}

bool ReadClaimPath(ConfigReader& reader, const Item& item, ClaimPath* path) {
  std::vector<Item> names = {item};
  if (item.value.kind == json::Kind::kArray) {
    names.clear();
    if (!reader.List(item, &names)) return false;
    if (names.empty() || names.size() > kMaxClaimPathNames) {
      reader.Refuse(item.value, item.pointer, "must hold 1 to " + std::to_string(kMaxClaimPathNames) + " names");
      return false;
    }
  }
  ClaimPath read;
  for (const Item& name : names) {
    if (!reader.IsText(name.value, name.pointer)) return false;
    read.emplace_back(name.value.text);
  }
  if (json::IsString(item.value)) WarnOfName(reader, item);
  *path = std::move(read);
  return true;
}

bool ReadClaimPath(ConfigReader& reader, const Object& object, std::string_view name, ClaimPath* path) {
  const json::Value* const value = object.Find(name);
  return value != nullptr && ReadClaimPath(reader, Item{*value, ConfigReader::Pointer(object, name)}, path);
}

std::optional<AudienceFrom> ReadAudienceFrom(ConfigReader& reader, const Object& object) {
  reader.RefuseUnknown(object, kAudienceFromMembers);
  AudienceFrom from;
  const bool has_claim = reader.Required(object, "claim") && ReadClaimPath(reader, object, "claim", &from.claim);
  const bool has_values = reader.Required(object, "in") && ReadStrings(reader, object, "in", &from.in);
  return has_claim && has_values ? std::optional(std::move(from)) : std::nullopt;
}

void ReadClaimRules(ConfigReader& reader, const Object& issuer, std::vector<ClaimRule>* rules) {
  std::vector<Item> items;
  if (!reader.Items(issuer, "claims", &items)) return;
  for (const Item& item : items) {
    Object object;
    if (reader.AsObject(item, &object)) ReadClaimRule(reader, object, rules);
  }
}

std::optional<ScopeForm> ParseScopeForm(std::string_view word) {
  const auto known =
      std::find_if(std::begin(kForms), std::end(kForms), [&](const auto& form) { return form.first == word; });
  return known == std::end(kForms) ? std::nullopt : std::optional(known->second);
}

void ReadScopeSource(ConfigReader& reader, const Object& issuer, ScopeSource* source) {
  Object object;
  if (!reader.Child(issuer, "scopes", &object)) return;
  reader.RefuseUnknown(object, kScopesMembers);
  if (reader.Required(object, "claim")) ReadClaimPath(reader, object, "claim", &source->claim);
  ReadStrings(reader, object, "granted_by", &source->granted_by);
  std::string name;
  if (!reader.Required(object, "form") || !reader.String(object, "form", &name)) return;
  if (const auto form = ParseScopeForm(name)) {
    source->form = *form;
  } else {
    reader.Refuse(*object.Find("form"), ConfigReader::Pointer(object, "form"),
                  "must be \"string\", \"array\", \"either\" or \"keys\"");
  }
}

}  // namespace assay
