/* Requests to MCP servers: heads, bodies, decisions.
 *
 * The token is judged before a byte of the body is read. What is judged is what is forwarded: the body is read whole,
 * into memory, and passed on as it came. */
#include "engine/nginx/module.h"

/* The policy in force: the one that is named, or the one whose name a variable gives; NULL: it gives none. */
static ngx_int_t ngx_http_assay_choose_policy(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                              ngx_http_assay_request_t* request, ngx_http_assay_policy_t** policy) {
  ngx_http_assay_policy_t** named;
  ngx_str_t name;
  ngx_uint_t i;
  ngx_int_t rc;

  *policy = conf->policy;
  if (conf->mcp_name == NULL) return NGX_OK;
  *policy = NULL;
  request->is_choosing = 1;
  rc = ngx_http_complex_value(r, conf->mcp_name, &name);
  request->is_choosing = 0;
  if (rc != NGX_OK) return NGX_ERROR;
  named = conf->policies->elts;
  for (i = 0; i < conf->policies->nelts; i++) {
    if (named[i]->name.len == name.len && ngx_strncmp(named[i]->name.data, name.data, name.len) == 0) {
      *policy = named[i];
    }
  }
  return NGX_OK;
}

/* The request as the engine reads it: its headers as they came, also those that were taken out since. */
static ngx_int_t ngx_http_assay_describe(ngx_http_request_t* r, const ngx_http_assay_request_t* request,
                                         assay_request* out) {
  const ngx_table_elt_t* lines = request->authorization.elts;
  ngx_list_part_t* part;
  assay_pair* headers;
  ngx_uint_t i, count = request->authorization.nelts;

  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) count += part->nelts;
  headers = ngx_palloc(r->pool, count * sizeof *headers + 1);
  if (headers == NULL) return NGX_ERROR;
  count = 0;
  for (i = 0; i < request->authorization.nelts; i++) {
    headers[count].name = ngx_http_assay_span(&lines[i].key);
    headers[count++].value = ngx_http_assay_span(&lines[i].value);
  }
  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    const ngx_table_elt_t* each = part->elts;
    for (i = 0; i < part->nelts; i++) {
      if (ngx_http_assay_is_named(&each[i], "authorization", 13)) continue;
      headers[count].name = ngx_http_assay_span(&each[i].key);
      headers[count++].value = ngx_http_assay_span(&each[i].value);
    }
  }
  ngx_memzero(out, sizeof *out);
  out->struct_size = sizeof *out;
  out->method = ngx_http_assay_span(&r->method_name);
  out->query = ngx_http_assay_query(r);
  out->headers = headers;
  out->header_count = count;
  return NGX_OK;
}

/* A decision names who acts only where the policy takes the token for its own: a token for another server is not this
 * one's subject, whatever it was refused for. */
static ngx_flag_t ngx_http_assay_names_principal(const assay_decision* decision) {
  return decision->allowed || decision->principal.size > 0;
}

/* Asked for where a variable names none: no token is for it. */
static const ngx_http_assay_policy_t ngx_http_assay_no_policy;

static void ngx_http_assay_body_read(ngx_http_request_t* r) {
  ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  request->has_body = 1;
  r->preserve_body = 1;
  r->write_event_handler = ngx_http_core_run_phases;
  ngx_http_core_run_phases(r);
}

/* Has the body read; the access phase is run again behind that. */
static ngx_int_t ngx_http_assay_read_body(ngx_http_request_t* r) {
  ngx_int_t rc;
  r->request_body_in_single_buf = 1;
  rc = ngx_http_read_client_request_body(r, ngx_http_assay_body_read);
  if (rc >= NGX_HTTP_SPECIAL_RESPONSE) return rc;
  ngx_http_finalize_request(r, NGX_DONE);
  return NGX_DONE;
}

/* NGX_DECLINED: it is larger than what is judged. */
static ngx_int_t ngx_http_assay_take_body(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf, assay_span* body) {
  ngx_chain_t* chain;
  size_t size = 0, count = 0;
  u_char *text, *last;

  body->data = NULL;
  body->size = 0;
  if (r->request_body == NULL) return NGX_OK;
  if (r->request_body->temp_file != NULL) return NGX_DECLINED;
  for (chain = r->request_body->bufs; chain != NULL; chain = chain->next) {
    if (ngx_buf_special(chain->buf)) continue;
    if (!ngx_buf_in_memory(chain->buf)) return chain->buf->in_file ? NGX_DECLINED : NGX_ERROR;
    size += (size_t)(chain->buf->last - chain->buf->pos);
    count++;
  }
  if (size > conf->body_max) return NGX_DECLINED;
  body->size = size;
  if (count == 1 && !ngx_buf_special(r->request_body->bufs->buf)) {
    body->data = (const char*)r->request_body->bufs->buf->pos;
    return NGX_OK;
  }
  text = ngx_pnalloc(r->pool, size + 1);
  if (text == NULL) return NGX_ERROR;
  last = text;
  for (chain = r->request_body->bufs; chain != NULL; chain = chain->next) {
    if (ngx_buf_special(chain->buf)) continue;
    last = ngx_cpymem(last, chain->buf->pos, chain->buf->last - chain->buf->pos);
  }
  body->data = (const char*)text;
  return NGX_OK;
}

/* A body that no header of a request without a message announces: HTTP/2 brings it without a length, an internal
 * redirect makes a GET of a POST, and a subrequest stands beside the request's, which need not have been read by then.
 */
static ngx_int_t ngx_http_assay_take_unannounced(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                                 assay_span* body) {
  ngx_int_t rc;

  if (r->request_body == NULL && r == r->main) return ngx_http_assay_read_body(r);
  if (r != r->main && r->headers_in.chunked) {
    *body = ngx_http_assay_text("unread");
    return NGX_OK;
  }
  rc = ngx_http_assay_take_body(r, conf, body);
  return rc == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
}

static ngx_int_t ngx_http_assay_give(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                     ngx_http_assay_request_t* request, const assay_decision* decision,
                                     int32_t reason) {
  const ngx_uint_t status = decision->status >= 200 && decision->status <= 599 ? (ngx_uint_t)decision->status : 503;
  ngx_http_assay_decided(r, conf, request, reason, decision->detail);
  return ngx_http_assay_answer(r, status, decision->headers, decision->header_count, decision->body);
}

static ngx_int_t ngx_http_assay_too_large(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                          ngx_http_assay_request_t* request) {
  ngx_http_assay_decided(r, conf, request, NGX_HTTP_ASSAY_BODY_TOO_LARGE,
                         ngx_http_assay_text("the body is larger than assay_mcp_body_max"));
  r->keepalive = 0;
  return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
}

static ngx_int_t ngx_http_assay_pass(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     ngx_http_assay_policy_t* policy, const assay_decision* decision) {
  if (ngx_http_assay_copy(r->pool, decision->mcp_name, &ngx_http_assay_decision_on(r, request)->tool) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return ngx_http_assay_filter_list(r, request, policy, decision);
}

/* Whether what was decided by the head alone may become something else by the body: where the head decides nothing, and
 * in report mode, which is for well-formed requests. */
static ngx_flag_t ngx_http_assay_depends_on_body(const ngx_http_assay_conf_t* conf,
                                                 const ngx_http_assay_request_t* request, int32_t reason) {
  switch (reason) {
    case NGX_HTTP_ASSAY_REQUEST_MALFORMED:
    case NGX_HTTP_ASSAY_REQUEST_MISMATCH:
      return 1;
    case NGX_HTTP_ASSAY_AUDIENCE_MISSING:
    case NGX_HTTP_ASSAY_WRONG_AUDIENCE:
      if (request->reason == ASSAY_ACCEPTED) return 1;
      break;
    default:
      break;
  }
  return reason == request->reason && ngx_http_assay_may_report(conf, request);
}

static int32_t ngx_http_assay_decide(ngx_http_request_t* r, ngx_http_assay_policy_t* policy,
                                     ngx_http_assay_request_t* request, const assay_request* described,
                                     assay_decision* decision) {
  const int32_t reason = assay_checker_decide(policy->checker, request->verdict, described, decision);
  if (r == r->main) {
    request->policy = policy;
    request->fits_policy = ngx_http_assay_names_principal(decision);
  }
  return reason;
}

ngx_flag_t ngx_http_assay_fits_policy(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                      ngx_http_assay_request_t* request) {
  ngx_http_assay_policy_t* policy;
  assay_decision decision;
  assay_request described;

  if (request->is_choosing) return 1;
  if (conf->mcp == NULL && conf->mcp_name == NULL) {
    return r != r->main || request->policy == NULL || request->fits_policy;
  }
  if (ngx_http_assay_choose_policy(r, conf, request, &policy) != NGX_OK || policy == NULL) return 0;
  if (r == r->main && request->policy == policy) return request->fits_policy;
  if (ngx_http_assay_describe(r, request, &described) != NGX_OK) return 0;
  ngx_memzero(&decision, sizeof decision);
  decision.struct_size = sizeof decision;
  (void)assay_checker_decide(policy->checker, request->verdict, &described, &decision);
  return ngx_http_assay_names_principal(&decision);
}

ngx_int_t ngx_http_assay_mcp(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                             ngx_http_assay_request_t* request) {
  ngx_http_assay_policy_t* policy;
  assay_decision decision;
  assay_request described;
  assay_span token;
  ngx_str_t text;
  ngx_int_t rc;
  int32_t reason;

  ngx_str_null(&ngx_http_assay_decision_on(r, request)->tool);
  if (ngx_http_assay_pass_over_upgrade(r) != NGX_OK ||
      ngx_http_assay_choose_policy(r, conf, request, &policy) != NGX_OK ||
      ngx_http_assay_describe(r, request, &described) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (policy == NULL) {
    if (r == r->main) {
      request->policy = &ngx_http_assay_no_policy;
      request->fits_policy = 0;
    }
    return ngx_http_assay_refuse_status(r, conf, request, NGX_HTTP_FORBIDDEN, "policy_unknown",
                                        "no assay_policy has the name that it gives: ", &conf->mcp_name->value);
  }
  ngx_memzero(&decision, sizeof decision);
  decision.struct_size = sizeof decision;
  if (!assay_checker_token(policy->checker, &described, &token)) {
    reason = assay_checker_decide(policy->checker, NULL, &described, &decision);
    return ngx_http_assay_give(r, conf, request, &decision, reason);
  }
  text.data = (u_char*)token.data;
  text.len = token.size;
  rc = ngx_http_assay_judge_token(r, request, conf->engine, &text);
  if (rc == NGX_AGAIN) return NGX_AGAIN;
  if (rc != NGX_OK) return ngx_http_assay_refuse(r, conf, request, ASSAY_UNSET);
  reason = ngx_http_assay_narrow(conf, request);
  if (request->reason == ASSAY_ACCEPTED && reason != ASSAY_ACCEPTED) {
    /* Refused by this location alone: the answer is that to a token that nobody has accepted. */
    (void)assay_checker_decide(policy->checker, NULL, &described, &decision);
    if (decision.allowed) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    return ngx_http_assay_give(r, conf, request, &decision, reason);
  }
  reason = ngx_http_assay_decide(r, policy, request, &described, &decision);
  if (assay_checker_wants_body(policy->checker, &described)) {
    if (!decision.allowed && !ngx_http_assay_depends_on_body(conf, request, reason)) {
      return ngx_http_assay_give(r, conf, request, &decision, reason);
    }
    if (r->headers_in.content_length_n > (off_t)conf->body_max) return ngx_http_assay_too_large(r, conf, request);
    if (!request->has_body && r == r->main) return ngx_http_assay_read_body(r);
    rc = ngx_http_assay_take_body(r, conf, &described.body);
    if (rc == NGX_DECLINED) return ngx_http_assay_too_large(r, conf, request);
    if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    reason = ngx_http_assay_decide(r, policy, request, &described, &decision);
  }
  if (r->method != NGX_HTTP_POST && (r->headers_in.chunked || r->request_body != NULL)) {
    rc = ngx_http_assay_take_unannounced(r, conf, &described.body);
    if (rc == NGX_DECLINED) return ngx_http_assay_too_large(r, conf, request);
    if (rc != NGX_OK) return rc;
    if (described.body.size > 0) reason = ngx_http_assay_decide(r, policy, request, &described, &decision);
  }
  if (decision.report_only == 1 && !decision.allowed &&
      (request->reason == ASSAY_ACCEPTED || ngx_http_assay_may_report(conf, request))) {
    ngx_http_assay_decision_t* kept = ngx_http_assay_decision_on(r, request);
    request->is_reported = 1;
    kept->reason = reason;
    if (ngx_http_assay_copy(r->pool, decision.detail, &kept->detail) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  } else if (reason != ASSAY_ACCEPTED || !decision.allowed) {
    return ngx_http_assay_give(r, conf, request, &decision, reason);
  }
  return ngx_http_assay_pass(r, request, policy, &decision);
}
