#include "engine/remote/feeds/file_feed.h"

namespace assay {

FileFeed::FileFeed(std::shared_ptr<Engine> engine, feeds::Clock clock)
    : engine_(std::move(engine)),
      clock_(std::move(clock)),
      file_(engine_->config()->revocation.file),
      log_(*engine_, engine_->config()->revocation.file),
      thread_(log_, [this] {
        log_.Note(Poll());
        return kInterval;
      }) {}

Result<void> FileFeed::Poll() {
  const std::int64_t now = clock_();
  const Result<std::optional<std::string>> text = file_.ReadIfChanged(now);
  if (!text) return Error{text.error()};
  if (*text) {
    const Result<std::size_t> installed = engine_->InstallRevocations(**text, now);
    if (!installed) return Error{engine_->config()->revocation.file + ": " + installed.error()};
    file_.Installed();
  }
  engine_->ConfirmRevocations(RevocationFeed::kFile, now);
  return {};
}

}  // namespace assay
