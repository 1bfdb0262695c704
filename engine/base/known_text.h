// KnownText: a text that many others are compared with, made ready for it: its words are loaded once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/bytes.h"

namespace assay {

class KnownText {
 public:
  explicit KnownText(std::string text) : text_(std::move(text)) {
    if (text_.size() < kWord) {
      first_ = LoadFewBytes(text_.data(), text_.size());
    } else {
      first_ = LoadWord<std::uint64_t>(text_.data());
      last_ = LoadWord<std::uint64_t>(text_.data() + text_.size() - kWord);
    }
  }

  // Is: whether `other` is the same, byte for byte. Variable time.
  bool Is(std::string_view other) const {
    const std::size_t size = text_.size();
    if (other.size() != size) return false;
    const char* const p = other.data();
    if (size < kWord) return LoadFewBytes(p, size) == first_;
    const std::uint64_t first = LoadWord<std::uint64_t>(p), last = LoadWord<std::uint64_t>(p + size - kWord);
    if (((first ^ first_) | (last ^ last_)) != 0) return false;
    return size <= 2 * kWord || SameBytes(p, text_.data(), size);
  }

  bool IsPrefixOf(std::string_view other) const {
    return other.size() >= text_.size() && Is(other.substr(0, text_.size()));
  }

  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);

  std::string text_;
  std::uint64_t first_ = 0, last_ = 0;  // its first and last 8 bytes; of a shorter text all, as LoadFewBytes() has them
};

}  // namespace assay
