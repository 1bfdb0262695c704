#include "engine/claims/scope_set.h"

#include <algorithm>

namespace assay {
namespace {

bool ListHolds(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const std::size_t space = list.find(' ');
    if (list.substr(0, space) == wanted) return true;
    if (space == std::string_view::npos) break;
    list.remove_prefix(space + 1);
  }
  return false;
}

}  // namespace

bool IsScopeToken(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\'; });
}

bool HasScope(const json::Value& scopes, std::string_view wanted, Arena& arena) {
  if (json::IsString(scopes)) return ListHolds(scopes.text, wanted);
  bool found = false;
  json::ForEachItem(scopes, arena, [&](const json::Value& item) {
    found = item.text == wanted;
    return !found;
  });
  return found;
}

}  // namespace assay
