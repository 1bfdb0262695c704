// JSON objects given to the command: keys, key sets, claims. Read by the engine's own strict
// parser.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/json/strict.h"

namespace assay::cli {

// JsonObject: one JSON object; owns its text.
class JsonObject {
 public:
  // JsonObject: throws InputError `WHAT is not a JSON object` when `text` is none.
  JsonObject(std::string_view text, std::string_view what);

  std::span<const json::Member> members() const { return document_.members; }
  std::string_view raw() const { return document_.root.raw; }
  const json::Value* Find(std::string_view name) const { return json::Find(document_.members, name); }
  // Has: whether there is a member `name` that is not null, which a JWK may say for absence.
  bool Has(std::string_view name) const {
    const json::Value* const value = Find(name);
    return value != nullptr && value->kind != json::Kind::kNull;
  }
  // String: the string member `name`, if there is one.
  std::optional<std::string_view> String(std::string_view name) const;
  // Items: the items of the array member `name`, as JSON text. Empty when it is no array.
  std::vector<std::string_view> Items(std::string_view name) const;

 private:
  std::unique_ptr<Arena> arena_;
  json::Document document_;
};

// ReadJwks: the JWKs of `text`: one JWK, or the members of a JWK Set. Throws InputError.
std::vector<JsonObject> ReadJwks(std::string_view text, const std::string& name);

// Base64urlMember: the bytes of the base64url member `name`. Throws InputError when it is absent or malformed.
std::string Base64urlMember(const JsonObject& jwk, std::string_view name, const std::string& file);

}  // namespace assay::cli
