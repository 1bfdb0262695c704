// assay.h by itself, as C++11.
#include "engine/c/assay.h"

extern "C" const char* assay_header_in_cxx11() { return assay_reason_word(ASSAY_ACCEPTED); }
