/* Assay's C face: libassay-c.so.1 and libassay-c.a. Usable from C99, C++11 and whatever calls C.
 *
 *   assay_engine* engine = assay_engine_create(config, NULL, &error);
 *   assay_worker* worker = assay_worker_create(engine, &error);
 *   if (assay_validate(worker, token, now) == ASSAY_ACCEPTED) serve(assay_worker_verdict(worker, 0));
 *
 * Threads: an engine and a batcher may be used by several threads at once; everything else by one at a time.
 * Fork: an engine that was made before fork() may be used after it, unless a keeper has kept it before; workers, loops,
 * batchers and keepers of the parent give `unset`, or fail, in the child, and freeing them there frees nothing. Nobody
 * may fork while another thread is in a call that is not a validation.
 * Unloading: the library stays loaded for good (dlclose() does nothing).
 * Signals: threads of the library's own block all of them.
 *
 * # Rules of all functions
 * - Whatever makes a decision gives a reason: ASSAY_ACCEPTED (200) is the only good one; 0 (`unset`) is a refusal.
 * - Others give 1 when they did what they say, else 0 (or NULL), and then set `*error`, where `error` is not NULL; the
 *   caller frees it. On success `*error` is set to NULL.
 * - Any handle may be NULL: then nothing is done, and the result is a failure or a refusal.
 * - Text is UTF-8 with its length; a NUL in it is an error. A token may be any bytes.
 * - No exception leaves the library, and none may leave a callback.
 * - Structs begin with struct_size, which the caller sets to sizeof. One that is filled: smaller than in the first
 *   version, the call fails; else all struct_size bytes are zeroed first. One that is read: what lies behind the
 * members that are known must be zero, else the call fails. More than 4096 is an error in both.
 * - Reasons' numbers, and what is declared here, stay as they are within version 1; new ones are added.
 */
#ifndef ASSAY_ASSAY_H_
#define ASSAY_ASSAY_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ASSAY_API __attribute__((visibility("default")))
#else
#define ASSAY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_ABI_MAJOR 1
#define ASSAY_ABI_MINOR 0

/* assay_abi_version: major << 16 | minor, of the library that is loaded. */
ASSAY_API uint32_t assay_abi_version(void);
/* assay_version: "0.1.0". */
ASSAY_API const char* assay_version(void);

/* assay_span: bytes that somebody else owns. data may be NULL where size is 0. */
typedef struct assay_span {
  const char* data;
  size_t size;
} assay_span;

typedef struct assay_pair {
  assay_span name;
  assay_span value;
} assay_pair;

typedef struct assay_config assay_config;
typedef struct assay_engine assay_engine;
typedef struct assay_worker assay_worker;
typedef struct assay_loop assay_loop;
typedef struct assay_batcher assay_batcher;
typedef struct assay_checker assay_checker;
typedef struct assay_keeper assay_keeper;
typedef struct assay_error assay_error;
typedef struct assay_verdict assay_verdict;

/* Reasons that a host's code goes by; every other has its word, too. */
#define ASSAY_UNSET 0
#define ASSAY_KEYS_UNAVAILABLE 62
#define ASSAY_KEY_PENDING 66
#define ASSAY_REVOCATION_UNAVAILABLE 112
#define ASSAY_INSUFFICIENT_SCOPE 140
#define ASSAY_PREFLIGHT 147
#define ASSAY_ACCEPTED 200

/* assay_reason_word: the stable word of a reason, such as "expired"; "unknown" for a number that is none. Static. */
ASSAY_API const char* assay_reason_word(int32_t reason);

/* # Errors */
#define ASSAY_ERROR_ARGUMENT 1    /* NULL, a NUL in text, a struct_size or a number out of range */
#define ASSAY_ERROR_MEMORY 2      /* memory ran out */
#define ASSAY_ERROR_REFUSED 3     /* a configuration, a policy, a revocation with defects: the message says which */
#define ASSAY_ERROR_SYSTEM 4      /* no thread or descriptor was left */
#define ASSAY_ERROR_FORKED 5      /* the handle is of another process */
#define ASSAY_ERROR_UNSUPPORTED 6 /* this build was made without it */

ASSAY_API int32_t assay_error_code(const assay_error* error);
/* assay_error_message: for people, all defects, one a line; lives as long as the error. "" for NULL. */
ASSAY_API const char* assay_error_message(const assay_error* error);
/* assay_error_line: the line of the first defect, in the text that was given; 0: none. */
ASSAY_API int32_t assay_error_line(const assay_error* error);
ASSAY_API void assay_error_free(assay_error* error);

/* assay_text_free: frees text that a function gave with `char*`. */
ASSAY_API void assay_text_free(char* text);

/* # Configuration: README's file format. `name` stands in messages. */
ASSAY_API assay_config* assay_config_from_text(assay_span text, assay_span name, assay_error** error);
ASSAY_API assay_config* assay_config_from_file(assay_span path, assay_error** error);
/* What is allowed and hardly meant, and the configured issuers; views of the configuration, empty beyond the last. */
ASSAY_API size_t assay_config_warning_count(const assay_config* config);
ASSAY_API assay_span assay_config_warning(const assay_config* config, size_t index);
ASSAY_API size_t assay_config_issuer_count(const assay_config* config);
ASSAY_API assay_span assay_config_issuer(const assay_config* config, size_t index);
/* assay_config_accepts_confirmation: 1 where tokens that are bound to a key count once the host has checked the proof:
 * a host that checks none refuses such a configuration. */
ASSAY_API int32_t assay_config_accepts_confirmation(const assay_config* config);
ASSAY_API void assay_config_free(assay_config* config);

/* # Engine */
typedef struct assay_log_event {
  size_t struct_size;
  int32_t level; /* 0 information, 1 warning, 2 error */
  uint32_t field_count;
  assay_span event; /* a stable word */
  const assay_pair* fields;
  uint64_t suppressed; /* events of this word that were left out since the last one */
} assay_log_event;

/* assay_log_call: on the thread that creates, reloads or revokes, and on a keeper's; several at once; never while a
 * token is validated. Views live for the call. It must not use the engine. */
typedef void (*assay_log_call)(void* context, const assay_log_event* event);

typedef struct assay_engine_options {
  size_t struct_size;
  assay_log_call log; /* may be NULL */
  void* log_context;
  uint32_t flags; /* 0 */
  uint32_t reserved;
} assay_engine_options;

/* assay_engine_create: with one reference. `config` is copied, `options` may be NULL. */
ASSAY_API assay_engine* assay_engine_create(const assay_config* config, const assay_engine_options* options,
                                            assay_error** error);
ASSAY_API assay_engine* assay_engine_retain(assay_engine* engine);
ASSAY_API void assay_engine_release(assay_engine* engine);
/* assay_engine_reload: replaces the whole configuration, or changes nothing. */
ASSAY_API int32_t assay_engine_reload(assay_engine* engine, const assay_config* config, assay_error** error);
/* assay_engine_revoke: `lines`: a revocation a line, as JSON (README, "Revocation"); all of them or none. */
ASSAY_API int32_t assay_engine_revoke(assay_engine* engine, assay_span lines, int64_t now, assay_error** error);
/* assay_engine_ready: 1 while every issuer has keys; assay_engine_issuer_ready: while this one has. */
ASSAY_API int32_t assay_engine_ready(assay_engine* engine);
ASSAY_API int32_t assay_engine_issuer_ready(assay_engine* engine, assay_span issuer);
/* assay_engine_metrics: Prometheus text, ended by NUL, for assay_text_free(). */
ASSAY_API char* assay_engine_metrics(assay_engine* engine, size_t* size, assay_error** error);

/* # Worker: validates tokens. One per thread. `now` is in Unix seconds. */
ASSAY_API assay_worker* assay_worker_create(assay_engine* engine, assay_error** error);
ASSAY_API void assay_worker_free(assay_worker* worker);
/* assay_validate: the reason of one token; its verdict is assay_worker_verdict(worker, 0). */
ASSAY_API int32_t assay_validate(assay_worker* worker, assay_span token, int64_t now);
/* assay_validate_batch: reasons[i] is what assay_validate(tokens[i]) gives; 32 or more at once are cheaper. 0 where the
 * batch could not be judged: then all reasons are `unset`. */
ASSAY_API int32_t assay_validate_batch(assay_worker* worker, const assay_span* tokens, size_t count, int64_t now,
                                       int32_t* reasons);
/* assay_worker_verdict: of token `index` of the last call; NULL beyond it. Until the worker's next call, while the
 * token's bytes live. */
ASSAY_API const assay_verdict* assay_worker_verdict(const assay_worker* worker, size_t index);

/* # Verdict: a view, as are its spans: until its worker's next call, or for the callback that it was given to. */
#define ASSAY_HAS_EXPIRES_AT 1u
#define ASSAY_HAS_NOT_BEFORE 2u
#define ASSAY_HAS_ISSUED_AT 4u

typedef struct assay_verdict_fields {
  size_t struct_size;
  int32_t reason;
  int32_t issuer_index; /* in the configuration; -1: none was chosen */
  /* 1: refused, and the issuer's `mode` is "report": a host that offers report mode may let the request pass, if it
   * shows reason and detail. Nobody's claims are given. 0 of all that is forged, out of its time, revoked, or bound to
   * a key (README, "Report mode"). */
  int32_t report_only;
  uint32_t has;   /* ASSAY_HAS_…: which of the times the token has */
  assay_span alg; /* this and kid: untrusted unless accepted */
  assay_span kid;
  assay_span key_thumbprint;
  assay_span issuer; /* this and what follows: of an accepted token; data is NULL where it has none */
  assay_span subject;
  assay_span client_id;
  assay_span session;
  assay_span token_id;
  assay_span tenant;
  assay_span claims; /* the payload's JSON, byte for byte */
  int64_t expires_at;
  int64_t not_before;
  int64_t issued_at;
} assay_verdict_fields;

ASSAY_API int32_t assay_verdict_reason(const assay_verdict* verdict);
ASSAY_API int32_t assay_verdict_read(const assay_verdict* verdict, assay_verdict_fields* out);
/* assay_verdict_detail: one line for people: what was wrong. Not stable; shows nothing unescaped. */
ASSAY_API assay_span assay_verdict_detail(const assay_verdict* verdict);

/* Claims of an accepted token, by the `names` that lead to one, from the root inwards; arrays are never entered. 1 and
 * `*out`; 0 where there is none (no such claim, null, false as text); -1 where it cannot be given in this form: never
 * to be taken for absence. `*out` is empty unless 1 is given.
 * - text: strings without control characters, numbers and `true` as they are; arrays and objects as ASCII JSON
 * - number: whole ones that fit
 * - json: any value, as ASCII JSON without white space
 */
ASSAY_API int32_t assay_claim_text(const assay_verdict* verdict, const assay_span* path, size_t names, assay_span* out);
ASSAY_API int32_t assay_claim_number(const assay_verdict* verdict, const assay_span* path, size_t names, int64_t* out);
ASSAY_API int32_t assay_claim_json(const assay_verdict* verdict, const assay_span* path, size_t names, assay_span* out);

/* # Kept verdicts: a verdict that was given for a call, or until a worker's next one, as long as the host wants.
 * assay_verdict_keep: a copy that needs nothing of worker and token; NULL when memory ran out. Used by one thread at a
 * time. What its readers give lives as long as it does, and adds to it. assay_verdict_free: of a kept one only. */
ASSAY_API assay_verdict* assay_verdict_keep(const assay_verdict* verdict);
ASSAY_API void assay_verdict_free(assay_verdict* kept);

/* # What a host may require of an accepted token beyond the configuration
 * assay_verdict_check_audience: ASSAY_ACCEPTED where the token's own `aud` holds one of `audiences`; else why not: a
 * refused token's reason, audience_missing, wrong_audience. assay_verdict_has_scopes: 1 where it has all `scopes`, by
 * its issuer's scope claim. assay_verdict_scopes: that claim, as assay_claim_text() gives one.
 * assay_verdict_principal: one string for who acts, the same as assay_decision's; empty: nobody. */
ASSAY_API int32_t assay_verdict_check_audience(const assay_verdict* verdict, const assay_span* audiences, size_t count);
ASSAY_API int32_t assay_verdict_has_scopes(const assay_verdict* verdict, const assay_span* scopes, size_t count);
ASSAY_API int32_t assay_verdict_scopes(const assay_verdict* verdict, assay_span* out);
ASSAY_API assay_span assay_verdict_principal(const assay_verdict* verdict);

/* # Batches for hosts whose tokens come one at a time. The token's bytes must live until its call. */
typedef void (*assay_verdict_call)(void* context, const assay_verdict* verdict);

/* assay_batch_options: what is out of range is refused. */
typedef struct assay_batch_options {
  size_t struct_size;
  uint32_t batch_size;       /* 0: 32; at most 65536 */
  uint32_t queue_capacity;   /* 0: 1024; at most 65536 */
  uint32_t workers;          /* of a batcher; 0: one per hardware thread; at most 1024 */
  uint32_t wait_for_keys_ms; /* of a loop: how long a token may await keys; at most 1000; 0: not at all */
  uint64_t deadline_ns;      /* 0: 50,000; at most 1,000,000,000 */
} assay_batch_options;

/* assay_loop: for an event loop. submit during a turn, flush at its end. `options` may be NULL. Each token that was
 * taken, and not cancelled, gets exactly one call: within submit, flush, poll or free. A call may submit and cancel; it
 * must not free the loop. */
ASSAY_API assay_loop* assay_loop_create(assay_engine* engine, const assay_batch_options* options, assay_error** error);
/* assay_loop_submit: 0 when full. `ticket` may be NULL; it is set before any call. */
ASSAY_API int32_t assay_loop_submit(assay_loop* loop, assay_span token, int64_t now, assay_verdict_call call,
                                    void* context, uint64_t* ticket);
/* assay_loop_cancel: from then on neither token nor context is touched; 0 when there was nothing to cancel. */
ASSAY_API int32_t assay_loop_cancel(assay_loop* loop, uint64_t ticket);
ASSAY_API void assay_loop_flush(assay_loop* loop);
ASSAY_API void assay_loop_poll(assay_loop* loop);
/* assay_loop_time_left: nanoseconds until poll should be called; -1: nothing waits. */
ASSAY_API int64_t assay_loop_time_left(const assay_loop* loop);
/* assay_loop_keys_fd: an eventfd for the host's loop to watch, never to read: when it is readable there may be new
 * keys, and poll or flush looks at them. -1 without wait_for_keys_ms. */
ASSAY_API int32_t assay_loop_keys_fd(assay_loop* loop);
ASSAY_API void assay_loop_free(assay_loop* loop);

/* assay_batcher: for many threads. Calls on whichever thread validates. */
ASSAY_API assay_batcher* assay_batcher_create(assay_engine* engine, const assay_batch_options* options,
                                              assay_error** error);
/* assay_batcher_submit, assay_batcher_validate (which returns after the call): 0 when full: nothing is called. */
ASSAY_API int32_t assay_batcher_submit(assay_batcher* batcher, assay_span token, int64_t now, assay_verdict_call call,
                                       void* context);
ASSAY_API int32_t assay_batcher_validate(assay_batcher* batcher, assay_span token, int64_t now, assay_verdict_call call,
                                         void* context);
ASSAY_API void assay_batcher_flush(assay_batcher* batcher);
ASSAY_API void assay_batcher_poll(assay_batcher* batcher);
ASSAY_API void assay_batcher_free(assay_batcher* batcher); /* no call may be under way */

/* # Checker: decides on MCP requests by a policy (README, "MCP"). */
typedef struct assay_request {
  size_t struct_size;
  assay_span method; /* empty: POST */
  assay_span query;
  const assay_pair* headers; /* as they arrived */
  size_t header_count;
  assay_span body;
} assay_request;

typedef struct assay_decision {
  size_t struct_size;
  int32_t reason;
  int32_t allowed; /* 1: pass the request on; whatever else: answer it with status, headers and body */
  /* 1: not allowed, and the policy's `mode` (or the issuer's as well) is "report": a host that offers report mode may
   * pass the request on all the same, if it shows reason and detail. */
  int32_t report_only;
  int32_t is_answer; /* 1: a preflight */
  int32_t status;
  int32_t jsonrpc_error; /* 0: none */
  const assay_pair* headers;
  size_t header_count;
  assay_span body; /* JSON, or empty */
  assay_span detail;
  const assay_span* scopes_needed;
  size_t scopes_needed_count;
  assay_span principal; /* one string for who acts; empty: nobody */
  assay_span mcp_method;
  assay_span mcp_name; /* of the tool or prompt; the resource's URI */
} assay_decision;

/* assay_checker_create: for the engine's issuers as they are; to be made anew after a reload. */
ASSAY_API assay_checker* assay_checker_create(assay_engine* engine, assay_span policy, assay_span name,
                                              assay_error** error);
/* assay_checker_create_for: the same; `judges` says what of a request this host judges, whatever the policy's
 * header_mode: its headers alone, its body in any case. */
#define ASSAY_JUDGES_AS_POLICY 0u
#define ASSAY_JUDGES_HEADERS 1u
#define ASSAY_JUDGES_BODY 2u
ASSAY_API assay_checker* assay_checker_create_for(assay_engine* engine, assay_span policy, assay_span name,
                                                  uint32_t judges, assay_error** error);
ASSAY_API void assay_checker_free(assay_checker* checker);
/* What the policy says that is allowed and hardly meant, by itself and with the engine's issuers; views of the checker,
 * empty beyond the last. */
ASSAY_API size_t assay_checker_warning_count(const assay_checker* checker);
ASSAY_API assay_span assay_checker_warning(const assay_checker* checker, size_t index);
/* assay_checker_takes_proofs: 1 where tokens may be bound to keys (DPoP): a host that checks no proof refuses such. */
ASSAY_API int32_t assay_checker_takes_proofs(const assay_checker* checker);
/* assay_request_token: 1 and the bearer token in the request's Authorization header (RFC 6750 section 2.1); else 0, and
 * in `*reason` credential_missing, credential_repeated or request_malformed; unset: nothing could be read. For hosts
 * that have no policy. assay_is_bearer_token: 1 where `text` from elsewhere has the form of one. */
ASSAY_API int32_t assay_request_token(const assay_request* request, assay_span* token, int32_t* reason);
ASSAY_API int32_t assay_is_bearer_token(assay_span text);
/* assay_checker_token: 1 and the request's token; else 0, and assay_checker_decide() without a verdict says why. */
ASSAY_API int32_t assay_checker_token(const assay_checker* checker, const assay_request* request, assay_span* token);
/* assay_checker_decide: gives the reason, and what to do. `verdict` is of the request's token; NULL: it has none. What
 * `out` points to lives until the checker's next call, while verdict and request do. */
ASSAY_API int32_t assay_checker_decide(assay_checker* checker, const assay_verdict* verdict,
                                       const assay_request* request, assay_decision* out);
/* assay_checker_wants_body: 1 where a decision that lets the request pass needs its body. Without it
 * assay_checker_decide() says what the head decides (origin, method, token); else request_malformed or
 * request_mismatch. */
ASSAY_API int32_t assay_checker_wants_body(const assay_checker* checker, const assay_request* request);
/* assay_checker_request_id: the JSON-RPC id of the request that was decided on last, as JSON; empty: none, or unread.
 * Until the next decision. */
ASSAY_API assay_span assay_checker_request_id(const assay_checker* checker);
/* assay_checker_permitted: for each tool 2 permitted, 1 with more scopes, 0 denied. */
ASSAY_API int32_t assay_checker_permitted(assay_checker* checker, const assay_verdict* verdict, const assay_span* tools,
                                          size_t count, int32_t* access);
ASSAY_API int32_t assay_checker_filters_tools_list(const assay_checker* checker);
/* assay_checker_filter_tools: for policies that filter lists of tools: `*out` is what to send in place of `message`,
 * one JSON-RPC message of the server: without the tools that the token may not call; as it is, where it has no list; an
 * error with the request's `id` (JSON; empty: null) where it cannot be read. 0: send nothing. Until the checker's next
 * call, while `message` lives. */
ASSAY_API int32_t assay_checker_filter_tools(assay_checker* checker, const assay_verdict* verdict, assay_span id,
                                             assay_span message, assay_span* out);
/* The protected resource metadata (RFC 9728), and the two paths at which it is served without a token: its own (0) and
 * the root one (1). Views of the checker. */
ASSAY_API assay_span assay_checker_metadata(const assay_checker* checker);
ASSAY_API assay_span assay_checker_metadata_path(const assay_checker* checker, int32_t which);
ASSAY_API int32_t assay_checker_is_metadata_target(const assay_checker* checker, assay_span target);

/* # Keeper: threads that fetch an engine's keys and follow its revocations. `options` may be NULL. */
typedef struct assay_keeper_options {
  size_t struct_size;
  assay_span ca_file; /* PEM, in place of the system's certificates; empty: those */
  assay_span proxy;   /* no variable of the environment is read */
  assay_span no_proxy;
  /* A folder for the last good keys: for a start while the issuer is down, and for any number of processes of this host
   * that name it, of which one fetches for all (README, "Keys from an issuer"). Empty: none. Where it cannot be used,
   * or another user could write there, the log says so (key_folder_refused), and the keeper fetches for itself. */
  assay_span key_folder;
  /* The one user, by name or number, who may write there; others' processes only read. Empty: this process's own. */
  assay_span key_folder_owner;
  uint32_t system_ca;               /* 1: the system's besides ca_file */
  uint32_t allow_private_addresses; /* 1 */
  uint32_t fetch_timeout_ms;        /* 0: 10,000; at most 300,000 */
  uint32_t reserved;
} assay_keeper_options;

ASSAY_API assay_keeper* assay_keeper_start(assay_engine* engine, const assay_keeper_options* options,
                                           assay_error** error);
/* assay_keeper_wait: 1 once each issuer has ended one fetch, well or not, or has keys that another process fetched; 0
 * when that takes longer. */
ASSAY_API int32_t assay_keeper_wait(assay_keeper* keeper, uint32_t at_most_ms);
ASSAY_API void assay_keeper_free(assay_keeper* keeper); /* stops */

#ifdef __cplusplus
}
#endif

#endif /* ASSAY_ASSAY_H_ */
