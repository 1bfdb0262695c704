#include "engine/remote/issuer_refresh.h"

#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/remote/discovery.h"
#include "engine/remote/key_request.h"

namespace assay::remote {
namespace {

// Metadata changes rarely; a key set that cannot be had makes it be read again at once.
constexpr std::chrono::hours kRediscoverAfter{1};

std::optional<FileState> StateOf(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 ? std::optional(FileStateOf(info)) : std::nullopt;
}

}  // namespace

IssuerRefresh::IssuerRefresh(const RefreshContext& context, KeyFeed feed, std::uint64_t seed)
    : context_(context),
      feed_(std::move(feed)),
      schedule_(feed_.issuer().refresh, seed, context.options.clock->Now()),
      url_(feed_.issuer().keys.value),
      follows_(context.folder != nullptr) {}

std::string IssuerRefresh::Source() {
  const std::string ca_file = CaFileOf(context_.options, feed_.issuer());
  const std::optional<FileState> ca = ca_file.empty() ? std::nullopt : StateOf(ca_file);
  {
    const absl::MutexLock lock(&mutex_);
    if (!source_.empty() && ca == ca_) return source_;
  }
  std::string source = SourceText(context_.options, feed_.issuer());
  const absl::MutexLock lock(&mutex_);
  ca_ = ca;
  source_ = source;
  file_name_ = KeyStore::FileName(name(), source);
  return source;
}

void IssuerRefresh::Load(bool published) {
  const std::string source = Source();
  std::string file_name;
  {
    const absl::MutexLock lock(&mutex_);
    file_name = file_name_;
    // The keys in use are of another source now: others, who start, have none until they are fetched from this one.
    if (!looked_for_.empty() && looked_for_ != file_name) schedule_.TakeOver(context_.options.clock->Now());
  }
  if (!published && !std::exchange(look_again_, false) && file_name == looked_for_) return;
  looked_for_ = file_name;
  const std::optional<FileState> state = context_.folder->StateOf(file_name);
  if (state == seen_) return;
  seen_ = state;
  if (!state) return;
  Result<std::optional<StoredKeys>> stored = context_.folder->store().Load(name(), source, *context_.options.clock);
  if (!stored) return feed_.Log(LogLevel::kWarning, "stored_keys_refused", {{"why", stored.error()}});
  if (!stored->has_value()) return;
  StoredKeys& keys = **stored;
  const Instant max_stale = std::chrono::seconds(Normalized(feed_.issuer().refresh).max_stale_seconds);
  const Instant now = context_.options.clock->Now();
  if (now - keys.time.begun.monotonic >= max_stale) return;
  const Age age = AwaitTurn(keys.time, keys.jwk_set);
  if (age == Age::kUnclear) DoubtKeys();
  if (age != Age::kNewer) return;
  bool is_anew = false;
  {
    const absl::MutexLock lock(&mutex_);
    is_anew = IsInUse(keys.time);
  }
  const bool installed = InTurn([&] { return feed_.Install(keys.jwk_set, keys.time.begun).ok(); });
  Document loaded{"", std::move(keys.jwk_set)};  // without an ETag: what we have is of another reply
  EndTurn(keys.time, installed, &loaded);
  if (!installed) return;
  const absl::MutexLock lock(&mutex_);
  ++loads_;
  last_error_.clear();
  if (!is_anew) schedule_.Adopt(keys.time.begun.monotonic, keys.max_age, now);
}

Age IssuerRefresh::AwaitTurn(const FetchTime& time, std::string_view jwk_set) {
  const absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(+[](bool* installing) { return !*installing; }, &installing_));
  Age age = Age::kNewer;
  // Without a folder fetches come one after the other.
  if (newest_ && context_.folder != nullptr && !(wanted_anew_ && IsInUse(time))) {
    age = AgeOf(time, jwk_set, *newest_, jwk_set_);
  }
  installing_ = age == Age::kNewer;
  return age;
}

void IssuerRefresh::EndTurn(const FetchTime& time, bool installed, Document* taken) {
  const absl::MutexLock lock(&mutex_);
  installing_ = false;
  if (!installed) return;
  if (taken != nullptr) {
    schedule_.Answered();
    etag_ = std::move(taken->etag);
    if (context_.folder != nullptr) jwk_set_ = std::move(taken->jwk_set);
  }
  newest_ = time;
  wanted_anew_ = false;
}

bool IssuerRefresh::IsInUse(const FetchTime& time) const {
  return newest_ && newest_->begun.monotonic == time.begun.monotonic && newest_->ended == time.ended;
}

void IssuerRefresh::DoubtKeys() {
  const absl::MutexLock lock(&mutex_);
  schedule_.NoteUnknownKid();
}

std::uint64_t IssuerRefresh::file_number() const {
  const absl::MutexLock lock(&mutex_);
  return KeyStore::NumberOf(file_name_);
}

void IssuerRefresh::NoteUnknownKids(bool requests) {
  requests_ |= requests;
  std::string request;
  {
    const absl::MutexLock lock(&mutex_);
    // What comes while a set is installed is looked at afterwards, when it is known of which keys it is.
    if (installing_) return;
    // While a fetch is under way, requests are left to it: they are gone if it answers them (KeyFolder::Publish()).
    if (requests_ && !schedule_.in_flight()) request = file_name_;
    installing_ = true;
  }
  bool unknown_kid = feed_.TakeUnknownKid();
  if (!request.empty()) {
    requests_ = false;
    if (context_.folder->TakeRequest(request)) unknown_kid = true;
  }
  const absl::MutexLock lock(&mutex_);
  installing_ = false;
  if (unknown_kid) schedule_.NoteUnknownKid();
}

void IssuerRefresh::Reseed(std::uint64_t seed) {
  const absl::MutexLock lock(&mutex_);
  schedule_.Reseed(seed);
}

void IssuerRefresh::Reconfigure(const RefreshConfig& config) {
  seen_.reset();
  const absl::MutexLock lock(&mutex_);
  schedule_.Reconfigure(config, context_.options.clock->Now());
  // Keys that the former policy had no use for may be wanted now: "not modified" would not bring them.
  etag_.clear();
  wanted_anew_ = true;
}

void IssuerRefresh::TakeOver() {
  const absl::MutexLock lock(&mutex_);
  schedule_.TakeOver(context_.options.clock->Now());
}

bool IssuerRefresh::Claim(KeyFolder::Role role, bool requests) {
  NoteUnknownKids(requests);
  const bool follows = role == KeyFolder::Role::kWatcher;
  const Moment now = context_.options.clock->Both();
  WatchExpiry(now.monotonic);
  bool asks = false;
  {
    const absl::MutexLock lock(&mutex_);
    follows_ = follows;
    if (follows && loads_ > 0) has_fetched_ = true;
    const RefreshSchedule::Cause cause = schedule_.Claim(now.monotonic, follows);
    if (cause != RefreshSchedule::Cause::kNone) {
      begun_ = now;
      // A token that names an unknown key is evidence against "not modified".
      unconditional_ = cause == RefreshSchedule::Cause::kUnknownKid;
      return true;
    }
    asks = follows && schedule_.ShouldAsk();
  }
  if (asks) AskAnother(now.monotonic);
  return false;
}

void IssuerRefresh::AskAnother(Instant now) {
  const Result<bool> asked = context_.folder->Ask(looked_for_, seen_);
  if (!asked) feed_.Log(LogLevel::kWarning, "key_request_refused", {{"why", asked.error()}});
  // What is there is looked at first, even where nothing seems to have come into the folder.
  look_again_ = asked && !*asked;
  const absl::MutexLock lock(&mutex_);
  schedule_.Asked(now, !look_again_);
}

bool IssuerRefresh::AwaitsAnswer() const {
  const absl::MutexLock lock(&mutex_);
  return follows_ && schedule_.AwaitsAnswer(context_.options.clock->Now());
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

void IssuerRefresh::Fetch(std::stop_token stop) noexcept {
  Result<FetchEnd> end = Error{};
  std::string error = "exception", why = error;  // so short that they need no memory
  try {
    try {
      end = FetchOnce(stop);
      if (!end) error = end.error();
    } catch (const std::exception& thrown) {
      error = thrown.what();
    }
    why = error;
  } catch (...) {  // of another type, or out of memory for its words
  }
  {
    const absl::MutexLock lock(&mutex_);
    if (end && end->is_abandoned) return schedule_.Abandoned();
    ++fetches_;
    const Instant now = context_.options.clock->Now();
    if (end) {
      schedule_.Succeeded(now, end->max_age);
      if (end->age == Age::kUnclear) schedule_.NoteUnknownKid();
      has_fetched_ = true;
      return last_error_.clear();
    }
    ++failures_;
    schedule_.Failed(now);
    last_error_.swap(error);
  }
  try {
    feed_.Log(LogLevel::kWarning, "refresh_failed", {{"why", why}});
  } catch (...) {  // the host's own, or out of memory
  }
  has_fetched_ = true;  // whoever waits for it finds the event logged
}

Result<IssuerRefresh::FetchEnd> IssuerRefresh::FetchOnce(const std::stop_token& stop) {
  FetchTime time;
  {
    const absl::MutexLock lock(&mutex_);
    time.begun = begun_;
  }
  const std::string source = context_.folder == nullptr ? "" : Source();  // before what it names is used
  Result<FetchReply> reply = FetchKeySet(stop);
  time.ended = context_.options.clock->Now();
  if (stop.stop_requested()) return FetchEnd{.is_abandoned = true};
  if (!reply) {
    feed_.CountFailure();
    return Error{reply.error()};
  }
  const Result<Age> taken = Take(&*reply, time);
  if (!taken) return Error{taken.error()};
  FetchEnd end{.max_age = reply->max_age, .age = *taken};
  // While no other fetch of this process can be under way.
  if (context_.folder != nullptr && end.age == Age::kNewer) {
    end.age = Store(time, source, reply->max_age, reply->status != FetchStatus::kNotModified);
  }
  return end;
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

Result<Age> IssuerRefresh::Take(FetchReply* reply, const FetchTime& time) {
  const Age age = AwaitTurn(time, reply->body);
  if (age != Age::kNewer) return age;
  if (reply->status == FetchStatus::kNotModified) return Confirm(time);
  const Result<KeySetReport> report = InTurn([&] { return feed_.Install(reply->body, time.begun); });
  Document taken{std::move(reply->etag), std::move(reply->body)};
  EndTurn(time, report.ok(), &taken);
  if (!report) return Error{"the reply is no key set for this issuer: " + report.error()};  // the engine counts it
  return Age::kNewer;
}

Result<Age> IssuerRefresh::Confirm(const FetchTime& time) {
  bool are_meant = false;
  {
    const absl::MutexLock lock(&mutex_);
    are_meant = !etag_.empty();  // or others have been loaded since it was sent
  }
  const bool confirmed = are_meant && InTurn([&] { return feed_.Confirm(time.begun); });
  EndTurn(time, confirmed, nullptr);
  if (confirmed) return Age::kNewer;
  // Else the keys that were there when the fetch began have become too old meanwhile. The next fetch is unconditional:
  // it would be told "not modified" for ever.
  feed_.CountFailure();
  const absl::MutexLock lock(&mutex_);
  etag_.clear();
  if (are_meant) jwk_set_.clear();
  return Error{"not modified, but the keys that this is said of are gone"};
}

Age IssuerRefresh::Store(const FetchTime& time, const std::string& source, std::optional<std::int64_t> max_age,
                         bool answers) {
  StoredKeys keys{name(), source, time, max_age, ""};
  {
    const absl::MutexLock lock(&mutex_);
    if (!IsInUse(time)) return Age::kOlder;  // newer keys have been loaded meanwhile
    keys.jwk_set = jwk_set_;
  }
  // Whatever happens, the copy stays one that a start can use.
  if (keys.jwk_set.empty() || !context_.folder->store().is_own()) return Age::kNewer;
  const Result<Age> saved = context_.folder->Publish(keys, *context_.options.clock, answers);
  if (saved) return *saved;
  feed_.Log(LogLevel::kWarning, "keys_not_stored", {{"why", saved.error()}});
  return Age::kNewer;
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
  status.follows = follows_;
  status.loads = loads_;
  if (!schedule_.in_flight()) {
    const Instant next = schedule_.NextFetch(follows_);
    status.next_fetch = std::chrono::ceil<std::chrono::seconds>(std::max(next - now, Instant(0)));
  }
  status.fetches = fetches_;
  status.failures = failures_;
  status.failures_in_a_row = schedule_.failures_in_a_row();
  status.last_error = last_error_;
  return status;
}

}  // namespace assay::remote
