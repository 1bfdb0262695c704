// FolderLock: an OFD write lock (fcntl, F_OFD_SETLK) on one byte of the file `lock`, of mode 0600, in a folder. It ends
// with its holder, however that ends: when the last descriptor of it is closed, a forked child's included. Threads of
// one process exclude each other as processes do.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "engine/base/descriptor.h"
#include "engine/base/result.h"

namespace assay::remote {

class FolderLock {
 public:
  FolderLock() = default;

  // Take: the lock of byte `number`, up to 2^62, in the folder, which `owner` owns; one that is not held when another
  // has it. Fails when there can be no such lock: a file that others may open, one that is no file, no right to write.
  static Result<FolderLock> Take(int folder, uid_t owner, std::uint64_t number);

  // Await: the same, and tries again until `at_most` is over.
  static Result<FolderLock> Await(int folder, uid_t owner, std::uint64_t number, std::chrono::milliseconds at_most);

  bool held() const { return file_.get() >= 0; }

  // IsOf: whether it is held on the file that is in the folder now: after another has taken that one's place, a lock
  // on the former keeps nobody away.
  bool IsOf(int folder) const;

 private:
  Descriptor file_{-1};
};

}  // namespace assay::remote
