/* assay.h by itself, as C99; and the layout that version 1 promised. */
#include "engine/c/assay.h"

#define ASSAY_EXPECT(name, condition) typedef char assay_expect_##name[(condition) ? 1 : -1]
#if UINTPTR_MAX == UINT64_MAX
ASSAY_EXPECT(span, sizeof(assay_span) == 16);
ASSAY_EXPECT(pair, sizeof(assay_pair) == 32);
ASSAY_EXPECT(log_event, sizeof(assay_log_event) == 48);
ASSAY_EXPECT(engine_options, sizeof(assay_engine_options) == 32);
ASSAY_EXPECT(verdict_fields, sizeof(assay_verdict_fields) == 208);
ASSAY_EXPECT(batch_options, sizeof(assay_batch_options) == 32);
ASSAY_EXPECT(request, sizeof(assay_request) == 72);
ASSAY_EXPECT(decision, sizeof(assay_decision) == 144);
ASSAY_EXPECT(keeper_options, sizeof(assay_keeper_options) == 104);
#endif

uint32_t assay_header_in_c99(void);
uint32_t assay_header_in_c99(void) { return assay_abi_version(); }
