// KeyFolder: a key store that several processes of one user share, so that one of them fetches for all.
//
//   keys/lock        who holds the lock of a set of issuers fetches their keys (folder_lock.h)
//   keys/HEX.json    what was fetched last for an issuer and source (key_store.h), published by rename
//   keys/requests/   an empty file HEX.json: a process that does not fetch has met a kid that is not in keys/HEX.json
//
// # Roles
// Processes with the same issuers, fetched in the same way, want the same lock. One has it and fetches: it is theirs.
// The others look into the folder at each poll, and load what is new. The lock ends with its holder, and the next that
// polls takes it. A process of another user than the folder's owner only reads. Where the folder cannot be used, or is
// refused since another user could write there, a process fetches for itself. Whatever else lies in the folder is never
// opened: names are looked for, not listed.
//
// # Order
// A set gives way only to one that is surely newer (key_store.h). Of two that may be either, who has noticed asks for a
// third, as for an unknown kid.
//
// # Requests
// A request and a published set take turns, by the lock under which files are replaced. Who asks has seen what is
// there, else he looks again instead; who publishes takes away the request of those that have not seen it yet. So a
// request is for what is newer than all that was published, and a rotation costs one fetch however many processes
// notice it.
//
// # Limits
// Processes of one host (key_store.h), in one PID and network namespace or not. A child that the host forks while it
// fetches inherits the lock, and keeps it after its parent's death without fetching: then the others fetch once a
// refresh is overdue (refresh_schedule.h).
//
// # Threads
// store() and Publish() are for all threads; everything else for the one that schedules.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/descriptor.h"
#include "engine/base/file.h"
#include "engine/remote/folder_lock.h"
#include "engine/remote/key_store.h"

namespace assay::remote {

class KeyFolder {
 public:
  enum class Role : std::uint8_t {
    kAlone,    // there is no folder to share: fetches, for itself
    kWatcher,  // loads what another process fetches
    kHolder,   // fetches for all
  };

  KeyFolder(std::string path, const std::string& owner) : store_(std::move(path), owner) {}

  const KeyStore& store() const { return store_; }

  // Open: opens the folder anew, and checks it. To be called before each of the following, which see it as it was then.
  Result<void> Open();

  // Changed: whether a file may have been published since the last call.
  bool Changed();

  // StateOf: of a file in the folder; nothing when there is none.
  std::optional<FileState> StateOf(const std::string& name) const;

  // TakeRole: this process's, for a set of issuers that is known by this number, up to 2^61. Takes the lock if it is
  // free, keeps it if it is held, and gives that of another set back.
  Result<Role> TakeRole(std::uint64_t issuers);

  // Release: gives the lock back.
  void Release() { lock_ = FolderLock(); }

  // Ask: leaves a request for the issuer with this file, if `seen` is what it is now. False where it is not, or is
  // being replaced: what is published comes first.
  Result<bool> Ask(const std::string& name, const std::optional<FileState>& seen);

  // Requested: whether requests may have come since the last call. Fails when other users could have made them.
  Result<bool> Requested();

  // TakeRequest: takes a request for the issuer with this file away; whether there was one. After Requested().
  bool TakeRequest(const std::string& name);

  // Publish: KeyStore::Save(); a set that `answers` takes the request for it away.
  Result<Age> Publish(const StoredKeys& keys, const Clock& clock, bool answers) const;

 private:
  static constexpr char kRequests[] = "requests";

  // Watch: notices that names came into a folder. What comes within one tick of the file system's clock bears one time,
  // so that nothing is taken for unchanged until it was looked at some time after a change, however rarely that is.
  class Watch {
   public:
    bool Changed(int folder);

   private:
    FileState last_;
    std::chrono::steady_clock::time_point changed_{}, looked_{};
  };

  Result<Descriptor> OpenRequests(int folder) const { return OpenOwnedFolder(folder, kRequests, store_.owner()); }

  const KeyStore store_;
  Descriptor folder_{-1}, requests_{-1};
  Watch files_, asked_;
  FolderLock lock_;
  std::uint64_t locked_ = 0;  // the number of lock_
};

}  // namespace assay::remote
