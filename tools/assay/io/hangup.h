// SIGHUP as a request to read the configuration file again.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "engine/api/engine.h"
#include "tools/assay/io/signal_pipe.h"

namespace assay::cli {

class ReloadOnHangup {
 public:
  // ReloadOnHangup: takes over SIGHUP until destroyed: each one has `path` read and given to the engine, on a thread of
  // its own. One line on stderr says that it was done; a file that is refused changes nothing, and the lines say why.
  // One at a time.
  ReloadOnHangup(std::shared_ptr<Engine> engine, std::string path);
  ~ReloadOnHangup();
  ReloadOnHangup(const ReloadOnHangup&) = delete;
  ReloadOnHangup& operator=(const ReloadOnHangup&) = delete;

 private:
  void Serve();
  void Reload();

  const std::shared_ptr<Engine> engine_;
  const std::string path_;
  SignalPipe hangup_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace assay::cli
