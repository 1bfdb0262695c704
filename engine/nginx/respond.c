/* Refusals and answers. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_RETRY_AFTER "5"

ngx_int_t ngx_http_assay_add_header(ngx_http_request_t* r, assay_span name, assay_span value) {
  ngx_table_elt_t* header = ngx_list_push(&r->headers_out.headers);
  if (header == NULL) return NGX_ERROR;
  ngx_memzero(header, sizeof *header);
  if (ngx_http_assay_copy(r->pool, name, &header->key) != NGX_OK ||
      ngx_http_assay_copy(r->pool, value, &header->value) != NGX_OK) {
    return NGX_ERROR; /* its hash is 0: it is not sent */
  }
  header->hash = 1;
  return NGX_OK;
}

ngx_http_assay_decision_t* ngx_http_assay_decision_on(const ngx_http_request_t* r, ngx_http_assay_request_t* request) {
  return r == r->main ? &request->decision : &request->subrequest_decision;
}

void ngx_http_assay_decided(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf, ngx_http_assay_request_t* request,
                            int32_t reason, assay_span detail) {
  const ngx_http_assay_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_assay_module);
  ngx_http_assay_decision_t* decision = ngx_http_assay_decision_on(r, request);
  ngx_http_variable_value_t* id;
  ngx_uint_t level;
  const char* word;

  decision->reason = reason;
  decision->is_made = 1;
  ngx_str_null(&decision->detail);
  if (detail.size > 0) (void)ngx_http_assay_copy(r->pool, detail, &decision->detail);
  ngx_http_assay_count(conf, r, reason, request->is_reported);
  if (reason == ASSAY_ACCEPTED || reason == ASSAY_PREFLIGHT) return;
  level = request->is_reported ? NGX_LOG_NOTICE : NGX_LOG_INFO;
  if (r->connection->log->log_level < level) return;
  id = ngx_http_get_indexed_variable(r, (ngx_uint_t)main->request_id);
  word = decision->word.len > 0 ? (const char*)decision->word.data : assay_reason_word(reason);
  ngx_log_error(level, r->connection->log, 0, "assay: %s: %s: %V, request id %v",
                request->is_reported ? "reported only" : "refused", word, &decision->detail,
                id == NULL || id->not_found ? &ngx_http_variable_null_value : id);
}

/* A refusal that another access module, or an error page, has turned into something else must not show the challenge.
 */
void ngx_http_assay_clear_challenge(ngx_http_request_t* r, ngx_http_assay_request_t* request) {
  const ngx_uint_t status = r->headers_out.status;
  if (request->challenge == NULL || status == NGX_HTTP_UNAUTHORIZED || status == NGX_HTTP_FORBIDDEN ||
      status == NGX_HTTP_BAD_REQUEST) {
    return;
  }
  request->challenge->hash = 0;
}

static u_char* ngx_http_assay_quote(u_char* to, const u_char* text, size_t size) {
  size_t i;
  for (i = 0; i < size; i++) {
    u_char c = text[i];
    if (c == '"' || c == '\\') *to++ = '\\';
    *to++ = c >= ' ' && c < 0x7F ? c : '?';
  }
  return to;
}

/* RFC 6750 section 3. The realm is the server's configured name: a challenge has a parameter at least. */
static ngx_int_t ngx_http_assay_challenge(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                          ngx_http_assay_request_t* request, const char* error,
                                          const ngx_array_t* scopes) {
  const ngx_http_core_srv_conf_t* server = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
  const assay_span* scope = scopes == NULL ? NULL : scopes->elts;
  const ngx_uint_t count = scopes == NULL ? 0 : scopes->nelts;
  ngx_table_elt_t* header = r == r->main ? request->challenge : NULL; /* a subrequest's answer has its own */
  size_t size = sizeof "Bearer realm=\"\", " + 2 * server->server_name.len + strlen(error) + sizeof ", scope=\"\"";
  ngx_uint_t i;
  u_char *text, *last;

  if (!conf->challenge) return NGX_OK;
  for (i = 0; i < count; i++) size += 2 * scope[i].size + 1;
  text = ngx_pnalloc(r->pool, size);
  if (text == NULL) return NGX_ERROR;
  last = ngx_cpymem(text, "Bearer realm=\"", sizeof "Bearer realm=\"" - 1);
  last = ngx_http_assay_quote(last, server->server_name.data, server->server_name.len);
  *last++ = '"';
  if (*error != '\0') {
    last = ngx_cpymem(last, ", ", 2);
    last = ngx_cpymem(last, error, strlen(error));
  }
  for (i = 0; i < count; i++) {
    last = i == 0 ? ngx_cpymem(last, ", scope=\"", sizeof ", scope=\"" - 1) : ngx_cpymem(last, " ", 1);
    last = ngx_http_assay_quote(last, (const u_char*)scope[i].data, scope[i].size);
  }
  if (count > 0) *last++ = '"';

  if (header == NULL) {
    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) return NGX_ERROR;
    ngx_memzero(header, sizeof *header);
    ngx_str_set(&header->key, "WWW-Authenticate");
#if (nginx_version >= 1023000)
    header->next = r->headers_out.www_authenticate;
#endif
    r->headers_out.www_authenticate = header;
    if (r == r->main) request->challenge = header;
  }
  header->value.data = text;
  header->value.len = (size_t)(last - text);
  header->hash = 1;
  return NGX_OK;
}

static const char* ngx_http_assay_explain(const ngx_http_assay_conf_t* conf, int32_t reason) {
  switch (reason) {
    case NGX_HTTP_ASSAY_CREDENTIAL_MISSING:
      return "there is no bearer token";
    case NGX_HTTP_ASSAY_CREDENTIAL_REPEATED:
      return "there is more than one credential";
    case NGX_HTTP_ASSAY_REQUEST_MALFORMED:
      return "what is given is not the syntax of a token";
    case NGX_HTTP_ASSAY_WRONG_ISSUER:
      return "the issuer is none of assay_issuers";
    case ASSAY_UNSET:
      return "the token could not be judged";
    default:
      return conf->audiences != NULL ? "the audience is none of assay_audience" : "";
  }
}

/* Which scopes assay_require_scope asks for, as a policy's detail says which an operation needs. */
static assay_span ngx_http_assay_lacking(ngx_http_request_t* r, const ngx_array_t* scopes) {
  const char* what = "the token lacks scopes; assay_require_scope needs";
  const assay_span* scope = scopes->elts;
  size_t size = strlen(what);
  assay_span text = {NULL, 0};
  ngx_uint_t i;
  u_char* last;

  for (i = 0; i < scopes->nelts; i++) size += scope[i].size + sizeof " \"\"" - 1;
  text.data = ngx_pnalloc(r->pool, size);
  if (text.data == NULL) return text;
  last = ngx_cpymem((u_char*)text.data, what, strlen(what));
  for (i = 0; i < scopes->nelts; i++) {
    last = ngx_cpymem(last, " \"", 2);
    last = ngx_cpymem(last, scope[i].data, scope[i].size);
    *last++ = '"';
  }
  text.size = size;
  return text;
}

/* A body that nobody has read is bounded by its length alone: one that has none ends with its connection, and so does
 * one of which a part was read. */
static void ngx_http_assay_bound_body(ngx_http_request_t* r) {
  if (r == r->main && (r->reading_body || (r->headers_in.chunked && r->request_body == NULL))) r->keepalive = 0;
}

ngx_int_t ngx_http_assay_refuse(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                ngx_http_assay_request_t* request, int32_t reason) {
  ngx_int_t status = NGX_HTTP_UNAUTHORIZED;
  const char* error = "error=\"invalid_token\", error_description=\"the access token is not valid here\"";
  const ngx_array_t* scopes = NULL;
  assay_span detail = {NULL, 0};

  if (request->verdict != NULL && request->reason == reason) detail = assay_verdict_detail(request->verdict);
  if (reason == ASSAY_INSUFFICIENT_SCOPE && detail.size == 0) detail = ngx_http_assay_lacking(r, conf->scopes);
  if (detail.size == 0) detail = ngx_http_assay_text(ngx_http_assay_explain(conf, reason));
  request->is_reported = 0;
  ngx_http_assay_decided(r, conf, request, reason, detail);
  ngx_http_assay_bound_body(r);
  switch (reason) {
    case ASSAY_UNSET:
    case ASSAY_KEYS_UNAVAILABLE:
    case ASSAY_KEY_PENDING:
    case ASSAY_REVOCATION_UNAVAILABLE:
      if (ngx_http_assay_add_header(r, ngx_http_assay_text("Retry-After"),
                                    ngx_http_assay_text(NGX_HTTP_ASSAY_RETRY_AFTER)) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
      }
      return NGX_HTTP_SERVICE_UNAVAILABLE;
    case NGX_HTTP_ASSAY_CREDENTIAL_MISSING:
      error = "";
      break;
    case NGX_HTTP_ASSAY_CREDENTIAL_REPEATED:
    case NGX_HTTP_ASSAY_REQUEST_MALFORMED:
      error = "error=\"invalid_request\", error_description=\"exactly one bearer token is expected\"";
      status = NGX_HTTP_BAD_REQUEST;
      break;
    case ASSAY_INSUFFICIENT_SCOPE:
      error = "error=\"insufficient_scope\", error_description=\"the request needs further scopes\"";
      status = NGX_HTTP_FORBIDDEN;
      scopes = conf->scopes;
      break;
    default:
      break;
  }
  return ngx_http_assay_challenge(r, conf, request, error, scopes) == NGX_OK ? status : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t ngx_http_assay_refuse_status(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                       ngx_http_assay_request_t* request, ngx_int_t status, const char* word,
                                       const char* why, const ngx_str_t* subject) {
  ngx_http_assay_decision_t* decision = ngx_http_assay_decision_on(r, request);
  const size_t size = strlen(why) + subject->len;
  u_char* text = ngx_pnalloc(r->pool, size);
  assay_span detail = {NULL, 0};

  if (text != NULL) {
    ngx_memcpy(ngx_cpymem(text, why, strlen(why)), subject->data, subject->len);
    detail.data = (const char*)text;
    detail.size = size;
  }
  request->is_reported = 0;
  decision->word.data = (u_char*)word;
  decision->word.len = ngx_strlen(word);
  ngx_http_assay_decided(r, conf, request, ASSAY_UNSET, detail);
  ngx_http_assay_bound_body(r);
  if (status != NGX_HTTP_UNAUTHORIZED) return status;
  return ngx_http_assay_challenge(r, conf, request, "", NULL) == NGX_OK ? status : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t ngx_http_assay_send(ngx_http_request_t* r, ngx_uint_t status, const assay_pair* headers, size_t count,
                              assay_span body) {
  ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  ngx_chain_t out;
  ngx_buf_t* buf;
  ngx_str_t copy;
  ngx_int_t rc;
  size_t i;

  if (request != NULL && r == r->main) request->list = NULL; /* an answer of our own is no server's */
  ngx_http_assay_bound_body(r);
  if (ngx_http_discard_request_body(r) != NGX_OK) r->keepalive = 0;
  r->headers_out.status = status;
  r->headers_out.content_length_n = (off_t)body.size;
  ngx_str_null(&r->headers_out.content_type);
  for (i = 0; i < count; i++) {
    if (headers[i].name.size == 12 &&
        ngx_strncasecmp((u_char*)headers[i].name.data, (u_char*)"content-type", 12) == 0) {
      if (ngx_http_assay_copy(r->pool, headers[i].value, &r->headers_out.content_type) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
      }
      r->headers_out.content_type_len = r->headers_out.content_type.len;
    } else if (ngx_http_assay_add_header(r, headers[i].name, headers[i].value) != NGX_OK) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
  }
  if (body.size == 0) r->header_only = 1;
  buf = ngx_calloc_buf(r->pool);
  if (buf == NULL || ngx_http_assay_copy(r->pool, body, &copy) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  rc = ngx_http_send_header(r);
  if (rc != NGX_ERROR && rc <= NGX_OK && !r->header_only) {
    buf->pos = copy.data;
    buf->last = copy.data + copy.len;
    buf->memory = 1;
    buf->last_buf = 1;
    buf->last_in_chain = 1;
    out.buf = buf;
    out.next = NULL;
    rc = ngx_http_output_filter(r, &out);
  }
  return rc;
}

ngx_int_t ngx_http_assay_answer(ngx_http_request_t* r, ngx_uint_t status, const assay_pair* headers, size_t count,
                                assay_span body) {
  /* What asked for it sees the status alone, and may take 204 for a pass. */
  if (r != r->main) return status < NGX_HTTP_SPECIAL_RESPONSE ? NGX_HTTP_FORBIDDEN : (ngx_int_t)status;
  ngx_http_finalize_request(r, ngx_http_assay_send(r, status, headers, count, body));
  return NGX_DONE;
}
