#include "engine/remote/issuer_refresh.h"

#include <algorithm>
#include <utility>

#include "engine/remote/discovery.h"
#include "engine/remote/key_request.h"

namespace assay::remote {
namespace {

// Metadata changes rarely; a key set that cannot be had makes it be read again at once.
constexpr std::chrono::hours kRediscoverAfter{1};

}  // namespace

IssuerRefresh::IssuerRefresh(const RefreshContext& context, KeyFeed feed, std::uint64_t seed)
    : context_(context),
      feed_(std::move(feed)),
      schedule_(feed_.issuer().refresh, seed, context.options.clock->Now()),
      url_(feed_.issuer().keys.value) {}

void IssuerRefresh::LoadStored() {
  if (context_.store == nullptr) return;
  Result<std::optional<StoredKeys>> stored = context_.store->Load(name(), SourceText(context_.options, feed_.issuer()));
  if (!stored) return feed_.Log(LogLevel::kWarning, "stored_keys_refused", {{"why", stored.error()}});
  if (!stored->has_value()) return;
  const Moment now = context_.options.clock->Both();
  const std::chrono::seconds age(now.unix_seconds - (*stored)->fetched_at);
  if (age.count() < 0)
    return feed_.Log(LogLevel::kWarning, "stored_keys_refused", {{"why", "they are from the future"}});
  if (age.count() >= Normalized(feed_.issuer().refresh).max_stale_seconds) return;
  if (!feed_.Install((*stored)->jwk_set, Moment{now.monotonic - age, (*stored)->fetched_at})) return;
  const absl::MutexLock lock(&mutex_);
  jwk_set_ = std::move((*stored)->jwk_set);
}

void IssuerRefresh::Reconfigure(const RefreshConfig& config) {
  const absl::MutexLock lock(&mutex_);
  schedule_.Reconfigure(config, context_.options.clock->Now());
  // Keys that the former policy had no use for may be wanted now: "not modified" would not bring them.
  etag_.clear();
}

bool IssuerRefresh::Claim() {
  const bool unknown_kid = feed_.TakeUnknownKid();
  const Moment now = context_.options.clock->Both();
  WatchExpiry(now.monotonic);
  const absl::MutexLock lock(&mutex_);
  if (unknown_kid) schedule_.NoteUnknownKid();
  const RefreshSchedule::Cause cause = schedule_.Claim(now.monotonic);
  if (cause == RefreshSchedule::Cause::kNone) return false;
  begun_ = now;
  // A token that names an unknown key is evidence against "not modified".
  unconditional_ = cause == RefreshSchedule::Cause::kUnknownKid;
  return true;
}

void IssuerRefresh::WatchExpiry(Instant now) {
  const std::optional<KeyLease> lease = feed_.lease();
  if (!lease || !lease->expires_at) return;
  if (now >= *lease->expires_at) {
    if (!feed_.Expire(now)) return;
    feed_.Log(LogLevel::kError, "max_stale_reached");
    const absl::MutexLock lock(&mutex_);
    return etag_.clear();
  }
  const bool is_near = now >= *lease->expires_at - (*lease->expires_at - lease->fetched_at) / 10;
  {
    const absl::MutexLock lock(&mutex_);
    if (std::exchange(expiry_is_near_, is_near)) return;
  }
  if (is_near) feed_.Log(LogLevel::kWarning, "max_stale_near");
}

void IssuerRefresh::Fetch(std::stop_token stop) {
  Moment begun;
  {
    const absl::MutexLock lock(&mutex_);
    begun = begun_;
  }
  Result<FetchReply> reply = FetchKeySet(stop);
  if (stop.stop_requested()) {
    const absl::MutexLock lock(&mutex_);
    return schedule_.Abandoned();
  }
  if (!reply) {
    feed_.CountFailure();
    return Fail(reply.error());
  }
  if (const Result<void> taken = Take(&*reply, begun); !taken) return Fail(taken.error());
  if (context_.store != nullptr) Store(begun);  // while no other fetch can be under way
  Succeed(reply->max_age);
}

// FetchKeySet: 200, or 304 to the ETag that we sent; else an error.
Result<FetchReply> IssuerRefresh::FetchKeySet(std::stop_token stop) {
  const RefresherOptions& options = context_.options;
  Result<FetchRequest> made = KeyRequest(options, feed_.issuer());
  if (!made) return Error{made.error()};
  FetchRequest& request = *made;
  request.stop = std::move(stop);
  const Result<std::string> url = FindUrl(request);
  if (!url) return Error{url.error()};
  request.url = *url;
  WithholdToken(feed_.issuer(), &request);
  // Without keys there is nothing that could be not modified.
  if (feed_.lease()) {
    const absl::MutexLock lock(&mutex_);
    if (!unconditional_) request.etag = etag_;
  }
  FetchReply reply = options.fetcher->Fetch(request);
  if (reply.ok() || (reply.status == FetchStatus::kNotModified && !request.etag.empty())) return reply;
  return Error{*url + ": " + (reply.error.empty() ? std::string(FetchStatusWord(reply.status)) : reply.error)};
}

Result<std::string> IssuerRefresh::FindUrl(FetchRequest request) {
  const Instant now = context_.options.clock->Now();
  {
    const absl::MutexLock lock(&mutex_);
    const bool fresh = now - url_found_ < kRediscoverAfter && schedule_.failures_in_a_row() == 0;
    if (!is_discovered() || (!url_.empty() && fresh)) return url_;
  }
  Result<std::string> found = Discover(*context_.options.fetcher, std::move(request), name());
  if (!found) return found;
  const absl::MutexLock lock(&mutex_);
  if (*found != url_) etag_.clear();  // of another document
  url_ = *found;
  url_found_ = now;
  return found;
}

Result<void> IssuerRefresh::Take(FetchReply* reply, Moment begun) {
  if (reply->status == FetchStatus::kNotModified) {
    if (feed_.Confirm(begun)) return {};
    // The keys that were there when the fetch began have become too old meanwhile. The next fetch is unconditional:
    // it would be told "not modified" for ever.
    feed_.CountFailure();
    const absl::MutexLock lock(&mutex_);
    etag_.clear();
    jwk_set_.clear();
    return Error{"not modified, but the keys that this is said of are gone"};
  }
  const Result<KeySetReport> report = feed_.Install(reply->body, begun);
  if (!report) return Error{"the reply is no key set for this issuer: " + report.error()};  // the engine counts it
  const absl::MutexLock lock(&mutex_);
  etag_ = std::move(reply->etag);
  if (context_.store != nullptr) jwk_set_ = std::move(reply->body);
  return {};
}

void IssuerRefresh::Succeed(std::optional<std::int64_t> max_age) {
  const absl::MutexLock lock(&mutex_);
  ++fetches_;
  has_fetched_ = true;
  schedule_.Succeeded(context_.options.clock->Now(), max_age);
  last_error_.clear();
}

void IssuerRefresh::Fail(const std::string& error) {
  {
    const absl::MutexLock lock(&mutex_);
    ++fetches_;
    has_fetched_ = true;
    ++failures_;
    schedule_.Failed(context_.options.clock->Now());
    last_error_ = error;
  }
  feed_.Log(LogLevel::kWarning, "refresh_failed", {{"why", error}});
}

void IssuerRefresh::Store(Moment fetched) {
  StoredKeys keys{name(), SourceText(context_.options, feed_.issuer()), fetched.unix_seconds, ""};
  {
    const absl::MutexLock lock(&mutex_);
    keys.jwk_set = jwk_set_;
  }
  if (keys.jwk_set.empty()) return;  // whatever happens, the copy stays one that a start can use
  const Result<void> saved = context_.store->Save(keys);
  if (!saved) feed_.Log(LogLevel::kWarning, "keys_not_stored", {{"why", saved.error()}});
}

IssuerStatus IssuerRefresh::Status() const {
  const Instant now = context_.options.clock->Now();
  IssuerStatus status;
  if (const std::optional<KeyLease> lease = feed_.lease()) {
    status.has_keys = true;
    status.usable_keys = lease->usable;
    status.age = std::chrono::floor<std::chrono::seconds>(now - lease->fetched_at);
  }
  const absl::MutexLock lock(&mutex_);
  status.issuer = name();
  status.url = url_;
  if (!schedule_.in_flight()) {
    status.next_fetch = std::chrono::ceil<std::chrono::seconds>(std::max(schedule_.NextFetch() - now, Instant(0)));
  }
  status.fetches = fetches_;
  status.failures = failures_;
  status.failures_in_a_row = schedule_.failures_in_a_row();
  status.last_error = last_error_;
  return status;
}

}  // namespace assay::remote
