// KeyStore: a folder with the last good key set of each issuer, one file each: for a cold start while the issuer is
// down, and for the processes that share the folder (key_folder.h).
//
// The folder has one owner. It and its files are used only where they are his and no other user may write them; his
// processes alone write there. Which of two sets is the newer goes by this host's monotonic clock, so processes of one
// host may share a folder, and no others.
//
// # Order
// An issuer answers somewhere between a fetch's beginning and its end. So a set is newer than another if its fetch
// began after the other's had ended; of two that overlapped, on a busy machine for seconds, either may have been
// answered first. Sets that differ then replace each other nowhere, in no folder and no process, lest one that is in
// use gives way to an older one: who notices makes them be fetched again, and that fetch is after both.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/clock.h"
#include "engine/base/descriptor.h"
#include "engine/base/result.h"
#include "engine/remote/owned_file.h"

namespace assay::remote {

// HexDigest: the SHA-256 of `text`, in hexadecimal.
std::string HexDigest(std::string_view text);

// FetchTime: of a fetch, by Clock::Now().
struct FetchTime {
  Moment begun;
  std::chrono::milliseconds ended{0};  // the reply was there
};

// Age: of a set beside another.
enum class Age : std::uint8_t { kNewer, kOlder, kUnclear };

// AgeOf: of the set that came with the fetch `time`. Of the same set at another time the later is the newer.
Age AgeOf(const FetchTime& time, std::string_view jwk_set, const FetchTime& other_time, std::string_view other_jwk_set);

struct StoredKeys {
  std::string issuer;
  std::string source;                   // whom it was fetched from, and how: SourceText(); another one does not count
  FetchTime time;                       // the fetch that brought or confirmed the set
  std::optional<std::int64_t> max_age;  // seconds, as that fetch's reply gave it
  std::string jwk_set;                  // as it was fetched
};

class KeyStore {
 public:
  // KeyStore: `folder` must exist. `owner`: a user's name or number; empty: who this process acts for.
  explicit KeyStore(std::string folder, const std::string& owner = "")
      : folder_(std::move(folder)), owner_(UserNamed(owner)) {}

  // FileName: of the file for the keys of this issuer and source: a digest of both.
  static std::string FileName(std::string_view issuer, std::string_view source);

  // NumberOf: 60 bits by which the file of this name is told from others.
  static std::uint64_t NumberOf(std::string_view file_name);

  // LockOf: the number of the lock (folder_lock.h) under which the file of this name is compared and replaced: odd.
  static std::uint64_t LockOf(std::string_view file_name) { return (NumberOf(file_name) << 1) | 1; }

  // Open: the folder, checked. Fails also where the owner is nobody.
  Result<Descriptor> Open() const;

  // is_own: whether the folder is this process's user's, who alone writes to it.
  bool is_own() const;
  const std::string& path() const { return folder_; }
  uid_t owner() const { return owner_ ? *owner_ : uid_t(-1); }

  // Save: replaces the file atomically (temporary file, fsync, rename), under a lock, where this set is newer than the
  // one there; gives the set's age beside that one. The file can be read by whom the folder's mode lets read, and
  // written by its owner alone. What is there is judged by the time at which it is read, under the lock: by one from
  // before, what another process has published meanwhile would be from the future, and be replaced. `replaced` is
  // called once the file is in its place, under the lock, with the folder.
  Result<Age> Save(
      const StoredKeys& keys, const Clock& clock, const std::function<void(int folder)>& replaced = [](int) {}) const;

  // Load: what Save() last wrote for this issuer and source; nothing when there is no such file. Refuses a file that
  // another user owns or others may write, one that is not whole, and one from the future. Its time is by this host's
  // clock, if the file is from before it was started, too. The set itself is for the caller to judge again.
  Result<std::optional<StoredKeys>> Load(std::string_view issuer, std::string_view source, const Clock& clock) const;

 private:
  Result<std::optional<StoredKeys>> LoadFrom(int folder, std::string_view issuer, std::string_view source,
                                             const Clock& clock) const;
  // Replace: writes `name`, with this mode. Under the file's lock.
  Result<void> Replace(int folder, const std::string& name, std::string_view text, mode_t mode) const;

  std::string folder_;
  Result<uid_t> owner_;
};

}  // namespace assay::remote
