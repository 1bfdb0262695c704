// A heap that counts what operator new is asked for, and can refuse. For test binaries of their own: linking
// assay_counting_heap replaces operator new of the whole program. BoringSSL does not use that operator.
#pragma once

#include <atomic>
#include <cstddef>

namespace assay::testing {

extern std::atomic<std::size_t> allocations;
extern std::atomic<bool> refuse_allocations;  // every request throws std::bad_alloc meanwhile
extern std::atomic<bool> refuse_as_a_defect;  // what is refused throws std::logic_error instead
extern std::atomic<std::ptrdiff_t>
    refuse_after;  // this many more requests are granted, then one is refused; -1: none is

}  // namespace assay::testing
