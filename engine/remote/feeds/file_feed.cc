#include "engine/remote/feeds/file_feed.h"

#include <chrono>
#include <utility>

#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/revocation_file.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kInterval{500};

}  // namespace

struct FileFeed::Impl {
  Impl(std::shared_ptr<Engine> followed, feeds::Clock given)
      : engine(std::move(followed)),
        clock(given ? std::move(given) : feeds::SystemClock),
        file(engine->config()->revocation.file),
        log(*engine, engine->config()->revocation.file),
        thread(log, [this] {
          log.Note(Poll());
          return kInterval;
        }) {}

  Result<void> Poll() {
    const std::int64_t now = clock();
    const Result<std::optional<std::string>> text = file.ReadIfChanged(now);
    if (!text) return Error{text.error()};
    if (*text) {
      const Result<std::size_t> installed = engine->InstallRevocations(**text, now);
      if (!installed) return Error{engine->config()->revocation.file + ": " + installed.error()};
      file.Installed();
    }
    engine->ConfirmRevocations(RevocationFeed::kFile, now);
    return {};
  }

  const std::shared_ptr<Engine> engine;
  const feeds::Clock clock;
  feeds::RevocationFile file;
  feeds::FeedLog log;
  feeds::FeedThread thread;  // last: it ends before what it uses
};

FileFeed::FileFeed(std::shared_ptr<Engine> engine, std::function<std::int64_t()> clock)
    : impl_(std::make_unique<Impl>(std::move(engine), std::move(clock))) {}

FileFeed::~FileFeed() = default;

void FileFeed::Start() { impl_->thread.Start(); }
void FileFeed::Stop() { impl_->thread.Stop(); }
Result<void> FileFeed::Poll() { return impl_->Poll(); }

}  // namespace assay
