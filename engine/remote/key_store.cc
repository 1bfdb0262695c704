#include "engine/remote/key_store.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/base/arena.h"
#include "engine/base/descriptor.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/json/writer.h"

namespace assay::remote {
namespace {

constexpr std::size_t kMaxFileBytes = 7 * kMaxJwkSetBytes;       // escapes make a set longer, six times at most
constexpr std::int64_t kMaxUnixSeconds = std::int64_t{1} << 40;  // arithmetic on what is within does not overflow

Error Failure(const std::string& path, const char* doing) {
  return Error{path + ": cannot be " + doing + ": " + std::strerror(errno)};
}

}  // namespace

std::string KeyStore::PathFor(std::string_view issuer) const {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(issuer.data()), issuer.size(), digest);
  return folder_ + "/" + Hex(digest) + ".json";
}

// The set is stored as a string: one that is no JSON object must not change what the file says.
Result<void> KeyStore::Save(const StoredKeys& keys) const {
  std::string text;
  json::Writer writer(&text);
  writer.Begin('{').Member("issuer", keys.issuer).Member("source", keys.source);
  writer.Member("fetched_at", keys.fetched_at).Member("jwk_set", keys.jwk_set).End('}');
  text += '\n';
  const std::string path = PathFor(keys.issuer);
  std::string fresh = path + ".XXXXXX";
  const Descriptor file(::mkostemp(fresh.data(), O_CLOEXEC));  // with mode 0600
  if (file.get() < 0) return Failure(path, "written");
  if (WriteAll(file.get(), text) && ::fsync(file.get()) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0) return {};
  const Error failure = Failure(path, "written");
  ::unlink(fresh.c_str());
  return failure;
}

Result<std::optional<StoredKeys>> KeyStore::Load(std::string_view issuer, std::string_view source) const {
  const std::string path = PathFor(issuer);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<StoredKeys>();
    return Failure(path, "opened");
  }
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return Failure(path, "read");
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{path + ": is not this user's own file, or others may write it"};
  }
  std::string text;
  if (!ReadToEnd(file.get(), kMaxFileBytes, &text)) return Failure(path, "read");

  Arena arena;
  json::StrictParser parser(text.size());
  json::Document document;
  const bool whole =
      parser.ParseCopy(text, arena, &document) == json::Status::kOk && document.root.kind == json::Kind::kObject;
  const auto member = [&](const char* name, json::Kind kind) -> const json::Value* {
    const json::Value* const value = whole ? json::Find(document.members, name) : nullptr;
    return value != nullptr && value->kind == kind ? value : nullptr;
  };
  const json::Value* const named = member("issuer", json::Kind::kString);
  const json::Value* const from = member("source", json::Kind::kString);
  const json::Value* const fetched = member("fetched_at", json::Kind::kNumber);
  const json::Value* const set = member("jwk_set", json::Kind::kString);
  if (named == nullptr || from == nullptr || fetched == nullptr || set == nullptr || named->text != issuer) {
    return Error{path + ": is not a stored key set of the issuer"};
  }
  if (from->text != source) return std::optional<StoredKeys>();
  const auto fetched_at = ParseNumber<std::int64_t>(fetched->raw);
  if (!fetched_at || *fetched_at < 0 || *fetched_at > kMaxUnixSeconds) {
    return Error{path + ": fetched_at is no time in Unix seconds"};
  }
  return std::optional<StoredKeys>({std::string(issuer), std::string(source), *fetched_at, std::string(set->text)});
}

}  // namespace assay::remote
