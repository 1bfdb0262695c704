#include "engine/remote/key_store.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/json/writer.h"
#include "engine/remote/folder_lock.h"

namespace assay::remote {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxFileBytes = 7 * kMaxJwkSetBytes;       // escapes make a set longer, six times at most
constexpr std::int64_t kMaxUnixSeconds = std::int64_t{1} << 40;  // arithmetic on what is within does not overflow
constexpr std::int64_t kMaxMilliseconds = kMaxUnixSeconds * 1024;
constexpr milliseconds kAwaitTurn{2000};  // another process has only to write a file meanwhile

Error Failure(const std::string& name, const char* doing) {
  return Error{name + ": cannot be " + doing + ": " + std::strerror(errno)};
}

// HostClock: names the clock that Clock::Now() reads: this start of the machine, and this process's view of its time.
// Empty where the system does not tell.
const std::string& HostClock() {
  static const std::string clock = [] {
    const Result<std::string> boot = ReadWholeFile("/proc/sys/kernel/random/boot_id", 100);
    char view[100];
    const ssize_t size = ::readlink("/proc/self/ns/time", view, sizeof view);
    if (!boot) return std::string();
    return std::string(Trim(*boot, "\n")) + ' ' +
           std::string(view, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }();
  return clock;
}

std::string TextOf(const StoredKeys& keys) {
  std::string text;
  json::Writer writer(&text);
  writer.Begin('{').Member("issuer", keys.issuer).Member("source", keys.source);
  writer.Member("clock", HostClock()).Member("begun_ms", keys.time.begun.monotonic.count());
  writer.Member("ended_ms", keys.time.ended.count()).Member("fetched_at", keys.time.begun.unix_seconds);
  if (keys.max_age) writer.Member("max_age", *keys.max_age);
  // As a string: a set that is no JSON object must not change what the file says.
  writer.Member("jwk_set", keys.jwk_set).End('}');
  return text + '\n';
}

// ByOurClock: fails for what has not begun and ended by `now`.
Result<FetchTime> ByOurClock(std::string_view clock, FetchTime time, Moment now) {
  if (time.ended < time.begun.monotonic) return Error{"ended before it began"};
  if (clock != HostClock() || clock.empty()) {
    const milliseconds taken = time.ended - time.begun.monotonic;
    time.begun.monotonic = now.monotonic - seconds(now.unix_seconds - time.begun.unix_seconds);
    // That clock has stopped, with all fetches that it measured.
    time.ended = std::min(time.begun.monotonic + taken, std::max(now.monotonic, time.begun.monotonic));
  }
  if (time.begun.monotonic > now.monotonic || time.ended > now.monotonic) return Error{"is from the future"};
  time.begun.unix_seconds = std::min(time.begun.unix_seconds, now.unix_seconds);  // that clock may have been set back
  return time;
}

// Read: what `text` says, which must be of this issuer; nothing when it is of another source.
Result<std::optional<StoredKeys>> Read(const std::string& text, std::string_view issuer, std::string_view source,
                                       Moment now) {
  Arena arena;
  json::StrictParser parser(text.size());
  json::Document document;
  const bool whole =
      parser.ParseCopy(text, arena, &document) == json::Status::kOk && document.root.kind == json::Kind::kObject;
  const auto member = [&](const char* name, json::Kind kind) -> const json::Value* {
    const json::Value* const value = whole ? json::Find(document.members, name) : nullptr;
    return value != nullptr && value->kind == kind ? value : nullptr;
  };
  const auto number = [&](const char* name, std::int64_t most) -> std::optional<std::int64_t> {
    const json::Value* const value = member(name, json::Kind::kNumber);
    const auto read = value == nullptr ? std::nullopt : ParseNumber<std::int64_t>(value->raw);
    return read && *read >= 0 && *read <= most ? read : std::nullopt;
  };
  const json::Value* const named = member("issuer", json::Kind::kString);
  const json::Value* const from = member("source", json::Kind::kString);
  const json::Value* const clock = member("clock", json::Kind::kString);
  const json::Value* const set = member("jwk_set", json::Kind::kString);
  if (named == nullptr || from == nullptr || clock == nullptr || set == nullptr || named->text != issuer) {
    return Error{"is not a stored key set of the issuer"};
  }
  if (from->text != source) return std::optional<StoredKeys>();
  const auto begun_ms = number("begun_ms", kMaxMilliseconds);
  const auto ended_ms = number("ended_ms", kMaxMilliseconds);
  const auto fetched_at = number("fetched_at", kMaxUnixSeconds);
  const auto max_age = number("max_age", INT64_MAX);
  const bool has_max_age = json::Find(document.members, "max_age") != nullptr;
  if (!begun_ms || !ended_ms || !fetched_at || has_max_age != max_age.has_value()) {
    return Error{"says no time that a clock shows"};
  }
  const FetchTime said = {{milliseconds(*begun_ms), *fetched_at}, milliseconds(*ended_ms)};
  const Result<FetchTime> time = ByOurClock(clock->text, said, now);
  if (!time) return Error{time.error()};
  return std::optional<StoredKeys>({std::string(issuer), std::string(source), *time, max_age, std::string(set->text)});
}

}  // namespace

Age AgeOf(const FetchTime& time, std::string_view jwk_set, const FetchTime& other_time,
          std::string_view other_jwk_set) {
  if (jwk_set == other_jwk_set) {
    return time.begun.monotonic > other_time.begun.monotonic ? Age::kNewer : Age::kOlder;
  }
  // Not where both are one millisecond: it may have been either's first.
  if (time.begun.monotonic > other_time.ended) return Age::kNewer;
  return other_time.begun.monotonic > time.ended ? Age::kOlder : Age::kUnclear;
}

std::string HexDigest(std::string_view text) {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest);
  return Hex(digest);
}

std::string KeyStore::FileName(std::string_view issuer, std::string_view source) {
  return HexDigest(HexDigest(issuer) + HexDigest(source)) + ".json";
}

std::uint64_t KeyStore::NumberOf(std::string_view file_name) {
  constexpr std::size_t kDigits = 15;
  return ParseNumber<std::uint64_t>(file_name.substr(0, kDigits), 16).value_or(0);
}

Result<Descriptor> KeyStore::Open() const {
  if (!owner_) return Error{owner_.error()};
  return OpenOwnedFolder(AT_FDCWD, folder_, *owner_);
}

bool KeyStore::is_own() const { return owner_ && *owner_ == ::geteuid(); }

Result<Age> KeyStore::Save(const StoredKeys& keys, const Clock& clock,
                           const std::function<void(int folder)>& replaced) const {
  Result<Descriptor> folder = Open();
  if (!folder) return Error{folder.error()};
  if (!is_own()) return Error{folder_ + ": is another user's, who alone writes there"};
  const std::string name = FileName(keys.issuer, keys.source);
  const Result<FolderLock> lock = FolderLock::Await(folder->get(), *owner_, LockOf(name), kAwaitTurn);
  if (!lock) return Error{lock.error()};
  if (!lock->held()) return Error{name + ": another process is writing it, and does not end"};
  const Result<std::optional<StoredKeys>> there = LoadFrom(folder->get(), keys.issuer, keys.source, clock);
  // What is refused is replaced.
  if (there && there->has_value()) {
    const Age age = AgeOf(keys.time, keys.jwk_set, (*there)->time, (*there)->jwk_set);
    if (age != Age::kNewer) return age;
  }
  struct stat info = {};
  if (::fstat(folder->get(), &info) != 0) return Failure(folder_, "read");
  const mode_t mode = S_IRUSR | S_IWUSR | (info.st_mode & (S_IRGRP | S_IROTH));
  if (Result<void> done = Replace(folder->get(), name, TextOf(keys), mode); !done) return Error{done.error()};
  replaced(folder->get());
  return Age::kNewer;
}

Result<void> KeyStore::Replace(int folder, const std::string& name, std::string_view text, mode_t mode) const {
  const std::string fresh = name + ".new";
  ::unlinkat(folder, fresh.c_str(), 0);  // of a process that was killed meanwhile
  const Result<Descriptor> file = OpenOwnedFile(folder, fresh, O_WRONLY | O_CREAT | O_EXCL, *owner_, S_IRWXG | S_IRWXO);
  if (!file) return Error{file.error()};
  if (WriteAll(file->get(), text) && ::fchmod(file->get(), mode) == 0 && ::fsync(file->get()) == 0 &&
      ::renameat(folder, fresh.c_str(), folder, name.c_str()) == 0) {
    return {};
  }
  const Error failure = Failure(name, "written");
  ::unlinkat(folder, fresh.c_str(), 0);
  return failure;
}

Result<std::optional<StoredKeys>> KeyStore::Load(std::string_view issuer, std::string_view source,
                                                 const Clock& clock) const {
  Result<Descriptor> folder = Open();
  if (!folder) return Error{folder.error()};
  return LoadFrom(folder->get(), issuer, source, clock);
}

Result<std::optional<StoredKeys>> KeyStore::LoadFrom(int folder, std::string_view issuer, std::string_view source,
                                                     const Clock& clock) const {
  const std::string name = FileName(issuer, source);
  const std::string where = folder_ + '/';
  const Result<Descriptor> file = OpenOwnedFile(folder, name, O_RDONLY, *owner_, S_IWGRP | S_IWOTH);
  if (!file) return Error{where + file.error()};
  if (file->get() < 0) return std::optional<StoredKeys>();
  std::string text;
  if (!ReadToEnd(file->get(), kMaxFileBytes, &text)) return Failure(where + name, "read");
  Result<std::optional<StoredKeys>> keys = Read(text, issuer, source, clock.Both());
  if (!keys) return Error{where + name + ": " + keys.error()};
  return keys;
}

}  // namespace assay::remote
