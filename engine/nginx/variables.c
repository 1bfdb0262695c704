/* $assay_...: computed when they are read, in any phase, from the verdict on the request's token.
 *
 * What says who acts is empty unless the token is accepted, and source and narrowing of the location in force pass,
 * the audience of its MCP policy among them. Only text that a header can hold is given: nothing below 0x20, nor 0x7F.
 */
#include "engine/nginx/module.h"

#include <ngx_sha1.h>

typedef struct {
  ngx_str_t name;
  ngx_http_get_variable_pt get;
  uintptr_t data;
} ngx_http_assay_variable_t;

static ngx_int_t ngx_http_assay_give_nothing(ngx_http_variable_value_t* value) {
  value->len = 0;
  value->data = (u_char*)"";
  value->valid = 1;
  value->no_cacheable = 1;
  value->not_found = 0;
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_give_text(ngx_http_request_t* r, ngx_http_variable_value_t* value, assay_span text) {
  ngx_str_t copy;
  size_t i;

  for (i = 0; i < text.size; i++) {
    const u_char c = (u_char)text.data[i];
    if (c < 0x20 || c == 0x7F) return ngx_http_assay_give_nothing(value);
  }
  if (text.size == 0) return ngx_http_assay_give_nothing(value);
  if (ngx_http_assay_copy(r->pool, text, &copy) != NGX_OK) return NGX_ERROR;
  value->data = copy.data;
  value->len = (unsigned)copy.len & 0x0FFFFFFF;
  value->valid = 1;
  value->no_cacheable = 1;
  value->not_found = 0;
  return copy.len > 0x0FFFFFFF ? NGX_ERROR : NGX_OK;
}

/* The request with a verdict on the token of the location in force; `reason` as it counts there. NULL: no engine here,
 * or no memory. While the loop has the token, there is no verdict yet. */
static ngx_http_assay_request_t* ngx_http_assay_identify(ngx_http_request_t* r, int32_t* reason) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  ngx_http_assay_request_t* request;
  ngx_str_t token;

  *reason = ASSAY_UNSET;
  if (conf->engine == NULL || conf->engine->loop == NULL) return NULL;
  request = ngx_http_assay_request(r);
  if (request == NULL) return NULL;
  *reason = ngx_http_assay_find_token(r, conf, request, &token);
  if (*reason != ASSAY_UNSET) return request;
  if (!ngx_http_assay_has_any_verdict(request, conf->engine, &token) &&
      ngx_http_assay_validate(request, conf->engine, &token) != NGX_OK) {
    return NULL;
  }
  *reason = ngx_http_assay_narrow(conf, request);
  return request;
}

static const assay_verdict* ngx_http_assay_accepted(ngx_http_request_t* r) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  int32_t reason;
  ngx_http_assay_request_t* request = ngx_http_assay_identify(r, &reason);
  if (request == NULL || reason != ASSAY_ACCEPTED || !ngx_http_assay_fits_policy(r, conf, request)) return NULL;
  return request->verdict;
}

/* What was decided on the request, or where nothing was, on its last subrequest. NULL: nothing on either. */
static const ngx_http_assay_decision_t* ngx_http_assay_find_decision(ngx_http_request_t* r) {
  ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  if (request == NULL) return NULL;
  if (ngx_http_assay_decision_on(r, request)->is_made) return ngx_http_assay_decision_on(r, request);
  return request->subrequest_decision.is_made ? &request->subrequest_decision : NULL;
}

/* What was decided on the request; before that, what there is to say of its token. */
static ngx_int_t ngx_http_assay_get_status(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const ngx_http_assay_decision_t* decision = ngx_http_assay_find_decision(r);
  int32_t reason;
  (void)data;
  if (decision != NULL) {
    reason = decision->reason;
    if (decision->word.len > 0) return ngx_http_assay_give_text(r, value, ngx_http_assay_span(&decision->word));
  } else {
    (void)ngx_http_assay_identify(r, &reason);
  }
  return ngx_http_assay_give_text(r, value,
                                  ngx_http_assay_text(reason == ASSAY_ACCEPTED ? "accept" : assay_reason_word(reason)));
}

static ngx_int_t ngx_http_assay_get_detail(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const ngx_http_assay_decision_t* decision = ngx_http_assay_find_decision(r);
  int32_t reason;
  (void)data;
  if (decision != NULL) {
    if (decision->detail.len > 0) return ngx_http_assay_give_text(r, value, ngx_http_assay_span(&decision->detail));
  } else {
    const ngx_http_assay_request_t* request = ngx_http_assay_identify(r, &reason);
    if (request != NULL && request->verdict != NULL && reason != ASSAY_ACCEPTED && reason == request->reason) {
      return ngx_http_assay_give_text(r, value, assay_verdict_detail(request->verdict));
    }
  }
  return ngx_http_assay_give_text(r, value, ngx_http_assay_text("-"));
}

/* A field of the verdict, by its place in the struct. */
static ngx_int_t ngx_http_assay_get_field(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_verdict_fields fields;
  fields.struct_size = sizeof fields;
  if (verdict == NULL || !assay_verdict_read(verdict, &fields)) return ngx_http_assay_give_nothing(value);
  return ngx_http_assay_give_text(r, value, *(const assay_span*)((const char*)&fields + data));
}

static ngx_int_t ngx_http_assay_get_claims(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_verdict_fields fields;
  ngx_str_t out;
  u_char *from, *end, *to;
  (void)data;
  fields.struct_size = sizeof fields;
  if (verdict == NULL || !assay_verdict_read(verdict, &fields)) return ngx_http_assay_give_nothing(value);
  /* Between values JSON may have line ends, and nowhere else. */
  out.data = ngx_pnalloc(r->pool, fields.claims.size + 1);
  if (out.data == NULL) return NGX_ERROR;
  from = (u_char*)fields.claims.data;
  end = from + fields.claims.size;
  for (to = out.data; from < end; from++) *to++ = *from == '\n' || *from == '\r' || *from == '\t' ? ' ' : *from;
  out.len = fields.claims.size;
  return ngx_http_assay_give_text(r, value, ngx_http_assay_span(&out));
}

static ngx_int_t ngx_http_assay_get_scope(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_span text;
  (void)data;
  if (verdict == NULL || assay_verdict_scopes(verdict, &text) != 1) return ngx_http_assay_give_nothing(value);
  return ngx_http_assay_give_text(r, value, text);
}

static ngx_int_t ngx_http_assay_get_principal(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  (void)data;
  if (verdict == NULL) return ngx_http_assay_give_nothing(value);
  return ngx_http_assay_give_text(r, value, assay_verdict_principal(verdict));
}

static ngx_int_t ngx_http_assay_get_exp_in(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_verdict_fields fields;
  char text[NGX_INT64_LEN + 1];
  u_char* end;
  assay_span span;
  (void)data;
  fields.struct_size = sizeof fields;
  if (verdict == NULL || !assay_verdict_read(verdict, &fields) || (fields.has & ASSAY_HAS_EXPIRES_AT) == 0) {
    return ngx_http_assay_give_nothing(value);
  }
  end = ngx_sprintf((u_char*)text, "%L", fields.expires_at - (int64_t)ngx_time());
  span.data = text;
  span.size = (size_t)(end - (u_char*)text);
  return ngx_http_assay_give_text(r, value, span);
}

static ngx_int_t ngx_http_assay_get_tool(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const ngx_http_assay_decision_t* decision = ngx_http_assay_find_decision(r);
  (void)data;
  if (decision == NULL || decision->reason != ASSAY_ACCEPTED) return ngx_http_assay_give_nothing(value);
  return ngx_http_assay_give_text(r, value, ngx_http_assay_span(&decision->tool));
}

static ngx_int_t ngx_http_assay_get_path(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const ngx_array_t* path = (const ngx_array_t*)data;
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_span text;
  if (verdict == NULL || assay_claim_text(verdict, path->elts, path->nelts, &text) != 1) {
    return ngx_http_assay_give_nothing(value);
  }
  return ngx_http_assay_give_text(r, value, text);
}

static ngx_int_t ngx_http_assay_get_claim(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
  const ngx_str_t* name = (const ngx_str_t*)data;
  const size_t prefix = sizeof "assay_claim_" - 1;
  const assay_verdict* verdict = ngx_http_assay_accepted(r);
  assay_span path, text;
  if (verdict == NULL || name->len <= prefix) return ngx_http_assay_give_nothing(value);
  path.data = (const char*)name->data + prefix;
  path.size = name->len - prefix;
  if (assay_claim_text(verdict, &path, 1, &text) != 1) return ngx_http_assay_give_nothing(value);
  return ngx_http_assay_give_text(r, value, text);
}

/* $http_authorization: nginx's own, as long as the header is there. Where the module has taken it out, what goes by who
 * asks, such as the key of a cache, must still tell clients apart: then it is a digest, by which nobody is let in. */
static ngx_int_t ngx_http_assay_get_authorization(ngx_http_request_t* r, ngx_http_variable_value_t* value,
                                                  uintptr_t data) {
  static const char scheme[] = "removed ";
  const ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  ngx_str_t name = ngx_string("http_authorization");
  const ngx_table_elt_t* lines;
  u_char digest[20], *text;
  ngx_sha1_t sha1;
  ngx_uint_t i;
#if (nginx_version >= 1023000)
  const ngx_int_t rc = ngx_http_variable_unknown_header(r, value, &name, &r->headers_in.headers.part, 5);
#else
  const ngx_int_t rc = ngx_http_variable_unknown_header(value, &name, &r->headers_in.headers.part, 5);
#endif

  (void)data;
  if (rc != NGX_OK || !value->not_found || request == NULL || request->authorization.nelts == 0) return rc;
  lines = request->authorization.elts;
  ngx_sha1_init(&sha1);
  for (i = 0; i < request->authorization.nelts; i++) ngx_sha1_update(&sha1, lines[i].value.data, lines[i].value.len);
  ngx_sha1_final(digest, &sha1);
  text = ngx_pnalloc(r->pool, sizeof scheme + 2 * sizeof digest);
  if (text == NULL) return NGX_ERROR;
  (void)ngx_hex_dump(ngx_cpymem(text, scheme, sizeof scheme - 1), digest, sizeof digest);
  value->data = text;
  value->len = sizeof scheme - 1 + 2 * sizeof digest;
  value->valid = 1;
  value->no_cacheable = 1;
  value->not_found = 0;
  return NGX_OK;
}

static const ngx_http_assay_variable_t ngx_http_assay_variables[] = {
    {ngx_string("assay_status"), ngx_http_assay_get_status, 0},
    {ngx_string("assay_detail"), ngx_http_assay_get_detail, 0},
    {ngx_string("assay_claims"), ngx_http_assay_get_claims, 0},
    {ngx_string("assay_scope"), ngx_http_assay_get_scope, 0},
    {ngx_string("assay_principal"), ngx_http_assay_get_principal, 0},
    {ngx_string("assay_exp_in"), ngx_http_assay_get_exp_in, 0},
    {ngx_string("assay_tool"), ngx_http_assay_get_tool, 0},
    {ngx_string("assay_sub"), ngx_http_assay_get_field, offsetof(assay_verdict_fields, subject)},
    {ngx_string("assay_client_id"), ngx_http_assay_get_field, offsetof(assay_verdict_fields, client_id)},
    {ngx_string("assay_iss"), ngx_http_assay_get_field, offsetof(assay_verdict_fields, issuer)},
    {ngx_string("assay_kid"), ngx_http_assay_get_field, offsetof(assay_verdict_fields, kid)},
    {ngx_string("assay_alg"), ngx_http_assay_get_field, offsetof(assay_verdict_fields, alg)},
    {ngx_null_string, NULL, 0},
};

ngx_int_t ngx_http_assay_add_variables(ngx_conf_t* cf) {
  const ngx_http_assay_variable_t* each;
  ngx_http_variable_t* variable;
  ngx_str_t prefix = ngx_string("assay_claim_"), authorization = ngx_string("http_authorization");

  for (each = ngx_http_assay_variables; each->get != NULL; each++) {
    ngx_str_t name = each->name;
    variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (variable == NULL) return NGX_ERROR;
    variable->get_handler = each->get;
    variable->data = each->data;
  }
  variable = ngx_http_add_variable(cf, &prefix, NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX);
  if (variable == NULL) return NGX_ERROR;
  variable->get_handler = ngx_http_assay_get_claim;
  /* A configuration may `set` it, as it may without the module. */
  variable = ngx_http_add_variable(cf, &authorization, NGX_HTTP_VAR_CHANGEABLE | NGX_HTTP_VAR_NOCACHEABLE);
  if (variable == NULL) return NGX_ERROR;
  variable->get_handler = ngx_http_assay_get_authorization;
  return NGX_OK;
}

char* ngx_http_assay_set_claim(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  ngx_str_t* words = cf->args->elts;
  ngx_http_variable_t* variable;
  ngx_array_t* path;
  ngx_uint_t i;

  (void)command;
  (void)conf;
  if (words[1].len < 2 || words[1].data[0] != '$') {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is no name of a variable: it begins with $", &words[1]);
    return NGX_CONF_ERROR;
  }
  words[1].len--;
  words[1].data++;
  path = ngx_array_create(cf->pool, cf->args->nelts - 2, sizeof(assay_span));
  variable = ngx_http_add_variable(cf, &words[1], NGX_HTTP_VAR_NOCACHEABLE);
  if (path == NULL || variable == NULL) return NGX_CONF_ERROR;
  for (i = 2; i < cf->args->nelts; i++) *(assay_span*)ngx_array_push(path) = ngx_http_assay_span(&words[i]);
  variable->get_handler = ngx_http_assay_get_path;
  variable->data = (uintptr_t)path;
  return NGX_CONF_OK;
}
