#include "engine/c/handles.h"

#include <pthread.h>

#include <cstdlib>

namespace assay::c {
namespace {

std::atomic<std::uint64_t> process{1};

// The library is never unloaded, so that the handler stays where it is.
[[maybe_unused]] const int registered = ::pthread_atfork(nullptr, nullptr, [] { process.fetch_add(1); });

}  // namespace

std::uint64_t ThisProcess() { return process.load(std::memory_order_relaxed); }

char* CopyText(std::string_view text, std::size_t* size) {
  char* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::copy(text.begin(), text.end(), copy);
  copy[text.size()] = '\0';
  if (size != nullptr) *size = text.size();
  return copy;
}

}  // namespace assay::c

extern "C" void assay_text_free(char* text) { std::free(text); }
