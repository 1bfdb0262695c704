#include "tools/assay/io/hangup.h"

#include <csignal>

#include "tools/assay/io/console.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {

ReloadOnHangup::ReloadOnHangup(std::shared_ptr<Engine> engine, std::string path)
    : engine_(std::move(engine)), path_(std::move(path)), hangup_(SIGHUP, SignalPipe::Repeat::kTaken) {
  thread_ = std::thread([this] { Serve(); });
}

ReloadOnHangup::~ReloadOnHangup() {
  ending_.store(true);
  hangup_.Wake();
  thread_.join();
}

void ReloadOnHangup::Serve() {
  for (;;) {
    hangup_.WaitAndDrain();
    if (ending_.load()) return;
    Reload();  // once for all that have come until now
  }
}

void ReloadOnHangup::Reload() {
  try {
    const Result<void> done = engine_->Reload(ReadConfig(path_));
    if (done) return WriteStderr("assay: configuration reloaded\n");
    Warn(path_ + ": " + done.error());
  } catch (const ConfigDefects& defects) {
    WriteStderr(defects.lines + "\n");
  } catch (const InputError& error) {
    Warn(error.message);
  }
  WriteStderr("assay: nothing was reloaded; the configuration before stays in force\n");
}

}  // namespace assay::cli
