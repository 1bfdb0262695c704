#include "engine/base/reason.h"

namespace assay {

std::string_view ReasonWord(Reason reason) {
  switch (reason) {
#define ASSAY_REASON_CASE(name, number, word) \
  case Reason::k##name:                       \
    return word;
    ASSAY_REASONS(ASSAY_REASON_CASE)
#undef ASSAY_REASON_CASE
  }
  return "unset";
}

}  // namespace assay
