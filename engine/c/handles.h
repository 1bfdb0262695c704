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

// kFirstSize: of a struct that crosses, as version 1.0 had it. Programs that were built then give it for ever, whatever
// is added behind.
template <typename Struct>
inline constexpr std::size_t kFirstSize = 0;
template <>
inline constexpr std::size_t kFirstSize<assay_engine_options> = 32;
template <>
inline constexpr std::size_t kFirstSize<assay_verdict_fields> = 208;
template <>
inline constexpr std::size_t kFirstSize<assay_batch_options> = 32;
template <>
inline constexpr std::size_t kFirstSize<assay_request> = 72;
template <>
inline constexpr std::size_t kFirstSize<assay_decision> = 144;
template <>
inline constexpr std::size_t kFirstSize<assay_keeper_options> = 104;

// IsSize: whether a struct that crosses may be this large.
template <typename Struct>
bool IsSize(std::size_t size) {
  static_assert(kFirstSize<Struct> >= sizeof(std::size_t) && kFirstSize<Struct> <= sizeof(Struct));
  return size >= kFirstSize<Struct> && size <= kMaxStructSize;
}

// BeginOut: prepares a struct that is to be filled; false when its size is none. There is room for what version 1.0
// had; for what was added, where struct_size says so.
template <typename Struct>
bool BeginOut(Struct* out) {
  if (out == nullptr || !IsSize<Struct>(out->struct_size)) return false;
  const std::size_t size = out->struct_size;
  std::memset(static_cast<void*>(out), 0, size);
  out->struct_size = size;
  return true;
}

// ReadIn: a copy of a struct that is given, with 0 for what it is too small for; nothing when its size is none, or when
// it says something that this version does not know.
template <typename Struct>
std::optional<Struct> ReadIn(const Struct* in) {
  const std::size_t size = in->struct_size;
  if (!IsSize<Struct>(size)) return std::nullopt;
  const std::size_t known = std::min(size, sizeof(Struct));
  const char* const bytes = reinterpret_cast<const char*>(in);
  if (std::any_of(bytes + known, bytes + size, [](char byte) { return byte != 0; })) return std::nullopt;
  Struct read = {};
  std::memcpy(static_cast<void*>(&read), in, known);
  return read;
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

namespace assay::c {

// What functions that give a claim return.
inline constexpr std::int32_t kFound = 1, kNone = 0, kUnfit = -1;

// TextOf: a claim as text that a header may hold.
std::int32_t TextOf(const json::Value& value, Scratch* scratch, assay_span* out);

}  // namespace assay::c
