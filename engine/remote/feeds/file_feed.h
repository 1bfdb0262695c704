// FileFeed: keeps an engine's revocations as its configuration's file has them.
//
//   auto engine = assay::Engine::Create(std::move(config));   // has read the file once
//   assay::FileFeed feed(*engine);
//   feed.Start();                                              // looks every half second
//
// The file is one revocation a line. It is to be replaced by rename, so that no reader sees half of it; what
// a new file leaves out is no longer revoked. A file that cannot be read, that changes while it is read, or with
// a defect in any line, changes nothing: what was read before stays in force, the log says why, and with
// max_stale_seconds tokens get `revocation_unavailable` after that time.
#pragma once

#include <chrono>
#include <memory>

#include "engine/api/engine.h"
#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/revocation_file.h"

namespace assay {

class FileFeed {
 public:
  // Requires an engine whose configuration names a revocation file.
  explicit FileFeed(std::shared_ptr<Engine> engine, feeds::Clock clock = feeds::SystemClock);

  void Start() { thread_.Start(); }
  void Stop() { thread_.Stop(); }

  // Looks once: installs what changed, and confirms. What the thread does; for hosts with a loop of their own.
  Result<void> Poll();

 private:
  static constexpr std::chrono::milliseconds kInterval{500};

  const std::shared_ptr<Engine> engine_;
  const feeds::Clock clock_;
  feeds::RevocationFile file_;
  feeds::FeedLog log_;
  feeds::FeedThread thread_;  // last: it ends before what it uses
};

}  // namespace assay
