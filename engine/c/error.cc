#include <charconv>

#include "engine/api/counters.h"
#include "engine/base/reason.h"
#include "engine/c/handles.h"

namespace assay::c {
namespace {

// NoMemory: the error of whoever has none left for one.
assay_error* NoMemory() {
  static assay_error error{ASSAY_ERROR_MEMORY, 0, {}};
  return &error;
}

// LineOf: N of a message that begins with `NAME:N:`; 0: it does not.
std::int32_t LineOf(std::string_view message, std::string_view name) {
  if (name.empty() || !message.starts_with(name) || message.substr(name.size(), 1) != ":") return 0;
  std::int32_t line = 0;
  std::from_chars(message.data() + name.size() + 1, message.data() + message.size(), line);
  return line;
}

}  // namespace

void Fail(assay_error** error, std::int32_t code, std::string_view message, std::string_view name) noexcept {
  if (error == nullptr) return;
  try {
    *error = new assay_error{code, LineOf(message, name), std::string(message)};
  } catch (const std::bad_alloc&) {
    *error = NoMemory();
  }
}

}  // namespace assay::c

using namespace assay::c;

extern "C" {

uint32_t assay_abi_version(void) { return ASSAY_ABI_MAJOR << 16 | ASSAY_ABI_MINOR; }

const char* assay_version(void) { return assay::Version().data(); }

const char* assay_reason_word(int32_t reason) {
  for (const assay::Reason each : assay::kAllReasons) {
    if (static_cast<std::int32_t>(each) == reason) return assay::ReasonWord(each).data();
  }
  return "unknown";
}

int32_t assay_error_code(const assay_error* error) { return error == nullptr ? 0 : error->code; }

const char* assay_error_message(const assay_error* error) {
  if (error == nullptr) return "";
  return error == NoMemory() ? "memory ran out" : error->message.c_str();
}

int32_t assay_error_line(const assay_error* error) { return error == nullptr ? 0 : error->line; }

void assay_error_free(assay_error* error) {
  if (error != NoMemory()) delete error;
}

}  // extern "C"
