#include "tests/testing/counting_heap.h"

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace assay::testing {

std::atomic<std::size_t> allocations{0};
std::atomic<bool> refuse_allocations{false};
std::atomic<bool> refuse_as_a_defect{false};
std::atomic<std::ptrdiff_t> refuse_after{-1};

}  // namespace assay::testing

namespace {

[[noreturn]] void Refuse() {
  if (!assay::testing::refuse_as_a_defect) throw std::bad_alloc();
  assay::testing::refuse_allocations = false;  // the exception's own text
  throw std::logic_error("refused");
}

void* Take(std::size_t size, std::size_t alignment) {
  if (assay::testing::refuse_allocations) Refuse();
  if (assay::testing::refuse_after >= 0 && assay::testing::refuse_after-- == 0) Refuse();
  ++assay::testing::allocations;
  void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return Take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t size) { return Take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t align) { return Take(size, static_cast<std::size_t>(align)); }
void* operator new[](std::size_t size, std::align_val_t align) { return Take(size, static_cast<std::size_t>(align)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept try { return operator new(size); } catch (...) {
  return nullptr;
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept try {
  return operator new[](size);
} catch (...) {
  return nullptr;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
