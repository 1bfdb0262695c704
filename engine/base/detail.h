// Detail: the arguments of a rejection's message, formatted only when the message is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/limits.h"

namespace assay {

// Detail: what `value` and `bound` are depends on the reason; the makers name the pairs, Verdict::Detail() reads them.
struct Detail {
  // Size is of `bytes`, held against `limit`.
  static constexpr Detail Size(std::string_view subject, std::size_t bytes, std::size_t limit) {
    return {subject, static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(limit)};
  }
  // At is at a byte position: of the token, or of the decoded JSON.
  static constexpr Detail At(std::string_view subject, std::size_t position) {
    return {subject, static_cast<std::int64_t>(position), 0};
  }
  // Time is of the Unix time `time`, held against `now`.
  static constexpr Detail Time(std::string_view subject, std::int64_t time, std::int64_t now) {
    return {subject, time, now};
  }

  std::string_view subject;      // the claim or field concerned, or a constant phrase
  std::int64_t value = 0;        // what was found, or a byte position
  std::int64_t bound = 0;        // the limit or time it was compared with
  std::string_view found = {};   // what the token has, as JSON; where a reason says so
  std::string_view wanted = {};  // what it should have
};

// kLessNesting, kFewerMembers: wanted of JSON that is beyond our limits, and may be good otherwise.
inline constexpr std::string_view kLessNesting = "at most 16 objects and arrays in one another";
inline constexpr std::string_view kFewerMembers = "at most 256 members in an object";
static_assert(kMaxJsonDepth == 16 && kMaxObjectMembers == 256);

}  // namespace assay
