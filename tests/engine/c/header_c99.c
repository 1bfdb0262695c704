/* assay.h by itself, as C99; and the layout that version 1 promised. */
#include "engine/c/assay.h"

#define ASSAY_EXPECT(name, condition) typedef char assay_expect_##name[(condition) ? 1 : -1]
#if UINTPTR_MAX == UINT64_MAX
#define ASSAY_AT(type, member, at) ASSAY_EXPECT(type##_##member, offsetof(type, member) == (at))
ASSAY_EXPECT(span, sizeof(assay_span) == 16);
ASSAY_EXPECT(pair, sizeof(assay_pair) == 32);
ASSAY_EXPECT(log_event, sizeof(assay_log_event) == 48);
ASSAY_EXPECT(engine_options, sizeof(assay_engine_options) == 32);
ASSAY_EXPECT(verdict_fields, sizeof(assay_verdict_fields) == 208);
ASSAY_EXPECT(batch_options, sizeof(assay_batch_options) == 32);
ASSAY_EXPECT(request, sizeof(assay_request) == 72);
ASSAY_EXPECT(decision, sizeof(assay_decision) == 144);
ASSAY_EXPECT(keeper_options, sizeof(assay_keeper_options) == 104);
ASSAY_AT(assay_span, size, 8);
ASSAY_AT(assay_pair, value, 16);
ASSAY_AT(assay_log_event, struct_size, 0);
ASSAY_AT(assay_log_event, level, 8);
ASSAY_AT(assay_log_event, field_count, 12);
ASSAY_AT(assay_log_event, event, 16);
ASSAY_AT(assay_log_event, fields, 32);
ASSAY_AT(assay_log_event, suppressed, 40);
ASSAY_AT(assay_engine_options, struct_size, 0);
ASSAY_AT(assay_engine_options, log, 8);
ASSAY_AT(assay_engine_options, log_context, 16);
ASSAY_AT(assay_engine_options, flags, 24);
ASSAY_AT(assay_verdict_fields, struct_size, 0);
ASSAY_AT(assay_verdict_fields, reason, 8);
ASSAY_AT(assay_verdict_fields, issuer_index, 12);
ASSAY_AT(assay_verdict_fields, report_only, 16);
ASSAY_AT(assay_verdict_fields, has, 20);
ASSAY_AT(assay_verdict_fields, alg, 24);
ASSAY_AT(assay_verdict_fields, kid, 40);
ASSAY_AT(assay_verdict_fields, key_thumbprint, 56);
ASSAY_AT(assay_verdict_fields, issuer, 72);
ASSAY_AT(assay_verdict_fields, subject, 88);
ASSAY_AT(assay_verdict_fields, client_id, 104);
ASSAY_AT(assay_verdict_fields, session, 120);
ASSAY_AT(assay_verdict_fields, token_id, 136);
ASSAY_AT(assay_verdict_fields, tenant, 152);
ASSAY_AT(assay_verdict_fields, claims, 168);
ASSAY_AT(assay_verdict_fields, expires_at, 184);
ASSAY_AT(assay_verdict_fields, not_before, 192);
ASSAY_AT(assay_verdict_fields, issued_at, 200);
ASSAY_AT(assay_batch_options, struct_size, 0);
ASSAY_AT(assay_batch_options, batch_size, 8);
ASSAY_AT(assay_batch_options, queue_capacity, 12);
ASSAY_AT(assay_batch_options, workers, 16);
ASSAY_AT(assay_batch_options, wait_for_keys_ms, 20);
ASSAY_AT(assay_batch_options, deadline_ns, 24);
ASSAY_AT(assay_request, struct_size, 0);
ASSAY_AT(assay_request, method, 8);
ASSAY_AT(assay_request, query, 24);
ASSAY_AT(assay_request, headers, 40);
ASSAY_AT(assay_request, header_count, 48);
ASSAY_AT(assay_request, body, 56);
ASSAY_AT(assay_decision, struct_size, 0);
ASSAY_AT(assay_decision, reason, 8);
ASSAY_AT(assay_decision, allowed, 12);
ASSAY_AT(assay_decision, report_only, 16);
ASSAY_AT(assay_decision, is_answer, 20);
ASSAY_AT(assay_decision, status, 24);
ASSAY_AT(assay_decision, jsonrpc_error, 28);
ASSAY_AT(assay_decision, headers, 32);
ASSAY_AT(assay_decision, header_count, 40);
ASSAY_AT(assay_decision, body, 48);
ASSAY_AT(assay_decision, detail, 64);
ASSAY_AT(assay_decision, scopes_needed, 80);
ASSAY_AT(assay_decision, scopes_needed_count, 88);
ASSAY_AT(assay_decision, principal, 96);
ASSAY_AT(assay_decision, mcp_method, 112);
ASSAY_AT(assay_decision, mcp_name, 128);
ASSAY_AT(assay_keeper_options, struct_size, 0);
ASSAY_AT(assay_keeper_options, ca_file, 8);
ASSAY_AT(assay_keeper_options, proxy, 24);
ASSAY_AT(assay_keeper_options, no_proxy, 40);
ASSAY_AT(assay_keeper_options, key_folder, 56);
ASSAY_AT(assay_keeper_options, key_folder_owner, 72);
ASSAY_AT(assay_keeper_options, system_ca, 88);
ASSAY_AT(assay_keeper_options, allow_private_addresses, 92);
ASSAY_AT(assay_keeper_options, fetch_timeout_ms, 96);
#endif

uint32_t assay_header_in_c99(void);
uint32_t assay_header_in_c99(void) { return assay_abi_version(); }
