#include "engine/remote/issuer_refresh.h"

#include <algorithm>
#include <utility>

#include "engine/remote/discovery.h"

namespace assay::remote {
namespace {

// Metadata changes rarely; a key set that cannot be had makes it be read again at once.
constexpr std::chrono::hours kRediscoverAfter{1};

}  // namespace

IssuerRefresh::IssuerRefresh(const RefreshContext& context, const IssuerConfig& config, SourceGeneration source,
                             std::uint64_t seed)
    : context_(context),
      name_(config.policy.issuer),
      keys_(config.keys),
      source_(source),
      schedule_(config.refresh, seed, context.options.clock->Now()) {
  if (keys_.kind == KeySource::Kind::kUrl) url_ = keys_.value;
}

std::string IssuerRefresh::SourceText() const {
  return keys_.kind == KeySource::Kind::kUrl ? keys_.value : "discovery";
}

void IssuerRefresh::Log(LogLevel level, std::string_view event, std::string_view field, std::string value) const {
  std::vector<std::pair<std::string_view, std::string>> fields = {{"issuer", name_}};
  if (!field.empty()) fields.emplace_back(field, std::move(value));
  context_.engine->Log(level, event, std::move(fields));
}

void IssuerRefresh::LoadStored() {
  if (context_.store == nullptr) return;
  Result<std::optional<StoredKeys>> stored = context_.store->Load(name_, SourceText());
  if (!stored) return Log(LogLevel::kWarning, "stored_keys_refused", "why", stored.error());
  if (!stored->has_value()) return;
  const Clock& clock = *context_.options.clock;
  const std::int64_t age = clock.UnixSeconds() - (*stored)->fetched_at;
  if (age < 0) return Log(LogLevel::kWarning, "stored_keys_refused", "why", "they are from the future");
  std::int64_t valid_through = 0;
  {
    const std::lock_guard lock(mutex_);
    schedule_.Restore(clock.Now() - std::chrono::seconds(age));
    if (schedule_.TakeStaleness(clock.Now()) == RefreshSchedule::Staleness::kReached) return;
    valid_through = LastSecondBefore(schedule_.KeysEnd());
  }
  const Result<KeySetReport> report =
      context_.engine->InstallKeysFor(name_, (*stored)->jwk_set, &keys_, valid_through, source_);
  if (report) context_.engine->ConfirmKeys(name_, std::chrono::seconds(age), valid_through, source_);
  const std::lock_guard lock(mutex_);
  if (!report) return schedule_.Forget();
  usable_keys_ = report->usable;
  jwk_set_ = std::move((*stored)->jwk_set);
}

void IssuerRefresh::Reconfigure(const RefreshConfig& config) {
  const std::lock_guard changing(changing_keys_);
  std::optional<Instant> fetched;
  std::int64_t valid_through = 0;
  {
    const std::lock_guard lock(mutex_);
    schedule_.Reconfigure(config, context_.options.clock->Now());
    // Keys that the former policy had no use for may be wanted now: "not modified" would not bring them.
    etag_.clear();
    fetched = schedule_.fetched_at();
    if (fetched) valid_through = LastSecondBefore(schedule_.KeysEnd());
  }
  if (!fetched) return;
  const auto age = std::chrono::ceil<std::chrono::seconds>(context_.options.clock->Now() - *fetched);
  context_.engine->ConfirmKeys(name_, age, valid_through, source_);
}

std::int64_t IssuerRefresh::LastSecondBefore(Instant end) const {
  const Clock& clock = *context_.options.clock;
  return clock.UnixSeconds() + std::chrono::floor<std::chrono::seconds>(end - clock.Now()).count() - 1;
}

bool IssuerRefresh::Claim() {
  const bool unknown_kid = context_.engine->TakeUnknownKid(name_, source_);
  const Instant now = context_.options.clock->Now();
  auto staleness = RefreshSchedule::Staleness::kUnchanged;
  auto cause = RefreshSchedule::Cause::kNone;
  // Where keys are being installed right now, their age can wait for the next look.
  const std::unique_lock changing(changing_keys_, std::try_to_lock);
  {
    const std::lock_guard lock(mutex_);
    if (unknown_kid) schedule_.NoteUnknownKid();
    if (changing) staleness = schedule_.TakeStaleness(now);
    if (staleness == RefreshSchedule::Staleness::kReached) ForgetKeys();
    cause = schedule_.Claim(now);
    // A token that names an unknown key is evidence against "not modified".
    if (cause != RefreshSchedule::Cause::kNone) unconditional_ = cause == RefreshSchedule::Cause::kUnknownKid;
  }
  if (staleness == RefreshSchedule::Staleness::kNear) Log(LogLevel::kWarning, "max_stale_near");
  if (staleness == RefreshSchedule::Staleness::kReached) {
    Log(LogLevel::kError, "max_stale_reached");
    context_.engine->WithdrawKeys(name_, source_);
  }
  return cause != RefreshSchedule::Cause::kNone;
}

void IssuerRefresh::Fetch(std::stop_token stop) {
  Result<FetchReply> reply = FetchKeySet(stop);
  const std::lock_guard changing(changing_keys_);
  if (stop.stop_requested()) {
    const std::lock_guard lock(mutex_);
    return schedule_.Abandoned();
  }
  if (!reply) {
    context_.engine->CountRefreshFailure(name_, source_);
    return Fail(reply.error());
  }
  if (reply->status == FetchStatus::kNotModified) {
    if (!Confirm()) {
      context_.engine->CountRefreshFailure(name_, source_);
      return Fail("not modified, but the keys that this is said of are gone");
    }
  } else if (const Result<void> installed = Install(&*reply); !installed) {
    return Fail(installed.error());  // the engine has counted it
  }
  Succeed(reply->max_age);
}

// FetchKeySet: 200, or 304 to the ETag that we sent; else an error.
Result<FetchReply> IssuerRefresh::FetchKeySet(std::stop_token stop) {
  const RefresherOptions& options = context_.options;
  FetchRequest request;
  request.timeout = options.fetch_timeout;
  request.ca_file = options.ca_file;
  request.allow_private_addresses = options.allow_private_addresses;
  request.stop = std::move(stop);
  const Result<std::string> url = FindUrl(request);
  if (!url) return Error{url.error()};
  request.url = *url;
  {
    const std::lock_guard lock(mutex_);
    // Without keys there is nothing that could be not modified.
    if (!unconditional_ && schedule_.has_keys()) request.etag = etag_;
  }
  FetchReply reply = options.fetcher->Fetch(request);
  if (reply.ok() || (reply.status == FetchStatus::kNotModified && !request.etag.empty())) return reply;
  return Error{*url + ": " + (reply.error.empty() ? std::string(FetchStatusWord(reply.status)) : reply.error)};
}

Result<std::string> IssuerRefresh::FindUrl(FetchRequest request) {
  const Instant now = context_.options.clock->Now();
  {
    const std::lock_guard lock(mutex_);
    const bool fresh = now - url_found_ < kRediscoverAfter && schedule_.failures_in_a_row() == 0;
    if (keys_.kind == KeySource::Kind::kUrl || (!url_.empty() && fresh)) return url_;
  }
  Result<std::string> found = Discover(*context_.options.fetcher, std::move(request), name_);
  if (!found) return found;
  const std::lock_guard lock(mutex_);
  if (*found != url_) etag_.clear();  // of another document
  url_ = *found;
  url_found_ = now;
  return found;
}

// The keys that were there when the fetch began may have become too old meanwhile. The next fetch is
// unconditional then: it would be told "not modified" for ever.
bool IssuerRefresh::Confirm() {
  bool has_keys = false;
  std::int64_t valid_through = 0;
  {
    const std::lock_guard lock(mutex_);
    has_keys = schedule_.has_keys();
    valid_through = LastSecondBefore(schedule_.NewKeysEnd());
  }
  if (has_keys && context_.engine->ConfirmKeys(name_, std::chrono::seconds(0), valid_through, source_)) return true;
  const std::lock_guard lock(mutex_);
  ForgetKeys();
  return false;
}

void IssuerRefresh::ForgetKeys() {
  schedule_.Forget();
  etag_.clear();
  jwk_set_.clear();
  usable_keys_ = 0;
}

Result<void> IssuerRefresh::Install(FetchReply* reply) {
  std::int64_t valid_through = 0;
  {
    const std::lock_guard lock(mutex_);
    valid_through = LastSecondBefore(schedule_.NewKeysEnd());
  }
  const Result<KeySetReport> report =
      context_.engine->InstallKeysFor(name_, reply->body, &keys_, valid_through, source_);
  if (!report) return Error{"the reply is no key set for this issuer: " + report.error()};
  const std::lock_guard lock(mutex_);
  etag_ = std::move(reply->etag);
  usable_keys_ = report->usable;
  if (context_.store != nullptr) jwk_set_ = std::move(reply->body);
  return {};
}

void IssuerRefresh::Succeed(std::optional<std::int64_t> max_age) {
  {
    const std::lock_guard lock(mutex_);
    ++fetches_;
    schedule_.Succeeded(context_.options.clock->Now(), max_age);
    last_error_.clear();
  }
  if (context_.store != nullptr) Store();
}

void IssuerRefresh::Fail(const std::string& error) {
  {
    const std::lock_guard lock(mutex_);
    ++fetches_;
    ++failures_;
    schedule_.Failed(context_.options.clock->Now());
    last_error_ = error;
  }
  Log(LogLevel::kWarning, "refresh_failed", "why", error);
}

void IssuerRefresh::Store() {
  const Clock& clock = *context_.options.clock;
  StoredKeys keys{name_, SourceText(), 0, ""};
  {
    const std::lock_guard lock(mutex_);
    const auto age =
        std::chrono::ceil<std::chrono::seconds>(clock.Now() - schedule_.fetched_at().value_or(clock.Now()));
    keys.fetched_at = clock.UnixSeconds() - age.count();
    keys.jwk_set = jwk_set_;
  }
  if (keys.jwk_set.empty()) return;  // whatever happens, the copy stays one that a start can use
  const Result<void> saved = context_.store->Save(keys);
  if (!saved) Log(LogLevel::kWarning, "keys_not_stored", "why", saved.error());
}

IssuerStatus IssuerRefresh::Status() const {
  const std::lock_guard lock(mutex_);
  const Instant now = context_.options.clock->Now();
  IssuerStatus status;
  status.issuer = name_;
  status.url = url_;
  status.has_keys = schedule_.has_keys();
  status.usable_keys = usable_keys_;
  if (const auto fetched = schedule_.fetched_at())
    status.age = std::chrono::floor<std::chrono::seconds>(now - *fetched);
  if (!schedule_.in_flight()) {
    status.next_fetch = std::chrono::ceil<std::chrono::seconds>(std::max(schedule_.NextFetch() - now, Instant(0)));
  }
  status.fetches = fetches_;
  status.failures = failures_;
  status.failures_in_a_row = schedule_.failures_in_a_row();
  status.last_error = last_error_;
  return status;
}

bool IssuerRefresh::has_fetched() const {
  const std::lock_guard lock(mutex_);
  return fetches_ > 0;
}

}  // namespace assay::remote
