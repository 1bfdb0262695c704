// ResponseReader: one HTTP/1.1 response (RFC 9112) out of bytes that a stranger sends, in whatever pieces.
//
// Everything is bounded before it is stored: head, chunk lines, trailers and body. What is ambiguous is
// refused: two lengths, a length beside chunks, bare line feeds, folded fields, codings that were not
// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace assay::http1 {

class ResponseReader {
 public:
  enum class State : std::uint8_t { kMore, kDone, kTooLarge, kMalformed };

  static constexpr std::size_t kMaxHeadBytes = 32 * 1024;  // interim responses included

  explicit ResponseReader(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  // Feed: takes the next bytes. After anything but kMore nothing more is taken.
  State Feed(std::string_view bytes);

  // End: the sender has closed in order: the end of a body without length, a defect anywhere else.
  State End();

  State state() const { return state_; }

  // status, body: require kDone.
  int status() const { return status_; }
  const std::string& body() const { return body_; }

  // Field: the value of a field by its lower-case name, repeated ones joined by ", " (RFC 9110 section 5.3); null when
  // absent.
  const std::string* Field(const std::string& name) const;

  // defect: why the state is kMalformed or kTooLarge.
  std::string_view defect() const { return defect_; }

 private:
  enum class Part : std::uint8_t { kHead, kBody, kBodyToEnd, kChunkSize, kChunk, kChunkEnd, kTrailer, kEnd };

  State Step();
  State ReadHead();
  State ReadFields(std::string_view lines);
  State ChooseBody();
  State ReadChunkSize();
  State TakeBody(std::size_t most);
  bool TakeLine(std::size_t limit, std::string_view* line);
  State Fail(std::string_view why);
  State TooLarge();

  const std::size_t max_body_bytes_;
  std::string buffer_;    // received, not yet read
  std::size_t used_ = 0;  // of buffer_
  std::size_t head_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t remaining_ = 0;  // of the body or the chunk
  Part part_ = Part::kHead;
  State state_ = State::kMore;
  int status_ = 0;
  std::map<std::string, std::string> fields_;
  std::string body_;
  std::string_view defect_;
};

}  // namespace assay::http1
