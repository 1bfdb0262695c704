#include "engine/http1/response_reader.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::http1 {
namespace {

constexpr std::size_t kMaxChunkLineBytes = 256;
constexpr std::size_t kMaxTrailerBytes = 8 * 1024;

bool IsFieldCharacter(char c) {
  return c == '\t' || (c >= ' ' && c != '\x7F') || static_cast<unsigned char>(c) >= 0x80;
}

bool ReadStatusLine(std::string_view line, int* status) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
    return false;
  const auto number = ParseNumber<std::size_t>(line.substr(9, 3));
  if (!number || *number < 100 || *number > 599) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  *status = static_cast<int>(*number);
  return std::all_of(line.begin(), line.end(), IsFieldCharacter);
}

}  // namespace

ResponseReader::State ResponseReader::Fail(std::string_view why) {
  defect_ = why;
  return State::kMalformed;
}

ResponseReader::State ResponseReader::TooLarge() {
  defect_ = "the body is larger than allowed";
  return State::kTooLarge;
}

ResponseReader::State ResponseReader::Feed(std::string_view bytes) {
  if (state_ != State::kMore) return state_;
  buffer_.append(bytes);
  std::size_t before;
  Part part;
  do {
    before = used_;
    part = part_;
    state_ = Step();
  } while (state_ == State::kMore && (used_ != before || part_ != part));
  buffer_.erase(0, used_);
  used_ = 0;
  return state_;
}

ResponseReader::State ResponseReader::End() {
  if (state_ != State::kMore) return state_;
  return state_ = part_ == Part::kBodyToEnd ? State::kDone : Fail("the connection ended within the response");
}

const std::string* ResponseReader::Field(const std::string& name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? nullptr : &found->second;
}

// Makes what progress the buffer allows.
ResponseReader::State ResponseReader::Step() {
  std::string_view line;
  switch (part_) {
    case Part::kHead:
      return ReadHead();
    case Part::kBody:
      if (const State state = TakeBody(remaining_); state != State::kMore) return state;
      return remaining_ == 0 ? State::kDone : State::kMore;
    case Part::kBodyToEnd:
      return TakeBody(buffer_.size() - used_);
    case Part::kChunkSize:
      return ReadChunkSize();
    case Part::kChunk:
      if (const State state = TakeBody(remaining_); state != State::kMore) return state;
      if (remaining_ == 0) part_ = Part::kChunkEnd;
      return State::kMore;
    case Part::kChunkEnd:
      if (!TakeLine(0, &line))
        return buffer_.size() - used_ < 2 ? State::kMore : Fail("a chunk does not end where it should");
      part_ = Part::kChunkSize;
      return State::kMore;
    case Part::kTrailer:
      if (!TakeLine(kMaxTrailerBytes, &line)) {
        return buffer_.size() - used_ > kMaxTrailerBytes ? Fail("a trailer is too long") : State::kMore;
      }
      trailer_bytes_ += line.size();
      if (trailer_bytes_ > kMaxTrailerBytes) return Fail("the trailers are too long");
      return line.empty() ? State::kDone : State::kMore;
    case Part::kEnd:
      return State::kDone;
  }
  return Fail("");
}

// A line of at most `limit` bytes and its CRLF; false when there is none yet, or none that short.
bool ResponseReader::TakeLine(std::size_t limit, std::string_view* line) {
  const std::string_view rest = std::string_view(buffer_).substr(used_, limit + 2);
  const std::size_t end = rest.find("\r\n");
  if (end == rest.npos) return false;
  *line = rest.substr(0, end);
  used_ += end + 2;
  return true;
}

ResponseReader::State ResponseReader::TakeBody(std::size_t most) {
  const std::size_t size = std::min(most, buffer_.size() - used_);
  if (size > max_body_bytes_ - body_.size()) return TooLarge();
  body_.append(buffer_, used_, size);
  used_ += size;
  remaining_ -= std::min(remaining_, size);
  return State::kMore;
}

ResponseReader::State ResponseReader::ReadHead() {
  const std::size_t end = buffer_.find("\r\n\r\n", used_);
  const std::size_t size = (end == std::string::npos ? buffer_.size() : end + 4) - used_;
  if (head_bytes_ + size > kMaxHeadBytes) return Fail("the head is too long");
  if (end == std::string::npos) return State::kMore;
  head_bytes_ += size;
  const std::string_view head(buffer_.data() + used_, size - 2);  // each line with its CRLF
  used_ += size;
  const std::size_t line_end = head.find("\r\n");
  if (!ReadStatusLine(head.substr(0, line_end), &status_)) return Fail("the status line is malformed");
  fields_.clear();
  if (const State state = ReadFields(head.substr(line_end + 2)); state != State::kMore) return state;
  if (status_ == 101) return Fail("the server switches protocols unasked");
  return status_ < 200 ? State::kMore : ChooseBody();
}

ResponseReader::State ResponseReader::ReadFields(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == line.npos || name.empty() || !std::all_of(name.begin(), name.end(), IsTokenCharacter)) {
      return Fail("a field name is malformed");
    }
    const std::string_view value = Trim(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), IsFieldCharacter)) return Fail("a field value is malformed");
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
    const auto [at, fresh] = fields_.emplace(std::move(lower), value);
    if (!fresh) at->second.append(", ").append(value);
  }
  return State::kMore;
}

// RFC 9112 section 6.3.
ResponseReader::State ResponseReader::ChooseBody() {
  const std::string* const length = Field("content-length");
  const std::string* const transfer = Field("transfer-encoding");
  const std::string* const coding = Field("content-encoding");
  part_ = Part::kEnd;
  if (status_ == 204 || status_ == 304) return State::kDone;
  // Names of codings have no case (RFC 9110 section 8.4.1, RFC 9112 section 7).
  if (coding != nullptr && !EqualsIgnoreCase(*coding, "identity"))
    return Fail("the body has a content coding, which was not asked for");
  if (transfer != nullptr) {
    if (length != nullptr) return Fail("the body has a length and chunks");
    if (!EqualsIgnoreCase(*transfer, "chunked")) return Fail("the body has a transfer coding other than chunked");
    part_ = Part::kChunkSize;
  } else if (length != nullptr) {
    const auto bytes = ParseNumber<std::size_t>(*length);
    if (!bytes) return Fail("the length is malformed");
    remaining_ = *bytes;
    if (remaining_ > max_body_bytes_) return TooLarge();
    part_ = Part::kBody;
    if (remaining_ == 0) return State::kDone;
  } else {
    part_ = Part::kBodyToEnd;
  }
  return State::kMore;
}

ResponseReader::State ResponseReader::ReadChunkSize() {
  std::string_view line;
  if (!TakeLine(kMaxChunkLineBytes, &line)) {
    return buffer_.size() - used_ > kMaxChunkLineBytes ? Fail("a chunk's size line is too long") : State::kMore;
  }
  const auto bytes = ParseNumber<std::size_t>(Trim(line.substr(0, line.find(';'))), 16);
  if (!bytes) return Fail("a chunk's size is malformed");
  remaining_ = *bytes;
  if (remaining_ > max_body_bytes_ - body_.size()) return TooLarge();
  part_ = remaining_ == 0 ? Part::kTrailer : Part::kChunk;
  return State::kMore;
}

}  // namespace assay::http1
