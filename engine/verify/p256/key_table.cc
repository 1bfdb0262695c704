#include "engine/verify/p256/key_table.h"

#include <new>

namespace assay::p256 {

namespace {
constexpr std::align_val_t kAlignment{4096};
}

KeyTable::KeyTable(int window)
    : window_(window),
      entries_(static_cast<TableEntry*>(::operator new(BytesFor(window), kAlignment))) {}

KeyTable::~KeyTable() { ::operator delete(entries_, kAlignment); }

}  // namespace assay::p256
