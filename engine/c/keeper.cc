// Keeper: the refresher of keys and the feeds of revocations of one engine.
#include <chrono>
#include <utility>

#include "engine/c/handles.h"
#if ASSAY_REMOTE
#include "engine/remote/feeds/file_feed.h"
#include "engine/remote/refresher.h"
#endif
#if ASSAY_REDIS
#include "engine/remote/feeds/redis_feed.h"
#endif

using namespace assay::c;

#if ASSAY_REMOTE

struct assay_keeper {
  assay_keeper(const std::shared_ptr<assay::Engine>& engine, assay::remote::RefresherOptions options)
      : refresher(engine, std::move(options)) {}

  const std::uint64_t process = ThisProcess();
  assay::remote::Refresher refresher;
  std::unique_ptr<assay::FileFeed> file;
#if ASSAY_REDIS
  std::unique_ptr<assay::RedisFeed> redis;
#endif
};

namespace {

// kMaxFetchTimeoutMs: an issuer that never answers must not hold a refresh for longer than keys are good.
constexpr std::uint32_t kMaxFetchTimeoutMs = 300'000;

std::optional<assay::remote::RefresherOptions> ReadOptions(const assay_keeper_options* options) {
  std::optional<assay_keeper_options> given = assay_keeper_options{};
  if (options != nullptr) given = ReadIn(options);
  if (!given || given->system_ca > 1 || given->allow_private_addresses > 1 || given->reserved != 0 ||
      given->fetch_timeout_ms > kMaxFetchTimeoutMs || !IsText(given->ca_file) || !IsText(given->proxy) ||
      !IsText(given->no_proxy) || !IsText(given->key_folder) || !IsText(given->key_folder_owner)) {
    return std::nullopt;
  }
  if (View(given->key_folder).empty() && !View(given->key_folder_owner).empty()) return std::nullopt;
  assay::remote::RefresherOptions read;
  read.ca_file = View(given->ca_file);
  read.proxy = View(given->proxy);
  read.no_proxy = View(given->no_proxy);
  read.key_folder = View(given->key_folder);
  read.key_folder_owner = View(given->key_folder_owner);
  read.system_ca = given->system_ca == 1;
  read.allow_private_addresses = given->allow_private_addresses == 1;
  if (given->fetch_timeout_ms != 0) read.fetch_timeout = std::chrono::milliseconds(given->fetch_timeout_ms);
  return read;
}

// StartFeeds: false, with the error set, where this build cannot follow what is configured.
bool StartFeeds(const std::shared_ptr<assay::Engine>& engine, assay_keeper* keeper, assay_error** error) {
  const auto config = engine->config();
  if (!config->revocation.file.empty()) {
    keeper->file = std::make_unique<assay::FileFeed>(engine);
    keeper->file->Start();
  }
  if (!config->revocation.redis) return true;
#if ASSAY_REDIS
  auto feed = assay::RedisFeed::Make(engine);
  if (!feed) {
    Fail(error, ASSAY_ERROR_REFUSED, feed.error());
    return false;
  }
  keeper->redis = std::move(*feed);
  keeper->redis->Start();
  return true;
#else
  Fail(error, ASSAY_ERROR_UNSUPPORTED, "this build cannot speak to Redis");
  return false;
#endif
}

}  // namespace

#endif

extern "C" {

#if ASSAY_REMOTE

assay_keeper* assay_keeper_start(assay_engine* engine, const assay_keeper_options* options, assay_error** error) {
  return Fenced<assay_keeper*>(error, nullptr, [&]() -> assay_keeper* {
    auto read = ReadOptions(options);
    if (engine == nullptr || !read) {
      Fail(error, ASSAY_ERROR_ARGUMENT, "the engine is NULL, or an option is unknown or out of range");
      return nullptr;
    }
    std::uint64_t nobody = 0;
    if (!engine->kept_in.compare_exchange_strong(nobody, ThisProcess()) && nobody != ThisProcess()) {
      Fail(error, ASSAY_ERROR_FORKED, "a keeper of the parent process keeps this engine");
      return nullptr;
    }
    auto keeper = std::make_unique<assay_keeper>(engine->engine, std::move(*read));
    if (!StartFeeds(engine->engine, keeper.get(), error)) return nullptr;
    keeper->refresher.Start();
    return keeper.release();
  });
}

int32_t assay_keeper_wait(assay_keeper* keeper, uint32_t at_most_ms) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (keeper == nullptr || keeper->process != ThisProcess()) return 0;
    return keeper->refresher.AwaitFirstFetches(std::chrono::milliseconds(at_most_ms)) ? 1 : 0;
  });
}

void assay_keeper_free(assay_keeper* keeper) {
  if (keeper != nullptr && keeper->process == ThisProcess()) delete keeper;
}

#else

assay_keeper* assay_keeper_start(assay_engine*, const assay_keeper_options*, assay_error** error) {
  Fail(error, ASSAY_ERROR_UNSUPPORTED, "this build fetches nothing");
  return nullptr;
}

int32_t assay_keeper_wait(assay_keeper*, uint32_t) { return 0; }

void assay_keeper_free(assay_keeper*) {}

#endif

}  // extern "C"
