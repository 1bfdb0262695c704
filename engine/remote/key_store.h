// KeyStore: a disk cache of the last good key set of each issuer, for a cold start while the issuer is down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::remote {

struct StoredKeys {
  std::string issuer;
  std::string source;           // where it was configured to come from; another source does not count
  std::int64_t fetched_at = 0;  // Unix seconds, of the fetch that brought or confirmed the set
  std::string jwk_set;          // as it was fetched
};

class KeyStore {
 public:
  // KeyStore: `folder` must exist. One file for each issuer, named by a digest of its name.
  explicit KeyStore(std::string folder) : folder_(std::move(folder)) {}

  // Save: replaces the issuer's file atomically (temporary file, fsync, rename), readable and writable
  // by this user alone.
  Result<void> Save(const StoredKeys& keys) const;

  // Load: what Save() last wrote for this issuer and source; nothing when there is no such file. Refuses a file that
  // another user owns or others may write, and one that is not whole. The set itself is for the
  // caller to judge again.
  Result<std::optional<StoredKeys>> Load(std::string_view issuer, std::string_view source) const;

  std::string PathFor(std::string_view issuer) const;

 private:
  std::string folder_;
};

}  // namespace assay::remote
