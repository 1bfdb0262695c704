#include "engine/remote/feeds/redis_follower.h"

#include <algorithm>

namespace assay::feeds {
namespace {

constexpr char kAtOnce[] = "1000";  // entries asked for at once
constexpr std::int64_t kDefectRetrySeconds = 10;

Error Unexpected(std::string_view command) { return Error{"Redis: unexpected answer to " + std::string(command)}; }

// The value of `name` in an answer that lists names and values in turn.
const RedisReply* Member(const RedisReply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    if (reply.items[i].text == name) return &reply.items[i + 1];
  }
  return nullptr;
}

}  // namespace

RedisFollower::RedisFollower(std::shared_ptr<Engine> engine, RedisUrl url, Clock clock)
    : engine_(std::move(engine)),
      url_(std::move(url)),
      keys_(engine_->config()->revocation.redis.value_or(RedisConfig())),
      clock_(std::move(clock)) {}

Result<void> RedisFollower::Step(std::chrono::milliseconds wait) {
  if (!connection_ || !connection_->alive()) {
    Result<RedisConnection> connection = RedisConnection::Open(url_);
    if (!connection) return Error{connection.error()};
    connection_ = std::move(*connection);
  }
  if (!defect_.empty() && clock_() >= defect_at_ + kDefectRetrySeconds) synced_ = false;
  if (!synced_) {
    if (const Result<void> resync = Resync(); !resync) return resync;
  } else if (const Result<void> followed = Follow(wait); !followed) {
    return followed;
  }
  if (!defect_.empty()) return Error{defect_};
  return {};
}

Result<RedisReply> RedisFollower::Call(std::vector<std::string> words, std::chrono::milliseconds patience) {
  return connection_->Call(words, patience);
}

Result<RedisFollower::End> RedisFollower::AskEnd() {
  End end;
  end.asked_at = clock_();
  const Result<RedisReply> info = Call({"XINFO", "STREAM", keys_.stream_key});
  if (!info) {
    // A stream that is not there is one to which nothing was added.
    if (info.error().find("no such key") != std::string::npos) return end;
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
  const Result<End> end = AskEnd();
  if (!end) return Error{end.error()};
  if (const Result<void> read = ReadEntries(); !read) return read;
  const Result<std::uint64_t> in_stream = ReadStream(end->last);
  if (!in_stream) return Error{in_stream.error()};
  if (*in_stream < end->added) {
    // What left the stream must stand in the sorted set, so that there must be one.
    const Result<RedisReply> exists = Call({"EXISTS", keys_.entries_key});
    if (!exists) return Error{exists.error()};
    if (exists->number != 1) return Error{"Redis: entries have left the stream, and there is no sorted set of them"};
  }
  last_ = end->last;
  added_ = end->added;
  synced_ = true;
  if (defect_.empty()) engine_->ConfirmRevocations(RevocationFeed::kStream, end->asked_at);
  return {};
}

// SCAN commands give every member that is there from beginning to end, and may give some twice.
Result<void> RedisFollower::ReadEntries() {
  std::string cursor = "0";
  do {
    const Result<RedisReply> page = Call({"ZSCAN", keys_.entries_key, cursor, "COUNT", kAtOnce});
    if (!page) return Error{page.error()};
    if (page->items.size() != 2 || page->items[1].items.size() % 2 != 0) return Unexpected("ZSCAN");
    cursor = page->items[0].text;
    const std::vector<RedisReply>& members = page->items[1].items;
    for (std::size_t i = 0; i < members.size(); i += 2) Take(members[i].text);
    if (const Result<void> delivered = Deliver(); !delivered) return delivered;
  } while (cursor != "0");
  return {};
}

// The entries of the stream up to `until`; gives their number.
Result<std::uint64_t> RedisFollower::ReadStream(StreamId until) {
  std::uint64_t count = 0;
  for (std::string start = "-";;) {
    const Result<RedisReply> page = Call({"XRANGE", keys_.stream_key, start, until.Text(), "COUNT", kAtOnce});
    if (!page) return Error{page.error()};
    std::vector<StreamId> ids;
    if (!TakeAll(*page, &ids)) return Unexpected("XRANGE");
    if (const Result<void> delivered = Deliver(); !delivered) return Error{delivered.error()};
    if (ids.empty()) return count;
    count += ids.size();
    start = "(" + ids.back().Text();
  }
}

Result<void> RedisFollower::Follow(std::chrono::milliseconds wait) {
  // The end is asked for first: an entry added later is not missed, only not yet vouched for.
  const Result<End> end = AskEnd();
  if (!end) return Error{end.error()};
  const Result<bool> known = CheckEnd(*end);
  if (!known) return Error{known.error()};
  std::vector<std::string> read = {"XREAD", "COUNT", kAtOnce};
  if (*known && wait.count() > 0) read.insert(read.end(), {"BLOCK", std::to_string(wait.count())});
  read.insert(read.end(), {"STREAMS", keys_.stream_key, last_.Text()});
  const Result<RedisReply> answer = Call(read, wait);
  if (!answer) return Error{answer.error()};
  std::vector<StreamId> ids;
  if (answer->kind != RedisReply::Kind::kNil) {
    // One stream was asked for: [[name, entries]].
    if (answer->items.size() != 1 || answer->items[0].items.size() != 2 ||
        !TakeAll(answer->items[0].items[1], &ids)) {
      return Unexpected("XREAD");
    }
  }
  if (const Result<void> delivered = Deliver(); !delivered) return delivered;
  followed_ += ids.size();
  for (const StreamId& id : ids) {
    last_ = id;
    ++added_;
    if (id != end->last) continue;
    if (const Result<bool> agrees = CheckEnd(*end); !agrees) return Error{agrees.error()};
  }
  // What was the last entry is not there any more.
  if (last_ < end->last && ids.size() < static_cast<std::size_t>(std::stoul(kAtOnce))) synced_ = false;
  return {};
}

// Whether everything up to `end` is known, and then confirms it. When the counts say that something was
// missed, the next step reads everything.
Result<bool> RedisFollower::CheckEnd(const End& end) {
  if (last_ < end.last) return false;
  if (last_ != end.last || added_ != end.added) {
    synced_ = false;
    return false;
  }
  if (defect_.empty()) engine_->ConfirmRevocations(RevocationFeed::kStream, end.asked_at);
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
  Result<Revocation> revocation = ParseRevocation(line);
  if (revocation) {
    taken_.push_back(std::move(*revocation));
    return;
  }
  defect_ = "Redis: an entry that cannot be read: " + revocation.error();
  defect_at_ = clock_();
}

Result<void> RedisFollower::Deliver() {
  const Result<void> result = engine_->Revoke(taken_, clock_());
  taken_.clear();
  return result;
}

}  // namespace assay::feeds
