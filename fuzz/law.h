// What every fuzz target has: its entry point, a law that ends the process when it is broken, and a
// count of what its inputs reached, by which a test proves that the seeds reach acceptance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace assay::fuzz {

// How many inputs the target has seen accepted and rejected by what it tests.
struct Reached {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
};

inline Reached& Seen() {
  static Reached reached;
  return reached;
}

inline void Note(bool accepted) { ++(accepted ? Seen().accepted : Seen().rejected); }

inline std::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the part of `*rest` up to `separator` (or all of it) off its front.
inline std::string_view Take(std::string_view* rest, char separator) {
  const std::size_t end = rest->find(separator);
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return part;
}

// Between the parts of a structured input: it is legal nowhere in JSON text.
inline constexpr char kSeparator = '\x1E';

}  // namespace assay::fuzz

#define FUZZ_LAW(condition)                                                             \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      std::fprintf(stderr, "law broken: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                     \
    }                                                                                   \
  } while (0)
