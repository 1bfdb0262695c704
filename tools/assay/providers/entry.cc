#include "tools/assay/providers/entry.h"

namespace assay::cli {
namespace {

// AppendClaim: a claim as a configuration names it: a name, or a list of names.
void AppendClaim(json::Writer* writer, const ClaimPath& claim) {
  if (claim.size() == 1) {
    writer->Value(claim.front());
  } else {
    writer->Value(claim);
  }
}

}  // namespace

Entry& Entry::Raw(std::string_view name, std::string json, std::string_view why) {
  parts_.push_back({name, std::move(json), why});
  return *this;
}

Entry& Entry::AudienceFrom(std::string_view claim, const std::vector<std::string>& values, std::string_view why) {
  std::string json;
  json::Writer(&json).Begin('{').Member("claim", claim).Member("in", values).End('}');
  return Raw("audience_from", std::move(json), why);
}

Entry& Entry::Algorithms(const std::vector<std::string_view>& algorithms, std::string_view why) {
  return Member("algorithms", algorithms, why);
}

Entry& Entry::Claim(std::string_view member, const ClaimPath& claim, std::string_view why) {
  std::string json;
  json::Writer writer(&json);
  AppendClaim(&writer, claim);
  return Raw(member, std::move(json), why);
}

Entry& Entry::Leeway(int seconds) {
  return Member("leeway_seconds", seconds, "its tokens are valid from the second they are made; clocks differ");
}

Entry& Entry::KeysAt(std::string_view url, std::string_view why) {
  std::string json;
  json::Writer(&json).Begin('{').Member("url", url).End('}');
  return Keys(std::move(json), why);
}

Entry& Entry::Keys(std::string json, std::string_view why) {
  if (answers_.key_file.empty()) return Raw("keys", std::move(json), why);
  std::string file;
  json::Writer(&file).Begin('{').Member("file", answers_.key_file).End('}');
  return Raw("keys", std::move(file), "a file, in place of the provider's own keys");
}

Entry& Entry::In(const ClaimPath& claim, const std::vector<std::string>& values, std::string_view why) {
  std::string json;
  json::Writer(&json).Value(values);
  return Rule(claim, "in", json, why);
}

Entry& Entry::Is(const ClaimPath& claim, std::string_view value, std::string_view why) {
  return Rule(claim, "is", value, why);
}

Entry& Entry::Exists(const ClaimPath& claim, std::string_view why) { return Rule(claim, "exists", "true", why); }

Entry& Entry::Rule(const ClaimPath& claim, std::string_view op, std::string_view operand, std::string_view why) {
  std::string json;
  json::Writer writer(&json);
  writer.Begin('{').Member(ConfigReader::kAbout, why).Name("claim");
  AppendClaim(&writer, claim);
  writer.Name(op).Raw(operand).End('}');
  rules_.push_back(std::move(json));
  return *this;
}

std::string Entry::Json() const {
  std::string json;
  json::Writer writer(&json);
  writer.Begin('{').Name(ConfigReader::kAbout).Begin('{');
  for (const Part& part : parts_) writer.Member(part.name, part.why);
  writer.End('}');
  for (const Part& part : parts_) writer.Name(part.name).Raw(part.json);
  if (!rules_.empty()) {
    writer.Name("claims").Begin('[');
    for (const std::string& rule : rules_) writer.Raw(rule);
    writer.End(']');
  }
  writer.End('}');
  return json;
}

}  // namespace assay::cli
