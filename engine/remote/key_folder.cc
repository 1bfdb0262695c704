#include "engine/remote/key_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assay::remote {
namespace {

constexpr std::chrono::seconds kLookAgainFor{1};

}  // namespace

Result<void> KeyFolder::Open() {
  requests_ = Descriptor(-1);
  Result<Descriptor> folder = store_.Open();
  folder_ = folder ? std::move(*folder) : Descriptor(-1);
  if (folder) return {};
  Release();
  return Error{folder.error()};
}

bool KeyFolder::Watch::Changed(int folder) {
  struct stat info = {};
  if (::fstat(folder, &info) != 0) return false;
  const FileState state = FileStateOf(info);
  const auto now = std::chrono::steady_clock::now();
  if (state != last_) changed_ = now;
  last_ = state;
  return std::exchange(looked_, now) - changed_ < kLookAgainFor;
}

bool KeyFolder::Changed() { return files_.Changed(folder_.get()); }

std::optional<FileState> KeyFolder::StateOf(const std::string& name) const { return StateIn(folder_.get(), name); }

Result<KeyFolder::Role> KeyFolder::TakeRole(std::uint64_t issuers) {
  if (!store_.is_own()) return Role::kWatcher;
  const std::uint64_t wanted = issuers << 1;  // even: KeyStore::LockOf() gives the odd ones
  if (lock_.held() && locked_ == wanted && lock_.IsOf(folder_.get())) return Role::kHolder;
  Release();
  Result<FolderLock> lock = FolderLock::Take(folder_.get(), store_.owner(), wanted);
  if (!lock) return Error{store_.path() + '/' + lock.error()};
  if (!lock->held()) return Role::kWatcher;
  lock_ = std::move(*lock);
  locked_ = wanted;
  return Role::kHolder;
}

Result<bool> KeyFolder::Ask(const std::string& name, const std::optional<FileState>& seen) {
  if (!store_.is_own()) return true;  // only reads
  const Result<FolderLock> lock = FolderLock::Take(folder_.get(), store_.owner(), KeyStore::LockOf(name));
  if (!lock) return Error{store_.path() + '/' + lock.error()};
  if (!lock->held() || StateOf(name) != seen) return false;
  if (::mkdirat(folder_.get(), kRequests, S_IRWXU) != 0 && errno != EEXIST) {
    return Error{std::string(kRequests) + ": cannot be made: " + std::strerror(errno)};
  }
  const Result<Descriptor> requests = OpenRequests(folder_.get());
  if (!requests) return Error{requests.error()};
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor made(::openat(requests->get(), name.c_str(), kNew, S_IRUSR | S_IWUSR));
  if (made.get() < 0 && errno != EEXIST) return Error{name + ": cannot be requested: " + std::strerror(errno)};
  return true;
}

Result<bool> KeyFolder::Requested() {
  if (!StateIn(folder_.get(), kRequests)) return false;  // nobody ever asked
  Result<Descriptor> requests = OpenRequests(folder_.get());
  if (!requests) return Error{store_.path() + '/' + requests.error()};
  requests_ = std::move(*requests);
  return asked_.Changed(requests_.get());
}

bool KeyFolder::TakeRequest(const std::string& name) { return ::unlinkat(requests_.get(), name.c_str(), 0) == 0; }

Result<Age> KeyFolder::Publish(const StoredKeys& keys, const Clock& clock, bool answers) const {
  return store_.Save(keys, clock, [&](int folder) {
    const Result<Descriptor> requests = answers ? OpenRequests(folder) : Descriptor(-1);
    if (requests) ::unlinkat(requests->get(), KeyStore::FileName(keys.issuer, keys.source).c_str(), 0);
  });
}

}  // namespace assay::remote
