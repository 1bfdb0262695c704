// KeyTable: the comb table (see comb.h) of one public key, precomputed once and immutable. Every
// kernel reads the same representation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/p256/comb.h"

namespace assay::p256 {

// PopulatedPages: zeroed anonymous pages, faulted in at once (MAP_POPULATE): a table is filled right away, and page
// faults one by one can take longer than the arithmetic that fills it.
class PopulatedPages {
 public:
  explicit PopulatedPages(std::size_t bytes);
  ~PopulatedPages();
  PopulatedPages(const PopulatedPages&) = delete;
  PopulatedPages& operator=(const PopulatedPages&) = delete;

  void* get() const { return memory_; }

 private:
  void* memory_;
  std::size_t bytes_;
};

class KeyTable {
 public:
  // BytesFor: bytes that a table of this window occupies. Requires kMinWindow <= window <= kMaxWindow.
  static constexpr std::size_t BytesFor(int window) { return TableEntries(window) * sizeof(TableEntry); }

  // Build: the comb of the point with big-endian affine coordinates at `x` and `y`, 32 bytes each, made
  // with the fastest arithmetic that this CPU has. Null if the window is out of range, a coordinate
  // is not below p, or the point is not on the curve.
  static std::unique_ptr<const KeyTable> Build(const std::uint8_t* x, const std::uint8_t* y, int window);

  // KeyTable: an uninitialised table, for builders.
  explicit KeyTable(int window) : window_(window), memory_(BytesFor(window)) {}

  int window() const { return window_; }
  std::size_t bytes() const { return BytesFor(window_); }
  const TableEntry* entries() const { return static_cast<const TableEntry*>(memory_.get()); }
  TableEntry* mutable_entries() { return static_cast<TableEntry*>(memory_.get()); }

 private:
  int window_;
  PopulatedPages memory_;
};

// kGeneratorWindow, GeneratorTable: the comb of the curve's generator G and its window. Shared by the process: built on
// first use, never freed. Thread-safe.
inline constexpr int kGeneratorWindow = 13;
const KeyTable& GeneratorTable();

}  // namespace assay::p256
