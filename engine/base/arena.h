// Arena: a bump allocator (region) for the memory of one batch, freed all at once by Reset().
//
// Adds blocks until it has seen the largest batch; Reset() then replaces them by one that fits, so that in the
// steady state nothing is allocated. Not thread-safe. Runs no destructors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace assay {

class Arena {
 public:
  explicit Arena(std::size_t initial_bytes = 64 * 1024) { AddBlock(initial_bytes); }

  // Reset: frees everything; pointers from Allocate() and Copy() become invalid.
  void Reset() {
    if (blocks_.size() > 1) [[unlikely]]
      Coalesce();
    next_ = blocks_.back().bytes.get();
    end_ = next_ + blocks_.back().size;
  }

  // Allocate: uninitialised memory for `count` objects, aligned. Return an unused tail with Shrink().
  template <typename T>
  T* Allocate(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    auto address = reinterpret_cast<std::uintptr_t>(next_);
    const std::size_t pad = (alignof(T) - address % alignof(T)) % alignof(T);
    const std::size_t bytes = count * sizeof(T);
    if (static_cast<std::size_t>(end_ - next_) < pad + bytes) [[unlikely]] {
      AddBlock(std::max(2 * blocks_.back().size, bytes + alignof(T)));
      return Allocate<T>(count);
    }
    char* start = next_ + pad;
    next_ = start + bytes;
    return reinterpret_cast<T*>(start);
  }

  // Shrink: frees what the last Allocate() returned beyond its first `used` objects.
  template <typename T>
  void Shrink(T* last, std::size_t used) {
    next_ = reinterpret_cast<char*>(last + used);
  }

  // Copy: `text` in this arena.
  std::string_view Copy(std::string_view text) {
    char* bytes = Allocate<char>(text.size());
    if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  // Coalesce: replaces all blocks by one of their total size.
  __attribute__((noinline)) void Coalesce() {
    std::size_t total = 0;
    for (const Block& block : blocks_) total += block.size;
    AddBlock(total);  // may throw: until here nothing has changed
    blocks_.erase(blocks_.begin(), blocks_.end() - 1);
  }

  __attribute__((noinline)) void AddBlock(std::size_t size) {
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    next_ = blocks_.back().bytes.get();
    end_ = next_ + size;
  }

  std::vector<Block> blocks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace assay
