/* What the files of the nginx module share.
 *
 *   directives.c  what may be said in nginx.conf
 *   inherit.c     how blocks inherit, and what of a configuration is refused as a whole
 *   files.c       the configuration and the policies that directives name: read, checked and told of at `nginx -t`
 *   workers.c     what each worker process has of its own: a loop, a worker, a keeper for each engine
 *   access.c      may this request be passed on?
 *   token.c       where a request's token stands
 *   headers.c     the headers of a request: found, kept, taken out of what goes upstream, given back
 *   names.c       how often a name stands in a query or a Cookie line
 *   verdict.c     the engine's verdict on it, kept with the request
 *   mcp.c         requests to MCP servers: heads, bodies, decisions
 *   respond.c     refusals and answers
 *   metadata.c    the protected resource metadata
 *   tools_list.c  filters of replies to tools/list; events.c: of those that come in streams
 *   expiry.c      ends responses that outlive their token
 *   status.c      counters of all workers, and the page that shows them
 *   variables.c   $assay_...
 *
 * # Rules
 * - A request is passed on where ngx_http_assay_access() returned NGX_OK for the location in force, and nowhere else:
 *   whatever fails on the way there is a refusal.
 * - Configuration structs are const in request code. What a request needs is in ngx_http_assay_request_t, which a
 *   cleanup of its pool holds: module contexts are cleared by internal redirects.
 * - What is kept is the engine's verdict on the token's bytes. Source, narrowing, requirements and policy of the
 *   location in force are judged anew each time.
 * - No lock, no file and no subrequest in the way of a request.
 */
#ifndef ENGINE_NGINX_MODULE_H_
#define ENGINE_NGINX_MODULE_H_

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "engine/c/assay.h"

#define NGX_HTTP_ASSAY_DEFAULT_WAIT 500 /* ms */

extern ngx_module_t ngx_http_assay_module;

/* Place: where in nginx.conf something was said. */
typedef struct {
  ngx_str_t file;
  ngx_uint_t line;
} ngx_http_assay_place_t;

/* Row: of the zone: the decisions in locations of one name. */
typedef struct ngx_http_assay_row_s ngx_http_assay_row_t;

/* Engine: one assay_config file. */
typedef struct {
  ngx_str_t file;
  assay_config* config;
  assay_engine* engine;
  /* Of this worker process: */
  assay_worker* worker;
  assay_loop* loop;
  assay_keeper* keeper;
  ngx_connection_t* keys; /* watches the loop's descriptor of new keys */
  ngx_event_t flush;      /* posted: at the end of the turn the loop's batch is validated */
  ngx_event_t poll;       /* a timer: tokens that await keys */
  ngx_queue_t submitted;  /* requests whose tokens are with the loop */
  ngx_queue_t judged;     /* requests whose verdicts have come, to be resumed */
} ngx_http_assay_engine_t;

/* Policy: an MCP policy for the tokens of one engine. */
typedef struct {
  ngx_str_t name; /* of assay_policy; empty: none */
  ngx_str_t file;
  ngx_uint_t judges; /* ASSAY_JUDGES_... */
  ngx_http_assay_engine_t* engine;
  assay_checker* checker;
} ngx_http_assay_policy_t;

typedef struct {
  ngx_http_assay_policy_t* policy;
  ngx_flag_t own_path_only;
} ngx_http_assay_metadata_t;

/* Requirement: one assay_require. */
typedef struct {
  ngx_array_t values; /* of ngx_http_complex_value_t */
  ngx_int_t status;
} ngx_http_assay_requirement_t;

typedef struct {
  ngx_array_t engines;        /* of ngx_http_assay_engine_t* */
  ngx_array_t policies;       /* of ngx_http_assay_policy_t* */
  ngx_array_t named_policies; /* of ngx_http_assay_policy_file_t */
  ngx_array_t names;          /* of ngx_str_t: the rows of the zone */
  ngx_array_t demands;        /* of ngx_http_assay_demand_t* */
  ngx_msec_t wait_for_keys;
  ngx_str_t key_folder;
  ngx_str_t key_folder_owner;
  ngx_int_t request_id; /* index of the variable */
  ngx_shm_zone_t* zone;
  ngx_http_assay_row_t** rows; /* of the zone, by the indexes of names */
} ngx_http_assay_main_conf_t;

/* Demand: a directive that says which tokens do, and does nothing where none are judged. */
typedef struct ngx_http_assay_demand_s ngx_http_assay_demand_t;

struct ngx_http_assay_demand_s {
  ngx_str_t directive;
  ngx_http_assay_place_t place;
  ngx_flag_t is_of_location; /* tokens must be judged there itself; for a server's, in one of its locations */
  ngx_uint_t level;          /* of what nginx -t says of one that is not judged: NGX_LOG_EMERG refuses */
  ngx_flag_t is_judged;
  ngx_http_assay_demand_t* outer; /* the one before in the same block, then those of the block around it */
};

/* Policy file: what assay_mcp and assay_policy say. */
typedef struct {
  ngx_str_t name;
  ngx_str_t file;
  ngx_uint_t judges;
} ngx_http_assay_policy_file_t;

#define NGX_HTTP_ASSAY_IN_ELSE 0
#define NGX_HTTP_ASSAY_IN_HEADER 1
#define NGX_HTTP_ASSAY_IN_COOKIE 2
#define NGX_HTTP_ASSAY_IN_QUERY 3

/* Source: a variable of assay_token. */
typedef struct {
  ngx_int_t variable; /* its index; NGX_ERROR: the Authorization header */
  ngx_uint_t kind;    /* NGX_HTTP_ASSAY_IN_... */
  ngx_str_t name;     /* NAME of $http_NAME, whose header goes upstream no more, $cookie_ and $arg_ */
} ngx_http_assay_source_t;

typedef struct {
  ngx_http_assay_engine_t* engine;
  ngx_http_complex_value_t* enabled;
  ngx_array_t* issuers;            /* of assay_span */
  u_char* issuer_fits;             /* by the issuer's index; NULL: all do */
  ngx_array_t* audiences;          /* of assay_span */
  ngx_array_t* sources;            /* of ngx_http_assay_source_t; NULL: the Authorization header */
  ngx_flag_t has_url_sources;      /* some are $arg_ or $cookie_ */
  ngx_array_t* scopes;             /* of assay_span */
  ngx_array_t* requirements;       /* of ngx_http_assay_requirement_t */
  ngx_http_assay_demand_t* demand; /* the innermost; NULL: none */
  ngx_http_assay_policy_file_t* mcp;
  ngx_http_complex_value_t* mcp_name;
  ngx_http_assay_policy_t* policy; /* of mcp */
  ngx_array_t* policies;           /* of ngx_http_assay_policy_t*: what mcp_name may say */
  ngx_array_t* metadata_files;     /* of ngx_http_assay_metadata_file_t */
  ngx_array_t* metadata;           /* of ngx_http_assay_metadata_t */
  size_t body_max;
  ngx_flag_t challenge;
  ngx_flag_t forward_token;
  ngx_flag_t preflight;
  ngx_flag_t subrequests;
  ngx_flag_t close_at_expiry;
  ngx_str_t name;
  ngx_uint_t row;
  ngx_http_assay_place_t place;
} ngx_http_assay_conf_t;

typedef struct {
  ngx_http_assay_policy_file_t policy;
  ngx_flag_t own_path_only;
} ngx_http_assay_metadata_file_t;

/* Tool list filter's state, see tools_list.h. */
typedef struct ngx_http_assay_list_s ngx_http_assay_list_t;

/* Decision: what was decided last. */
typedef struct {
  ngx_flag_t is_made;
  int32_t reason;
  ngx_str_t word; /* of a refusal that is none of the engine's */
  ngx_str_t detail;
  ngx_str_t tool;
} ngx_http_assay_decision_t;

/* Request: what is known of a request; shared with its subrequests. */
typedef struct {
  ngx_http_request_t* request; /* the main one */
  ngx_array_t authorization;   /* of ngx_table_elt_t: the client's Authorization lines, as they came */

  /* What was taken out of the main request's headers: see ngx_http_assay_strip(). */
  ngx_array_t removed; /* of ngx_table_elt_t */

  /* What the lines of Authorization say beside these arguments. */
  ngx_str_t args;
  ngx_str_t credential;
  int32_t credential_reason; /* ASSAY_UNSET: a token */

  /* The engine's verdict, and what it is on. */
  ngx_http_assay_engine_t* engine;
  ngx_str_t token;
  assay_verdict* verdict; /* kept; NULL: none yet */
  int32_t reason;         /* of it */
  time_t judged_at;

  /* While the loop has the token: */
  ngx_queue_t queue;
  uint64_t ticket;

  /* For the log and for variables: a subrequest's decision is none on the main request. */
  ngx_http_assay_decision_t decision;
  ngx_http_assay_decision_t subrequest_decision;
  ngx_table_elt_t* challenge; /* the header that a refusal of the main request has set */

  const ngx_http_assay_conf_t* awaited_by; /* the location for which `token` is being judged */
  const ngx_http_assay_policy_t* policy;   /* that was asked last for the main request; NULL: none was */

  /* The token with which the response ends: not the one judged last, which may be a subrequest's. */
  ngx_event_t expiry;
  ngx_http_assay_engine_t* expiry_engine;
  ngx_str_t expiry_token;
  ngx_http_assay_list_t* list;

  unsigned has_credential : 1;
  unsigned is_submitted : 1;
  unsigned is_judged : 1; /* in the engine's queue of these */
  unsigned is_watched : 1;
  unsigned is_reported : 1; /* refused, and passed on all the same, if the location lets it: in report mode */
  unsigned fits_policy : 1; /* the token is for that policy, whatever it wants */
  unsigned is_choosing : 1; /* a policy, by a variable that may be of the token */
  unsigned has_failed : 1;  /* there was no memory for its verdict */
  unsigned has_body : 1;    /* the client's body has been read */
} ngx_http_assay_request_t;

/* directives.c */
extern ngx_command_t ngx_http_assay_commands[];

/* inherit.c */
char* ngx_http_assay_merge_conf(ngx_conf_t* cf, void* parent, void* child);
/* ngx_http_assay_check_demands: once all blocks are merged. */
ngx_int_t ngx_http_assay_check_demands(ngx_conf_t* cf);

/* files.c */
ngx_http_assay_engine_t* ngx_http_assay_read_engine(ngx_conf_t* cf, ngx_str_t* file);
ngx_http_assay_policy_t* ngx_http_assay_read_policy(ngx_conf_t* cf, ngx_http_assay_engine_t* engine,
                                                    const ngx_http_assay_policy_file_t* file);

/* workers.c */
ngx_int_t ngx_http_assay_init_process(ngx_cycle_t* cycle);
void ngx_http_assay_exit_process(ngx_cycle_t* cycle);
void ngx_http_assay_log_event(void* context, const assay_log_event* event);

/* access.c */
ngx_int_t ngx_http_assay_access(ngx_http_request_t* r);
ngx_int_t ngx_http_assay_preaccess(ngx_http_request_t* r);
ngx_int_t ngx_http_assay_precontent(ngx_http_request_t* r);
/* ngx_http_assay_is_enabled: NGX_OK: requests are judged here; NGX_DECLINED: not; NGX_ERROR. */
ngx_int_t ngx_http_assay_is_enabled(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf);
/* ngx_http_assay_may_report: whether a refusal of the engine's is one that is reported only, here. */
ngx_flag_t ngx_http_assay_may_report(const ngx_http_assay_conf_t* conf, const ngx_http_assay_request_t* request);
/* ngx_http_assay_narrow: ASSAY_ACCEPTED, or why a verdict does not do in this location. */
int32_t ngx_http_assay_narrow(const ngx_http_assay_conf_t* conf, const ngx_http_assay_request_t* request);

/* token.c */
#define NGX_HTTP_ASSAY_REQUEST_MALFORMED 142
#define NGX_HTTP_ASSAY_REQUEST_MISMATCH 143
#define NGX_HTTP_ASSAY_CREDENTIAL_MISSING 144
#define NGX_HTTP_ASSAY_CREDENTIAL_REPEATED 145
#define NGX_HTTP_ASSAY_BODY_TOO_LARGE 149
#define NGX_HTTP_ASSAY_WRONG_ISSUER 100
#define NGX_HTTP_ASSAY_AUDIENCE_MISSING 106
#define NGX_HTTP_ASSAY_WRONG_AUDIENCE 107
ngx_http_assay_decision_t* ngx_http_assay_decision_on(const ngx_http_request_t* r, ngx_http_assay_request_t* request);
/* ngx_http_assay_query: all that may go upstream as a query of this request's. */
assay_span ngx_http_assay_query(ngx_http_request_t* r);
ngx_flag_t ngx_http_assay_has_fragment(const ngx_http_request_t* r);
/* ngx_http_assay_find_token: ASSAY_UNSET and the token, or why there is none to validate. */
int32_t ngx_http_assay_find_token(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                  ngx_http_assay_request_t* request, ngx_str_t* token);

/* headers.c */
/* ngx_http_assay_for_each: calls `visit` for each header of the request, as it came, until it gives something else than
 * NGX_OK. */
typedef ngx_int_t (*ngx_http_assay_visit_pt)(void* data, ngx_table_elt_t* header);
ngx_int_t ngx_http_assay_for_each(ngx_http_request_t* r, ngx_http_assay_visit_pt visit, void* data);
ngx_flag_t ngx_http_assay_is_named(const ngx_table_elt_t* header, const char* name, size_t size);
/* ngx_http_assay_is_header_of: as nginx looks for the header of $http_NAME: in lower case, `_` for `-`; and for `.`, as
 * servers behind may. */
ngx_flag_t ngx_http_assay_is_header_of(const ngx_http_assay_source_t* source, const ngx_table_elt_t* header);
ngx_table_elt_t* ngx_http_assay_find_header(ngx_http_request_t* r, const char* name, size_t size, ngx_uint_t* count);
ngx_int_t ngx_http_assay_keep_authorization(ngx_http_request_t* r, ngx_http_assay_request_t* request);
/* ngx_http_assay_pass_over_upgrade: RFC 9110 section 7.8 lets it: what comes behind a switch of protocols is judged by
 * nobody. */
ngx_int_t ngx_http_assay_pass_over_upgrade(ngx_http_request_t* r);
/* ngx_http_assay_ask_uncoded: whoever is behind is asked for an answer without a content coding. */
ngx_int_t ngx_http_assay_ask_uncoded(ngx_http_request_t* r);
/* ngx_http_assay_strip: takes the credentials out. ngx_http_assay_restore: gives them back. */
ngx_int_t ngx_http_assay_strip(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                               ngx_http_assay_request_t* request);
ngx_int_t ngx_http_assay_restore(ngx_http_request_t* r, ngx_http_assay_request_t* request);

/* names.c */
/* ngx_http_assay_is_blank: what one or another server takes from around a name: controls and blanks, Latin-1's too. */
ngx_flag_t ngx_http_assay_is_blank(u_char c);
/* ngx_http_assay_count_parameters: how often `NAME=` stands among the pairs of a query. */
ngx_uint_t ngx_http_assay_count_parameters(const ngx_str_t* query, const ngx_str_t* name);
/* ngx_http_assay_count_cookies: how often it stands in a Cookie line, whose pairs Python ends at blanks too. */
ngx_uint_t ngx_http_assay_count_cookies(const ngx_str_t* line, const ngx_str_t* name);

/* verdict.c */
/* ngx_http_assay_judge_token: NGX_OK: request->verdict is that on `token`, of this second; NGX_AGAIN: `r` is resumed
 * when it has come, which only a main request in the access phase can be; NGX_ERROR. */
ngx_int_t ngx_http_assay_judge_token(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     ngx_http_assay_engine_t* engine, const ngx_str_t* token);
/* ngx_http_assay_await_verdict: what a request does on a socket that can be written to, until it has come: nothing. */
void ngx_http_assay_await_verdict(ngx_http_request_t* r);
ngx_http_assay_request_t* ngx_http_assay_find_request(ngx_http_request_t* r);
/* ngx_http_assay_request: that of `r`, made where there is none; NULL: no memory. */
ngx_http_assay_request_t* ngx_http_assay_request(ngx_http_request_t* r);
/* ngx_http_assay_has_any_verdict: whether it has that of this engine on this token. ngx_http_assay_has_verdict: and it
 * is of this second. */
ngx_flag_t ngx_http_assay_has_any_verdict(const ngx_http_assay_request_t* request,
                                          const ngx_http_assay_engine_t* engine, const ngx_str_t* token);
ngx_flag_t ngx_http_assay_has_verdict(const ngx_http_assay_request_t* request, const ngx_http_assay_engine_t* engine,
                                      const ngx_str_t* token);
/* ngx_http_assay_validate: has it, now. ngx_http_assay_submit: NGX_OK: has it; NGX_AGAIN: will be resumed; NGX_ERROR.
 */
ngx_int_t ngx_http_assay_validate(ngx_http_assay_request_t* request, ngx_http_assay_engine_t* engine,
                                  const ngx_str_t* token);
ngx_int_t ngx_http_assay_submit(ngx_http_assay_request_t* request, ngx_http_assay_engine_t* engine,
                                const ngx_str_t* token);

/* mcp.c */
/* ngx_http_assay_fits_policy: whether an accepted token is for the MCP policy of the location in force, in any phase;
 * behind a refusal, whether it was for the policy that refused it. */
ngx_flag_t ngx_http_assay_fits_policy(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                      ngx_http_assay_request_t* request);
ngx_int_t ngx_http_assay_mcp(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                             ngx_http_assay_request_t* request);

/* respond.c */
ngx_int_t ngx_http_assay_refuse(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                ngx_http_assay_request_t* request, int32_t reason);
/* ngx_http_assay_refuse_status: for a reason that is none of the engine's; `why` and `subject` are its detail. */
ngx_int_t ngx_http_assay_refuse_status(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                       ngx_http_assay_request_t* request, ngx_int_t status, const char* word,
                                       const char* why, const ngx_str_t* subject);
/* ngx_http_assay_send: sends a whole answer, and gives what a content handler then returns. ngx_http_assay_answer: the
 * same, for a handler of another phase. */
ngx_int_t ngx_http_assay_send(ngx_http_request_t* r, ngx_uint_t status, const assay_pair* headers, size_t count,
                              assay_span body);
ngx_int_t ngx_http_assay_answer(ngx_http_request_t* r, ngx_uint_t status, const assay_pair* headers, size_t count,
                                assay_span body);
ngx_int_t ngx_http_assay_add_header(ngx_http_request_t* r, assay_span name, assay_span value);
/* ngx_http_assay_decided: keeps what was decided, tells the log of refusals, counts. */
void ngx_http_assay_decided(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf, ngx_http_assay_request_t* request,
                            int32_t reason, assay_span detail);
void ngx_http_assay_clear_challenge(ngx_http_request_t* r, ngx_http_assay_request_t* request);

/* metadata.c */
ngx_int_t ngx_http_assay_serve_metadata(ngx_http_request_t* r);

/* tools_list.c */
ngx_int_t ngx_http_assay_init_filters(ngx_conf_t* cf);
ngx_int_t ngx_http_assay_filter_list(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     const ngx_http_assay_policy_t* policy, const assay_decision* decision);

/* expiry.c */
void ngx_http_assay_arm_expiry(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                               ngx_http_assay_engine_t* engine);

/* status.c */
char* ngx_http_assay_set_zone(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* ngx_http_assay_set_status(ngx_conf_t* cf, ngx_command_t* command, void* conf);
ngx_int_t ngx_http_assay_start_adding(ngx_cycle_t* cycle);
/* ngx_http_assay_add_metrics: adds what this worker's engines have counted to what all have. */
void ngx_http_assay_add_metrics(const ngx_http_assay_main_conf_t* main);
void ngx_http_assay_count(const ngx_http_assay_conf_t* conf, ngx_http_request_t* r, int32_t reason,
                          ngx_flag_t is_reported);

/* variables.c */
ngx_int_t ngx_http_assay_add_variables(ngx_conf_t* cf);
char* ngx_http_assay_set_claim(ngx_conf_t* cf, ngx_command_t* command, void* conf);

static inline assay_span ngx_http_assay_span(const ngx_str_t* text) {
  assay_span span = {(const char*)text->data, text->len};
  return span;
}

static inline assay_span ngx_http_assay_text(const char* text) {
  assay_span span = {text, ngx_strlen(text)};
  return span;
}

/* ngx_http_assay_copy: in a pool; 0 when memory ran out. */
static inline ngx_int_t ngx_http_assay_copy(ngx_pool_t* pool, assay_span from, ngx_str_t* to) {
  to->len = from.size;
  to->data = ngx_pnalloc(pool, from.size + 1);
  if (to->data == NULL) {
    to->len = 0;
    return NGX_ERROR;
  }
  if (from.size != 0) ngx_memcpy(to->data, from.data, from.size);
  to->data[from.size] = '\0';
  return NGX_OK;
}

#endif /* ENGINE_NGINX_MODULE_H_ */
