#include "engine/remote/feeds/redis_follower.h"

#include <algorithm>
#include <utility>

#include "engine/base/redis_url.h"

namespace assay::feeds {
namespace {

constexpr std::size_t kPageSize = 1000;  // entries asked for at once
constexpr std::int64_t kFirstRetrySeconds = 10;
constexpr std::int64_t kLongestRetrySeconds = 300;

std::string PageSize() { return std::to_string(kPageSize); }

Error Unexpected(std::string_view command) { return Error{"Redis: unexpected answer to " + std::string(command)}; }

// The value of `name` in an answer that lists names and values in turn.
const RedisReply* Member(const RedisReply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    if (reply.items[i].text == name) return &reply.items[i + 1];
  }
  return nullptr;
}

}  // namespace

RedisFollower::RedisFollower(const std::shared_ptr<Engine>& engine, Clock clock, const RedisReadLimits& limits)
    : feed_(engine, RevocationSource::kStream),
      config_(engine->config()->revocation.redis.value()),
      clock_(std::move(clock)),
      limits_(limits),
      log_(feed_, "redis " + RedisUrl::Parse(config_.url).value().server.host),
      retry_seconds_(kFirstRetrySeconds) {}

Result<void> RedisFollower::Step(std::chrono::milliseconds wait, std::stop_token stop) {
  const Result<void> taken = TakeStep(wait, std::move(stop));
  if (!taken) feed_.Lapse();
  return taken;
}

Result<void> RedisFollower::TakeStep(std::chrono::milliseconds wait, std::stop_token stop) {
  stop_ = std::move(stop);
  taken_.clear();  // of a step that threw, and is done again
  taken_bytes_ = 0;
  if (!connection_ || !connection_->alive()) {
    if (const Result<void> connected = Connect(); !connected) return connected;
  }
  const std::int64_t now = clock_();
  if (clock_watch_.WentBack(now) || (state_ == State::kTainted && now >= retry_at_)) state_ = State::kResync;
  if (const Result<void> done = state_ == State::kResync ? Resync() : Follow(wait); !done) return done;
  if (!defect_.empty()) return Error{defect_};
  return {};
}

// A server may have come back as another, older one, and have caught up in its counts since.
Result<void> RedisFollower::Connect() {
  Result<RedisConnection> connection = RedisConnection::Open(config_);
  if (!connection) return Error{connection.error()};
  if (state_ != State::kResync) {
    const std::vector<std::string> ask_last = {"XRANGE", config_.stream_key, last_.Text(), last_.Text()};
    const Result<RedisReply> last = connection->Call(ask_last);
    if (!last) return Error{last.error()};
    if (last->items.size() != 1) state_ = State::kResync;
  }
  connection_ = std::move(*connection);
  return {};
}

Result<RedisReply> RedisFollower::Call(std::vector<std::string> words, std::chrono::milliseconds patience) {
  if (stop_.stop_requested()) return Error{"Redis: stopped"};
  return connection_->Call(words, patience);
}

// A replica that has lost its master answers as ever, and knows nothing new.
Result<void> RedisFollower::CheckRole() {
  const Result<RedisReply> role = Call({"ROLE"});
  if (!role) return Error{role.error()};
  const std::vector<RedisReply>& items = role->items;  // "slave", the master's host and port, state, offset
  if (items.empty()) return Unexpected("ROLE");
  if (items[0].text == "master") return {};
  if (items[0].text == "slave" && items.size() > 3 && items[3].text == "connected") return {};
  return Error{"Redis: the server is neither a master nor a replica that is connected to its master"};
}

Result<RedisFollower::End> RedisFollower::AskEnd() {
  End end;
  end.asked_at = clock_();
  // The role first: what is connected now answers the next question up to date.
  if (const Result<void> role = CheckRole(); !role) return Error{role.error()};
  const Result<RedisReply> info = Call({"XINFO", "STREAM", config_.stream_key});
  if (!info) {
    // A stream that is not there is one to which nothing was added.
    const Result<RedisReply> exists = Call({"EXISTS", config_.stream_key});
    if (exists && exists->number == 0) return end;
    return Error{info.error()};
  }
  const RedisReply* const last = Member(*info, "last-generated-id");
  const RedisReply* const added = Member(*info, "entries-added");
  if (added == nullptr) return Error{"Redis: the server does not count a stream's entries; version 7 is needed"};
  const auto id = last == nullptr ? std::nullopt : StreamId::Parse(last->text);
  if (!id || added->kind != RedisReply::Kind::kNumber || added->number < 0) return Unexpected("XINFO STREAM");
  end.last = *id;
  end.added = static_cast<std::uint64_t>(added->number);
  return end;
}

// Everything the server holds. What is added meanwhile stands in the stream behind the end asked for first.
Result<void> RedisFollower::Resync() {
  defect_.clear();
  ++resyncs_;
  read_bytes_ = 0;
  read_until_ = std::chrono::steady_clock::now() + limits_.time;
  const Result<End> end = AskEnd();
  if (!end) return Error{end.error()};
  const Result<void> read = ReadEntries();
  const bool no_entries = read_bytes_ == 0;
  // What came before an error counts too.
  if (const Result<void> delivered = Deliver(); !delivered) return delivered;
  if (!read) return read;
  const Result<std::uint64_t> in_stream = ReadStream(end->last);
  if (const Result<void> delivered = Deliver(); !delivered) return delivered;
  if (!in_stream) return Error{in_stream.error()};
  if (*in_stream < end->added) {
    // What left the stream must stand in the sorted set, so that there must be one.
    const Result<RedisReply> exists = Call({"EXISTS", config_.entries_key});
    if (!exists) return Error{exists.error()};
    if (exists->number != 1) return Error{"Redis: entries have left the stream, and there is no sorted set of them"};
  }
  last_ = end->last;
  added_ = end->added;
  state_ = defect_.empty() ? State::kFollowing : State::kTainted;
  if (defect_.empty()) retry_seconds_ = kFirstRetrySeconds;
  if (no_entries && end->added == 0 && !std::exchange(warned_empty_, true)) {
    log_.Warn("revocation_feed_empty", "neither " + config_.entries_key + " nor " + config_.stream_key + " is there");
  }
  Confirm(*end);
  return {};
}

void RedisFollower::Confirm(const End& end) {
  if (defect_.empty()) feed_.Confirm(end.asked_at);
}

// SCAN commands give every member that is there from beginning to end, and may give some twice.
Result<void> RedisFollower::ReadEntries() {
  std::string cursor = "0";
  do {
    const Result<RedisReply> page = Call({"ZSCAN", config_.entries_key, cursor, "COUNT", PageSize()});
    if (!page) return Error{page.error()};
    if (page->items.size() != 2 || page->items[1].items.size() % 2 != 0) return Unexpected("ZSCAN");
    cursor = page->items[0].text;
    const std::vector<RedisReply>& members = page->items[1].items;
    for (std::size_t i = 0; i < members.size(); i += 2) Take(members[i].text);
    if (const Result<void> ended = EndPage(); !ended) return ended;
  } while (cursor != "0");
  return {};
}

// The entries of the stream up to `until`; gives their number.
Result<std::uint64_t> RedisFollower::ReadStream(StreamId until) {
  std::uint64_t count = 0;
  for (std::string start = "-";;) {
    const Result<RedisReply> page = Call({"XRANGE", config_.stream_key, start, until.Text(), "COUNT", PageSize()});
    if (!page) return Error{page.error()};
    std::vector<StreamId> ids;
    if (!TakeAll(*page, &ids)) return Unexpected("XRANGE");
    if (ids.empty()) return count;
    count += ids.size();
    start = "(" + ids.back().Text();
    if (const Result<void> ended = EndPage(); !ended) return Error{ended.error()};
  }
}

Result<void> RedisFollower::EndPage() {
  if (read_bytes_ > limits_.bytes) {
    return Error{"Redis: more than " + std::to_string(limits_.bytes) + " bytes of entries"};
  }
  if (std::chrono::steady_clock::now() > read_until_) return Error{"Redis: the entries do not come to an end in time"};
  return taken_bytes_ > limits_.bytes_at_once ? Deliver() : Result<void>();
}

Result<void> RedisFollower::Follow(std::chrono::milliseconds wait) {
  // The end is asked for first: an entry added later is not missed, only not yet vouched for.
  const Result<End> end = AskEnd();
  if (!end) return Error{end.error()};
  const Result<bool> known = CheckEnd(*end);
  if (!known) return Error{known.error()};
  std::vector<std::string> read = {"XREAD", "COUNT", PageSize()};
  if (*known && wait.count() > 0) read.insert(read.end(), {"BLOCK", std::to_string(wait.count())});
  read.insert(read.end(), {"STREAMS", config_.stream_key, last_.Text()});
  const Result<RedisReply> answer = Call(read, wait);
  if (!answer) return Error{answer.error()};
  std::vector<StreamId> ids;
  if (answer->kind != RedisReply::Kind::kNil) {
    // One stream was asked for: [[name, entries]].
    if (answer->items.size() != 1 || answer->items[0].items.size() != 2 || !TakeAll(answer->items[0].items[1], &ids)) {
      return Unexpected("XREAD");
    }
  }
  if (const Result<void> delivered = Deliver(); !delivered) return delivered;
  if (state_ == State::kFollowing && !defect_.empty()) state_ = State::kTainted;
  followed_ += ids.size();
  for (const StreamId& id : ids) {
    last_ = id;
    ++added_;
    if (id != end->last) continue;
    if (const Result<bool> agrees = CheckEnd(*end); !agrees) return Error{agrees.error()};
  }
  // What was the last entry is not there any more.
  if (last_ < end->last && ids.size() < kPageSize) state_ = State::kResync;
  return {};
}

// Whether everything up to `end` is known, and then confirms it. When the counts say that something was
// missed, the next step reads everything.
Result<bool> RedisFollower::CheckEnd(const End& end) {
  if (last_ < end.last) return false;
  if (last_ != end.last || added_ != end.added) {
    state_ = State::kResync;
    return false;
  }
  Confirm(end);
  return true;
}

bool RedisFollower::TakeAll(const RedisReply& entries, std::vector<StreamId>* ids) {
  for (const RedisReply& entry : entries.items) {
    if (entry.items.size() != 2) return false;
    const auto id = StreamId::Parse(entry.items[0].text);
    if (!id) return false;
    ids->push_back(*id);
    const std::vector<RedisReply>& fields = entry.items[1].items;
    if (fields.size() == 2 && fields[0].text == "revocation") {
      Take(fields[1].text);
    } else {
      Take({});
    }
  }
  return true;
}

void RedisFollower::Take(const std::string& line) {
  taken_bytes_ += line.size() + 1;
  read_bytes_ += line.size() + 1;
  Result<Revocation> revocation = ParseRevocation(line);
  if (revocation) {
    taken_.push_back(std::move(*revocation));
    return;
  }
  if (defect_.empty()) {
    retry_at_ = clock_() + retry_seconds_;
    retry_seconds_ = std::min(2 * retry_seconds_, kLongestRetrySeconds);
  }
  defect_ = "Redis: an entry that cannot be read: " + revocation.error();
}

Result<void> RedisFollower::Deliver() {
  const std::vector<Revocation> taken = std::exchange(taken_, {});  // gives back what a million took
  taken_bytes_ = 0;
  return feed_.Add(taken, clock_());
}

}  // namespace assay::feeds
