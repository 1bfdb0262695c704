// FileFeed: keeps an engine's revocations as its configuration's file has them.
//
//   auto engine = assay::Engine::Create(std::move(config));   // has read the file once
//   assay::FileFeed feed(*engine);
//   feed.Start();                                              // looks at once, and then every half second
//
// The file is one revocation a line. It is to be replaced by rename, so that no reader sees half of it; what
// a new file leaves out is no longer revoked. A file that cannot be read, that changes while it is read, that
// was written anew in place (as when it is truncated), or with a defect in any line, changes nothing: what
// was read before stays in force, the log says why, and with max_stale_seconds tokens get
// `revocation_unavailable` after that time; without, if the feed's first look fails: what the engine has read may be
// of another process, long ago.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/api/engine.h"
#include "engine/base/export.h"

namespace assay {

class ASSAY_EXPORT FileFeed {
 public:
  // FileFeed: requires an engine whose configuration names a revocation file. `clock` gives seconds since the epoch; an
  // empty one is the system's.
  explicit FileFeed(const std::shared_ptr<Engine>& engine, std::function<std::int64_t()> clock = {});
  ~FileFeed();  // stops
  FileFeed(const FileFeed&) = delete;
  FileFeed& operator=(const FileFeed&) = delete;

  void Start();
  void Stop();

  // Poll: looks once: installs what changed, and confirms. What the thread does; for hosts with a loop of their own.
  Result<void> Poll();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay
