#include "engine/claims/scope_set.h"

namespace assay {
namespace {

// IsGranted: whether a member of the form kKeys counts: {"admin": false} grants nothing.
bool IsGranted(const json::Value& value, const std::vector<std::string>& granted_by, Arena& arena) {
  if (value.kind == json::Kind::kTrue) return granted_by.empty();
  if (value.kind != json::Kind::kObject) return false;
  bool granted = false;
  json::ForEachMember(value, arena, [&](const json::Member& member) {
    granted = granted_by.empty() || std::find(granted_by.begin(), granted_by.end(), member.name) != granted_by.end();
    return !granted;
  });
  return granted;
}

// JoinNames: the names that count, as one string separated by spaces. A name that is no scope-token is left out: split
// at its spaces it would be several.
const json::Value* JoinNames(const json::Value& object, const std::vector<std::string>& granted_by, Arena& arena) {
  char* const raw = arena.Allocate<char>(object.raw.size() + 1);  // each name has quotes and a colon around it
  char* end = raw;
  *end++ = '"';
  json::ForEachMember(object, arena, [&](const json::Member& member) {
    if (!IsScopeToken(member.name) || !IsGranted(member.value, granted_by, arena)) return true;
    if (end != raw + 1) *end++ = ' ';
    end = std::copy(member.name.begin(), member.name.end(), end);
    return true;
  });
  *end++ = '"';
  const std::string_view spelled(raw, static_cast<std::size_t>(end - raw));
  auto* const value = std::construct_at(arena.Allocate<json::Value>(1));
  *value = {json::Kind::kString, 0, spelled, spelled.substr(1, spelled.size() - 2)};
  return value;
}

}  // namespace

bool IsScopeToken(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\'; });
}

bool FindScopes(const ScopeSource& source, const ClaimReader& claims, const json::Value** scopes) {
  *scopes = claims.Find(source.claim);
  if (*scopes == nullptr) return true;
  const bool may_be_string = source.form == ScopeForm::kString || source.form == ScopeForm::kEither;
  if (json::IsString(**scopes)) return may_be_string;
  if (source.form == ScopeForm::kKeys) {
    if ((*scopes)->kind != json::Kind::kObject) return false;
    *scopes = JoinNames(**scopes, source.granted_by, claims.arena());
    return true;
  }
  return source.form != ScopeForm::kString && claims.IsArrayOfStrings(**scopes);
}

bool HasScope(const json::Value& scopes, std::string_view wanted, Arena& arena) {
  bool found = false;
  ForEachScope(scopes, arena, [&](std::string_view scope) {
    found = scope == wanted;
    return !found;
  });
  return found;
}

}  // namespace assay
