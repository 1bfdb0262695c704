// Files and folders of one user that no other may write. What is checked is the open descriptor, and so what is then
// read. No symbolic link is followed in the last place of a path, and no FIFO or device is waited for.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "engine/base/descriptor.h"
#include "engine/base/file.h"
#include "engine/base/result.h"

namespace assay::remote {

// UserNamed: the user of this name or number; the one that this process acts for (geteuid) when `name` is empty.
Result<uid_t> UserNamed(const std::string& name);

// OpenOwnedFolder: `path`, from the folder `at` on (AT_FDCWD: as for open), which must be a folder that `owner` owns
// and that no group and no other may write.
Result<Descriptor> OpenOwnedFolder(int at, const std::string& path, uid_t owner);

// OpenOwnedFile: the file `name` in a folder, which must be a regular one that `owner` owns, without any bit of
// `forbidden` in its mode. `flags` as for open; with O_CREAT a new one gets mode 0600. Empty when there is no such
// file.
Result<Descriptor> OpenOwnedFile(int folder, const std::string& name, int flags, uid_t owner, mode_t forbidden);

// StateIn: of what bears this name in a folder, a symbolic link included; nothing when there is no such thing.
std::optional<FileState> StateIn(int folder, const std::string& name);

}  // namespace assay::remote
