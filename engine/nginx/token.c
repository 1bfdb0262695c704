/* Where a request's token stands. */
#include "engine/nginx/module.h"

/* nginx ends a target at `#`, and passes all of it on; others read on. */
ngx_flag_t ngx_http_assay_has_fragment(const ngx_http_request_t* r) {
  const ngx_str_t* target = &r->main->unparsed_uri;
  return target->len > 0 && memchr(target->data, '#', target->len) != NULL;
}

#define NGX_HTTP_ASSAY_QUERIES 3

/* The queries that may go upstream, each but once: this request's, the main one's, and the client's own, which
 * $request_uri still has when the others were rewritten. How many there are. */
static ngx_uint_t ngx_http_assay_queries(const ngx_http_request_t* r, ngx_str_t queries[NGX_HTTP_ASSAY_QUERIES]) {
  const ngx_str_t* target = &r->main->unparsed_uri;
  const u_char* own = target->len == 0 ? NULL : memchr(target->data, '?', target->len);
  ngx_str_t all[NGX_HTTP_ASSAY_QUERIES];
  ngx_uint_t i, j, count = 0;

  ngx_memzero(all, sizeof all);
  all[0] = r->args;
  all[1] = r->main->args;
  if (own != NULL) {
    all[2].data = (u_char*)own + 1;
    all[2].len = (size_t)(target->data + target->len - all[2].data);
  }
  for (i = 0; i < NGX_HTTP_ASSAY_QUERIES; i++) {
    if (all[i].len == 0) continue; /* it may point anywhere, behind try_files */
    for (j = 0; j < count; j++) {
      if (queries[j].len == all[i].len && ngx_memcmp(queries[j].data, all[i].data, all[i].len) == 0) break;
    }
    if (j == count) queries[count++] = all[i];
  }
  return count;
}

assay_span ngx_http_assay_query(ngx_http_request_t* r) {
  const assay_span none = {NULL, 0};
  ngx_str_t queries[NGX_HTTP_ASSAY_QUERIES];
  const ngx_uint_t count = ngx_http_assay_queries(r, queries);
  ngx_uint_t i;
  size_t size = 0;
  u_char *all, *last;

  if (count == 0) return none;
  if (count == 1) return ngx_http_assay_span(&queries[0]);
  for (i = 0; i < count; i++) size += queries[i].len + 1;
  all = ngx_pnalloc(r->pool, size);
  if (all == NULL) return ngx_http_assay_text("access_token="); /* unseen, it is refused */
  for (last = all, i = 0; i < count; i++) {
    last = ngx_cpymem(last, queries[i].data, queries[i].len);
    *last++ = '&';
  }
  return (assay_span){(const char*)all, size - 1};
}

/* Reads the token of the Authorization header as the engine does. */
static int32_t ngx_http_assay_read_authorization(assay_span query, const ngx_array_t* authorization, ngx_str_t* token) {
  const ngx_table_elt_t* lines = authorization->elts;
  assay_pair headers[2]; /* more say nothing more than two do */
  assay_request described;
  assay_span found;
  int32_t reason;

  ngx_memzero(&described, sizeof described);
  described.struct_size = sizeof described;
  described.query = query;
  described.headers = headers;
  for (; described.header_count < authorization->nelts && described.header_count < 2; described.header_count++) {
    headers[described.header_count].name = ngx_http_assay_span(&lines[described.header_count].key);
    headers[described.header_count].value = ngx_http_assay_span(&lines[described.header_count].value);
  }
  if (!assay_request_token(&described, &found, &reason)) {
    return reason == ASSAY_UNSET ? NGX_HTTP_ASSAY_REQUEST_MALFORMED : reason;
  }
  token->data = (u_char*)found.data;
  token->len = found.size;
  return ASSAY_UNSET;
}

/* The same, remembered: it is asked for again when the verdict has come, and by each variable. */
static int32_t ngx_http_assay_find_authorization(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                                 ngx_str_t* token) {
  const ngx_str_t* args = &r->main->args;
  if (!request->has_credential || request->args.data != args->data || request->args.len != args->len) {
    request->credential_reason =
        ngx_http_assay_read_authorization(ngx_http_assay_query(r->main), &request->authorization, &request->credential);
    request->args = *args;
    request->has_credential = 1;
  }
  if (request->credential_reason == ASSAY_UNSET) *token = request->credential;
  return request->credential_reason;
}

/* How often `NAME=` stands in the one of the request's queries that has it most often. */
static ngx_uint_t ngx_http_assay_count_in_queries(const ngx_http_request_t* r, const ngx_str_t* name) {
  ngx_str_t queries[NGX_HTTP_ASSAY_QUERIES];
  const ngx_uint_t count = ngx_http_assay_queries(r, queries);
  ngx_uint_t i, most = 0;

  for (i = 0; i < count; i++) {
    const ngx_uint_t times = ngx_http_assay_count_parameters(&queries[i], name);
    if (times > most) most = times;
  }
  return most;
}

typedef struct {
  const ngx_http_assay_source_t* source;
  ngx_uint_t count;
} ngx_http_assay_tally_t;

static ngx_int_t ngx_http_assay_count_header(void* data, ngx_table_elt_t* header) {
  ngx_http_assay_tally_t* tally = data;
  if (tally->source->kind == NGX_HTTP_ASSAY_IN_COOKIE && ngx_http_assay_is_named(header, "cookie", 6)) {
    tally->count += ngx_http_assay_count_cookies(&header->value, &tally->source->name);
  } else if (ngx_http_assay_is_header_of(tally->source, header)) {
    tally->count++;
  }
  return NGX_OK;
}

/* How often a source was sent: nginx's variable is the first in nginx's spelling, and a server behind may take another.
 */
static ngx_uint_t ngx_http_assay_occurrences(ngx_http_request_t* r, const ngx_http_assay_source_t* source) {
  ngx_http_assay_tally_t tally = {source, 0};

  if (source->kind == NGX_HTTP_ASSAY_IN_ELSE) return 0;
  if (source->kind == NGX_HTTP_ASSAY_IN_QUERY) return ngx_http_assay_count_in_queries(r, &source->name);
  (void)ngx_http_assay_for_each(r->main, ngx_http_assay_count_header, &tally);
  return tally.count;
}

static ngx_flag_t ngx_http_assay_is_of_word(u_char c) {
  c = ngx_tolower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Whether a header's value has this scheme: anywhere, as some look for it behind others, and whatever stands around. */
static ngx_flag_t ngx_http_assay_has_scheme(const ngx_str_t* value, const char* scheme) {
  const size_t size = ngx_strlen(scheme);
  size_t i;
  for (i = 0; i + size <= value->len; i++) {
    const u_char* at = value->data + i;
    if (ngx_strncasecmp((u_char*)at, (u_char*)scheme, size) != 0) continue;
    if (i > 0 && ngx_http_assay_is_of_word(at[-1])) continue;
    if (i + size == value->len || !ngx_http_assay_is_of_word(at[size])) return 1;
  }
  return 0;
}

/* Whether a header's value is a token without a scheme: JWS's three parts. */
static ngx_flag_t ngx_http_assay_is_bare_token(const ngx_str_t* value) {
  size_t i, dots = 0;
  for (i = 0; i < value->len; i++) {
    const u_char c = value->data[i];
    if (c == '.') dots++;
    if (c != '.' && !ngx_http_assay_is_of_word(c) && !ngx_http_assay_is_blank(c)) return 0;
  }
  return dots >= 2;
}

/* Whether Authorization has a scheme of access tokens: a credential, be it empty, which beside another one is one of
 * two. */
static ngx_flag_t ngx_http_assay_has_token_scheme(const ngx_array_t* authorization) {
  const ngx_table_elt_t* lines = authorization->elts;
  ngx_uint_t i;
  for (i = 0; i < authorization->nelts; i++) {
    if (ngx_http_assay_has_scheme(&lines[i].value, "Bearer") || ngx_http_assay_has_scheme(&lines[i].value, "DPoP") ||
        ngx_http_assay_is_bare_token(&lines[i].value)) {
      return 1;
    }
  }
  return 0;
}

/* Whether the query has RFC 6750's parameter, which is none of the sources. */
static ngx_flag_t ngx_http_assay_has_token_parameter(ngx_http_request_t* r, const ngx_http_assay_source_t* sources,
                                                     ngx_uint_t count) {
  static const ngx_str_t name = ngx_string("access_token");
  ngx_uint_t i;
  for (i = 0; i < count; i++) {
    if (sources[i].kind == NGX_HTTP_ASSAY_IN_QUERY && sources[i].name.len == name.len &&
        ngx_strncasecmp(sources[i].name.data, name.data, name.len) == 0) {
      return 0;
    }
  }
  return ngx_http_assay_count_in_queries(r, &name) > 0;
}

int32_t ngx_http_assay_find_token(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                  ngx_http_assay_request_t* request, ngx_str_t* token) {
  const ngx_http_assay_source_t* sources;
  ngx_flag_t sees_authorization = conf->forward_token; /* or else only nginx could see it */
  ngx_flag_t has_header = 0;                           /* it holds one of the tokens found */
  ngx_uint_t i, found = 0, beside = 0;

  ngx_str_null(token);
  if (conf->sources == NULL) return ngx_http_assay_find_authorization(r, request, token);
  sources = conf->sources->elts;
  for (i = 0; i < conf->sources->nelts; i++) {
    if (sources[i].variable == NGX_ERROR) {
      int32_t reason = ngx_http_assay_find_authorization(r, request, token);
      sees_authorization = 1;
      if (reason == NGX_HTTP_ASSAY_CREDENTIAL_MISSING) continue;
      if (reason != ASSAY_UNSET) return reason;
      has_header = 1;
    } else {
      const ngx_uint_t count = ngx_http_assay_occurrences(r, &sources[i]);
      ngx_http_variable_value_t* value;
      if (count > 1) return NGX_HTTP_ASSAY_CREDENTIAL_REPEATED;
      value = ngx_http_get_flushed_variable(r, (ngx_uint_t)sources[i].variable);
      if (value == NULL || value->not_found) {
        beside += count; /* in a spelling that nginx does not read */
        continue;
      }
      if (value->len == 0) continue;
      token->data = value->data;
      token->len = value->len;
    }
    found++;
  }
  if (found == 0) return NGX_HTTP_ASSAY_CREDENTIAL_MISSING;
  if (sees_authorization && !has_header && ngx_http_assay_has_token_scheme(&request->authorization)) beside++;
  if (ngx_http_assay_has_token_parameter(r, sources, conf->sources->nelts)) beside++;
  if (found + beside > 1) return NGX_HTTP_ASSAY_CREDENTIAL_REPEATED;
  return assay_is_bearer_token(ngx_http_assay_span(token)) ? ASSAY_UNSET : NGX_HTTP_ASSAY_REQUEST_MALFORMED;
}
