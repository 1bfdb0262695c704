#include "engine/mcp/decide/tools_list.h"

#include <array>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/json/writer.h"

namespace assay::mcp {
namespace {

constexpr int kInternalError = -32603;  // JSON-RPC 2.0 section 5.1

// FindExact: false where a member has the name in another case: a client that folds case would take it for that one.
bool FindExact(std::span<const json::Member> members, std::string_view name, const json::Value** value) {
  *value = nullptr;
  for (const json::Member& member : members) {
    if (member.name == name) {
      *value = &member.value;
    } else if (IsMiscased(member.name, name)) {
      return false;
    }
  }
  return true;
}

// NameOf: a tool's name; nothing where it has none, or another member that a client may take for it.
std::optional<std::string_view> NameOf(const json::Value& tool, Arena& arena) {
  std::optional<std::string_view> name;
  if (tool.kind != json::Kind::kObject) return name;
  bool is_miscased = false;
  json::ForEachMember(tool, arena, [&](const json::Member& member) {
    if (member.name == "name" && json::IsString(member.value)) name = member.value.text;
    is_miscased = IsMiscased(member.name, "name");
    return !is_miscased;
  });
  return is_miscased ? std::nullopt : name;
}

}  // namespace

std::string_view ToolsListFilter::Filter(Checker& checker, const Verdict& verdict, std::string_view id,
                                         std::string_view message) {
  out_.clear();
  if (checker.policy().in_report_mode()) return message;
  if (Rewrite(checker, verdict, message)) return out_.empty() ? message : std::string_view(out_);
  out_.clear();
  json::Writer writer(&out_);
  writer.Begin('{').Member("jsonrpc", "2.0").Name("id").Raw(id.empty() ? "null" : id).Name("error").Begin('{');
  writer.Member("code", kInternalError).Member("message", "the list of tools could not be read").End('}').End('}');
  return out_;
}

// Rewrite: false where the message cannot be read.
bool ToolsListFilter::Rewrite(Checker& checker, const Verdict& verdict, std::string_view message) {
  if (message.size() > kMaxMessageBytes) return false;
  arena_.Reset();
  json::Document document;
  constexpr std::array<std::string_view, 1> kPath = {"result"};
  // The parser reads a little beyond the text, which is the server's.
  char* const copy = arena_.Allocate<char>(message.size() + json::StrictParser::kPadding);
  std::fill_n(std::copy(message.begin(), message.end(), copy), json::StrictParser::kPadding, ' ');
  const std::string_view text(copy, message.size());
  if (!parser_) {
    parser_.emplace();
    parser_->LimitMembers(kMaxObjectMembersCeiling);
    parser_->LimitDepth(kMaxJsonDepthCeiling);
  }
  if (parser_->Parse(text, kPath, arena_, &document) != json::Status::kOk) return false;
  const json::Value *result = nullptr, *tools = nullptr;
  if (document.root.kind != json::Kind::kObject || !FindExact(document.members, "result", &result)) return false;
  if (result == nullptr) return true;
  if (!FindExact(document.nested[0], "tools", &tools)) return false;
  if (tools == nullptr) return true;
  if (tools->kind != json::Kind::kArray) return false;

  std::vector<std::string_view> names, texts;
  bool is_whole = true;
  json::ForEachItem(*tools, arena_, [&](const json::Value& tool) {
    const std::optional<std::string_view> name = NameOf(tool, arena_);
    is_whole = name.has_value();
    names.push_back(name.value_or(""));
    texts.push_back(tool.raw);
    return is_whole;
  });
  if (!is_whole) return false;
  const std::span<const Access> access = checker.Permitted(verdict, names);
  if (access.size() != names.size()) return false;
  const char* const begin = tools->raw.data();
  const char* const end = begin + tools->raw.size();
  out_.assign(text.data(), begin);
  json::Writer writer(&out_);
  writer.Begin('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (access[i] == Access::kPermitted) writer.Raw(texts[i]);
  }
  writer.End(']');
  out_.append(end, text.data() + text.size());
  return true;
}

}  // namespace assay::mcp
