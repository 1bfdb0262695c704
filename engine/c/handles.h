// What the C face's files share: its handles, and how a call into C++ is fenced. Not installed.
//
// # Fences
// No exception leaves: each entry runs in Fenced(), which makes of one the entry's failure, and never anything else.
//
// # Fork
// ThisProcess() changes in a forked child. Handles that hold threads, locks or what their host waits for remember in
// which process they were made.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/api/engine.h"
#include "engine/base/arena.h"
#include "engine/c/assay.h"

struct assay_error {
  int32_t code = 0;
  int32_t line = 0;
  std::string message;
};

struct assay_config {
  assay::EngineConfig config;
};

struct assay_engine {
  std::shared_ptr<assay::Engine> engine;
  std::atomic<std::uint64_t> references{1};
  std::atomic<std::uint64_t> kept_in{0};  // the process in which a keeper has kept it; 0: none has
};

namespace assay::c {

// ThisProcess: a number that is another one in a child of fork(); never 0.
std::uint64_t ThisProcess();

// Usable: whether this process may take the engine's locks: a keeper's thread of the parent may have held them.
inline bool Usable(const assay_engine& engine) {
  const std::uint64_t kept_in = engine.kept_in.load();
  return kept_in == 0 || kept_in == ThisProcess();
}

// Fail: sets `*error`, if there is a place for it. `name`: what the message's lines begin with, for the line's number.
void Fail(assay_error** error, std::int32_t code, std::string_view message, std::string_view name = {}) noexcept;

// Fenced: what `call` gives; `failed` and an error where it throws. Clears `*error` first.
template <typename T, typename Call>
T Fenced(assay_error** error, T failed, const Call& call) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    return call();
  } catch (const std::bad_alloc&) {
    Fail(error, ASSAY_ERROR_MEMORY, "memory ran out");
  } catch (const std::exception& thrown) {
    Fail(error, ASSAY_ERROR_SYSTEM, thrown.what());
  } catch (...) {
    Fail(error, ASSAY_ERROR_SYSTEM, "an unknown exception");
  }
  return failed;
}

inline assay_span Span(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view View(assay_span span) { return {span.data, span.data == nullptr ? 0 : span.size}; }

// IsText: whether a span is text: there are bytes where it says so, and none is NUL.
inline bool IsText(assay_span span) {
  return (span.data != nullptr || span.size == 0) && View(span).find('\0') == std::string_view::npos;
}

inline constexpr std::size_t kMaxStructSize = 4096;

// BeginOut: prepares a struct that is to be filled, and of which version 1 has all members; false when its size is
// none.
template <typename Struct>
bool BeginOut(Struct* out) {
  if (out == nullptr) return false;
  const std::size_t size = out->struct_size;
  if (size < sizeof(Struct) || size > kMaxStructSize) return false;
  std::memset(static_cast<void*>(out), 0, size);
  out->struct_size = size;
  return true;
}

// ReadIn: a copy of a struct that is given, of which version 1 has all members; nothing when its size is none, or when
// it says something that this version does not know.
template <typename Struct>
std::optional<Struct> ReadIn(const Struct* in) {
  const std::size_t size = in->struct_size;
  if (size < sizeof(Struct) || size > kMaxStructSize) return std::nullopt;
  const char* const bytes = reinterpret_cast<const char*>(in);
  if (std::any_of(bytes + sizeof(Struct), bytes + size, [](char byte) { return byte != 0; })) return std::nullopt;
  return *in;
}

// Scratch: memory for what a verdict's reader asks for.
class Scratch {
 public:
  Arena& arena() { return arena_ ? *arena_ : arena_.emplace(4096); }
  void Reset() {
    if (arena_) arena_->Reset();
  }

 private:
  std::optional<Arena> arena_;
};

// CopyText: for assay_text_free().
char* CopyText(std::string_view text, std::size_t* size);

}  // namespace assay::c

struct assay_verdict {
  const assay::Verdict* verdict;
  assay::c::Scratch* scratch;
};
