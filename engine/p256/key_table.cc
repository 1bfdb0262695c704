#include "engine/p256/key_table.h"

#include <sys/mman.h>

#include <new>

namespace assay::p256 {

PopulatedPages::PopulatedPages(std::size_t bytes)
    : memory_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)),
      bytes_(bytes) {
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
}

PopulatedPages::~PopulatedPages() { ::munmap(memory_, bytes_); }

}  // namespace assay::p256
