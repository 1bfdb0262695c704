#include "tools/assay/io/jwk_input.h"

#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "tools/assay/io/console.h"

namespace assay::cli {

JsonObject::JsonObject(std::string_view text, std::string_view what)
    : arena_(std::make_unique<Arena>(text.size() * 2 + 4096)) {
  json::StrictParser parser(text.size());
  parser.LimitMembers(kMaxObjectMembersCeiling);  // as `limits.object_members` may let a token's objects have
  const json::Status status = parser.ParseCopy(text, *arena_, &document_);
  if (status != json::Status::kOk) {
    throw InputError{std::string(what) + ' ' + json::DescribeDefect(status, document_, kMaxObjectMembersCeiling)};
  }
  if (document_.root.kind != json::Kind::kObject) {
    throw InputError{std::string(what) + " is not a JSON object"};
  }
}

std::optional<std::string_view> JsonObject::String(std::string_view name) const {
  const json::Value* value = Find(name);
  if (value == nullptr || !json::IsString(*value)) return std::nullopt;
  return value->text;
}

std::vector<std::string_view> JsonObject::Items(std::string_view name) const {
  std::vector<std::string_view> items;
  const json::Value* value = Find(name);
  if (value == nullptr || value->kind != json::Kind::kArray) return items;
  json::ForEachItem(*value, *arena_, [&](const json::Value& item) {
    items.push_back(item.raw);
    return true;
  });
  return items;
}

std::vector<JsonObject> ReadJwks(std::string_view text, const std::string& name) {
  std::vector<JsonObject> keys;
  JsonObject whole(text, name);
  if (whole.Find("keys") == nullptr) {
    keys.push_back(std::move(whole));
    return keys;
  }
  for (const std::string_view item : whole.Items("keys")) {
    keys.emplace_back(item, name + ": an item of `keys`");
  }
  if (keys.empty()) throw InputError{name + " holds no key"};
  return keys;
}

std::string Base64urlMember(const JsonObject& jwk, std::string_view name, const std::string& file) {
  const auto encoded = jwk.String(name);
  if (!encoded) throw InputError{file + ": the key has no `" + std::string(name) + '`'};
  std::string bytes(base64url::DecodedSize(encoded->size()), '\0');
  if (base64url::Decode(*encoded, bytes.data()) != base64url::kOk) {
    throw InputError{file + ": `" + std::string(name) + "` of the key is not base64url"};
  }
  return bytes;
}

}  // namespace assay::cli
