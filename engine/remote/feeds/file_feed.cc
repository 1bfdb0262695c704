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
  Impl(const std::shared_ptr<Engine>& engine, feeds::Clock given)
      : path(engine->config()->revocation.file),
        clock(given ? std::move(given) : feeds::SystemClock),
        file(path),
        feed(engine, RevocationSource::kFile),
        log(feed, path),
        thread(log, [this](const std::stop_token&) {
          log.Note(Poll());
          return kInterval;
        }) {}

  // What the engine has read itself is of no known age: before a fork, or under another user.
  Result<void> Poll() {
    Result<void> looked = Look();
    if (!looked && !has_looked) feed.Doubt();
    if (!looked) feed.Lapse();
    has_looked = has_looked || looked.ok();
    return looked;
  }

  // StartWithLook: tokens that are judged from now on are judged by what the file says now.
  void StartWithLook() noexcept {
    if (thread.is_started()) return;
    try {
      if (!has_looked) log.Note(Poll());
    } catch (...) {  // out of memory: the thread tries again
      feed.Doubt();
    }
    thread.Start();
  }

  Result<void> Look() {
    const std::int64_t now = clock();
    if (clock_watch.WentBack(now)) file.ReadAnew();
    const Result<std::optional<std::string>> text = file.ReadIfChanged(now);
    if (!text) return Error{text.error()};
    if (*text) {
      const Result<std::size_t> installed = feed.Replace(**text, now);
      if (!installed) return Error{path + ": " + installed.error()};
      file.Installed();
    }
    feed.Confirm(now);
    return {};
  }

  bool has_looked = false;
  feeds::ClockWatch clock_watch;
  const std::string path;
  const feeds::Clock clock;
  feeds::RevocationFile file;
  RevocationFeed feed;
  feeds::FeedLog log;
  feeds::FeedThread thread;  // last: it ends before what it uses
};

FileFeed::FileFeed(const std::shared_ptr<Engine>& engine, std::function<std::int64_t()> clock)
    : impl_(std::make_unique<Impl>(engine, std::move(clock))) {}

FileFeed::~FileFeed() = default;

void FileFeed::Start() { impl_->StartWithLook(); }
void FileFeed::Stop() { impl_->thread.Stop(); }
Result<void> FileFeed::Poll() { return impl_->Poll(); }

}  // namespace assay
