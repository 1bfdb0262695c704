#include "engine/config/key_source_file.h"

#include <string>
#include <string_view>

#include "engine/base/url.h"
#include "engine/config/key_transport.h"
#include "engine/config/member_names.h"
#include "engine/policy/issuer_names.h"

namespace assay {
namespace {

using Object = ConfigReader::Object;

constexpr std::string_view kUrlRule = "must be an https: URL (or http: to this machine) without a user name: ";

// ReadSetting: a string that may be empty, which says "none".
void ReadSetting(ConfigReader& reader, const Object& keys, std::string_view name, std::optional<std::string>* setting) {
  const json::Value* const value = keys.Find(name);
  if (value == nullptr) return;
  std::string text;
  const bool is_none = value->kind == json::Kind::kString && value->text.empty();
  if (is_none || reader.String(keys, name, &text)) *setting = std::move(text);
}

void ReadTransport(ConfigReader& reader, const Object& keys, KeyTransport* transport) {
  reader.String(keys, "ca_file", &transport->ca_file);
  reader.Boolean(keys, "system_ca", &transport->system_ca);
  reader.String(keys, "bearer_token_file", &transport->bearer_token_file);
  ReadSetting(reader, keys, "proxy", &transport->proxy);
  ReadSetting(reader, keys, "no_proxy", &transport->no_proxy);
  reader.Boolean(keys, "plain_http_is_dangerous", &transport->plain_http_is_dangerous);
  reader.Boolean(keys, "private_addresses", &transport->private_addresses);
}

void ReadDiscover(ConfigReader& reader, const Object& keys, IssuerConfig* config) {
  const json::Value& discover = *keys.Find("discover");
  const std::string pointer = ConfigReader::Pointer(keys, "discover");
  config->keys.kind = KeySource::Kind::kDiscover;
  if (discover.kind != json::Kind::kTrue) {
    reader.Refuse(discover, pointer, "must be true");
  } else if (EntryName(config->policy).empty()) {
    return;  // a defect of its own
  } else if (const Result<Url> url = SourceUrl(*config, "the issuer " + std::string(kUrlRule)); !url) {
    reader.Refuse(discover, pointer, "cannot work: " + url.error());
  }
}

// ReadPemFiles: a path, or an object of kids and paths.
void ReadPemFiles(ConfigReader& reader, const Object& keys, KeySource* source) {
  if (keys.Find("pem_file")->kind != json::Kind::kObject) {
    reader.String(keys, "pem_file", &source->value);
    return;
  }
  Object files;
  if (!reader.Child(keys, "pem_file", &files)) return;
  if (files.members.empty()) reader.Refuse(files.value, files.pointer, "must hold at least one key");
  for (const json::Member& member : files.members) {
    std::string path;
    if (reader.String(files, member.name, &path)) source->pem_files.emplace(member.name, std::move(path));
  }
}

// AdviceFor: of what metadata calls the URL.
std::string_view AdviceFor(std::string_view name) {
  const bool is_url = name == "jwks_uri" || name == "jwks_url" || name == "uri" || name == "URL";
  return is_url ? "the URL of a JWK Set is `url`" : std::string_view();
}

// CheckUrl: of a source whose transport has been read.
void CheckUrl(ConfigReader& reader, const Object& keys, std::string_view name, const IssuerConfig& issuer) {
  const Result<Url> url = SourceUrl(issuer, kUrlRule);
  if (!url) reader.Refuse(*keys.Find(name), ConfigReader::Pointer(keys, name), url.error());
  const std::string_view text = keys.Find(name)->text;
  // Some issuers have their keys below it.
  if (text.substr(0, text.find_first_of("?#")).ends_with("/.well-known/openid-configuration")) {
    reader.Warn(*keys.Find(name), ConfigReader::Pointer(keys, name),
                "is the address of metadata and not of keys, which `discover` finds by it");
  }
}

}  // namespace

void ReadKeySource(ConfigReader& reader, const Object& issuer, IssuerConfig* config) {
  Object keys;
  if (!reader.Required(issuer, "keys") || !reader.Child(issuer, "keys", &keys)) return;
  reader.RefuseUnknown(keys, kKeysMembers, AdviceFor);
  int sources = 0;
  for (const std::string_view name : {"discover", "url", "file", "inline", "pem_file", "x509_url"}) {
    sources += keys.Find(name) != nullptr ? 1 : 0;
  }
  if (sources != 1) {
    reader.Refuse(keys.value, keys.pointer, "must have exactly one of discover, url, file, inline, pem_file, x509_url");
    return;
  }
  KeySource* const source = &config->keys;
  ReadTransport(reader, keys, &source->transport);
  if (keys.Find("discover") != nullptr) {
    ReadDiscover(reader, keys, config);
  } else if (reader.String(keys, "url", &source->value)) {
    source->kind = KeySource::Kind::kUrl;
    CheckUrl(reader, keys, "url", *config);
  } else if (reader.String(keys, "x509_url", &source->value)) {
    source->kind = KeySource::Kind::kX509Url;
    CheckUrl(reader, keys, "x509_url", *config);
  } else if (keys.Find("pem_file") != nullptr) {
    source->kind = KeySource::Kind::kPemFile;
    ReadPemFiles(reader, keys, source);
  } else if (reader.String(keys, "file", &source->value)) {
    source->kind = KeySource::Kind::kFile;
  } else if (Object set; reader.Child(keys, "inline", &set)) {
    source->kind = KeySource::Kind::kInline;
    source->value = set.value.raw;
  } else {
    return;  // of no kind: what contradicts it cannot be told
  }
  for (const MemberDefect& defect : FindTransportDefects(*config)) {
    reader.Refuse(*keys.Find(defect.member), ConfigReader::Pointer(keys, defect.member), defect.why);
  }
}

}  // namespace assay
