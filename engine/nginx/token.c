/* Where a request's token stands, and taking it out of what goes upstream. */
#include "engine/nginx/module.h"

static ngx_flag_t ngx_http_assay_is_named(const ngx_table_elt_t* header, const char* name, size_t size) {
  return header->key.len == size && ngx_strncasecmp(header->key.data, (u_char*)name, size) == 0;
}

/* Calls `visit` for each header of the request, as it came, until it gives something else than NGX_OK. */
typedef ngx_int_t (*ngx_http_assay_visit_pt)(void* data, ngx_table_elt_t* header);

static ngx_int_t ngx_http_assay_for_each(ngx_http_request_t* r, ngx_http_assay_visit_pt visit, void* data) {
  ngx_list_part_t* part;
  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    ngx_table_elt_t* headers = part->elts;
    ngx_uint_t i;
    for (i = 0; i < part->nelts; i++) {
      ngx_int_t rc = visit(data, &headers[i]);
      if (rc != NGX_OK) return rc;
    }
  }
  return NGX_OK;
}

typedef struct {
  const char* name;
  size_t size;
  ngx_uint_t count;
  ngx_table_elt_t* found;
} ngx_http_assay_search_t;

static ngx_int_t ngx_http_assay_compare(void* data, ngx_table_elt_t* header) {
  ngx_http_assay_search_t* search = data;
  if (!ngx_http_assay_is_named(header, search->name, search->size)) return NGX_OK;
  if (search->count++ == 0) search->found = header;
  return NGX_OK;
}

ngx_table_elt_t* ngx_http_assay_find_header(ngx_http_request_t* r, const char* name, size_t size, ngx_uint_t* count) {
  ngx_http_assay_search_t search = {name, size, 0, NULL};
  (void)ngx_http_assay_for_each(r, ngx_http_assay_compare, &search);
  if (count != NULL) *count = search.count;
  return search.found;
}

static ngx_int_t ngx_http_assay_keep_line(void* data, ngx_table_elt_t* header) {
  ngx_http_assay_request_t* request = data;
  ngx_table_elt_t* kept;
  if (!ngx_http_assay_is_named(header, "authorization", 13)) return NGX_OK;
  kept = ngx_array_push(&request->authorization);
  if (kept == NULL) return NGX_ERROR;
  *kept = *header;
  return NGX_OK;
}

ngx_int_t ngx_http_assay_keep_authorization(ngx_http_request_t* r, ngx_http_assay_request_t* request) {
  if (ngx_array_init(&request->authorization, r->pool, 1, sizeof(ngx_table_elt_t)) != NGX_OK ||
      ngx_array_init(&request->taken, r->pool, 1, sizeof(ngx_table_elt_t)) != NGX_OK) {
    return NGX_ERROR;
  }
  return ngx_http_assay_for_each(r->main, ngx_http_assay_keep_line, request);
}

/* An empty query may point anywhere, behind try_files. */
assay_span ngx_http_assay_query(const ngx_http_request_t* r) {
  const assay_span none = {NULL, 0};
  return r->args.len == 0 ? none : ngx_http_assay_span(&r->args);
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
  const assay_span query = ngx_http_assay_query(r->main);
  if (!request->has_credential || request->query.data != query.data || request->query.size != query.size) {
    request->credential_reason =
        ngx_http_assay_read_authorization(query, &request->authorization, &request->credential);
    request->query = query;
    request->has_credential = 1;
  }
  if (request->credential_reason == ASSAY_UNSET) *token = request->credential;
  return request->credential_reason;
}

/* As nginx looks for the header of $http_NAME: in lower case, and with `_` for `-`. */
static ngx_flag_t ngx_http_assay_is_header_of(const ngx_http_assay_source_t* source, const ngx_table_elt_t* header) {
  size_t i;
  if (source->kind != NGX_HTTP_ASSAY_IN_HEADER || source->name.len != header->key.len) return 0;
  for (i = 0; i < header->key.len; i++) {
    const u_char c = ngx_tolower(header->key.data[i]);
    if ((c == '-' ? '_' : c) != ngx_tolower(source->name.data[i])) return 0;
  }
  return 1;
}

static const u_char* ngx_http_assay_next(const u_char* at, const u_char* end, u_char c) {
  const u_char* found = memchr(at, c, (size_t)(end - at));
  return found == NULL ? end : found;
}

/* How often `NAME=` stands among the pairs of a query or a Cookie line, in any spelling that a server behind may read
 * as that. */
static ngx_uint_t ngx_http_assay_count_pairs(const ngx_str_t* text, const ngx_str_t* name, u_char separator) {
  const u_char *at = text->data, *end = text->data + text->len;
  const u_char *next = NULL, *semicolon = NULL; /* where the next separator and the next `;` stand, once looked for */
  ngx_uint_t count = 0;

  while (at < end) {
    size_t i;
    while (at < end && *at == ' ') at++;
    for (i = 0; i < name->len && at < end; i++) {
      const ngx_int_t code = *at == '%' && end - at > 2 ? ngx_hextoi((u_char*)at + 1, 2) : NGX_ERROR;
      const u_char c = code == NGX_ERROR ? *at : (u_char)code;
      if (ngx_tolower(c) != ngx_tolower(name->data[i])) break;
      at += code == NGX_ERROR ? 1 : 3;
    }
    while (at < end && *at == ' ') at++;
    if (i == name->len && at < end && *at == '=') count++;
    if (next == NULL || next < at) next = ngx_http_assay_next(at, end, separator);
    if (semicolon == NULL || semicolon < at) semicolon = ngx_http_assay_next(at, end, ';');
    at = (next < semicolon ? next : semicolon) + 1;
  }
  return count;
}

typedef struct {
  const ngx_http_assay_source_t* source;
  ngx_uint_t count;
} ngx_http_assay_tally_t;

static ngx_int_t ngx_http_assay_count_header(void* data, ngx_table_elt_t* header) {
  ngx_http_assay_tally_t* tally = data;
  if (tally->source->kind == NGX_HTTP_ASSAY_IN_COOKIE && ngx_http_assay_is_named(header, "cookie", 6)) {
    tally->count += ngx_http_assay_count_pairs(&header->value, &tally->source->name, ',');
  } else if (ngx_http_assay_is_header_of(tally->source, header)) {
    tally->count++;
  }
  return NGX_OK;
}

/* Whether a source was sent more than once: nginx's variable is the first, and a server behind may take another. */
static ngx_flag_t ngx_http_assay_is_repeated(ngx_http_request_t* r, const ngx_http_assay_source_t* source) {
  ngx_http_assay_tally_t tally = {source, 0};

  if (source->kind == NGX_HTTP_ASSAY_IN_ELSE) return 0;
  if (source->kind == NGX_HTTP_ASSAY_IN_QUERY) return ngx_http_assay_count_pairs(&r->args, &source->name, '&') > 1;
  (void)ngx_http_assay_for_each(r->main, ngx_http_assay_count_header, &tally);
  return tally.count > 1;
}

/* Whether Authorization says `Bearer` and nothing else: an empty credential, which beside another one is one of two. */
static ngx_flag_t ngx_http_assay_is_empty_bearer(const ngx_array_t* authorization) {
  const ngx_table_elt_t* lines = authorization->elts;
  size_t at = sizeof "Bearer" - 1;

  if (authorization->nelts == 0 || lines->value.len < at ||
      ngx_strncasecmp(lines->value.data, (u_char*)"Bearer", at) != 0) {
    return 0;
  }
  while (at < lines->value.len && (lines->value.data[at] == ' ' || lines->value.data[at] == '\t')) at++;
  return at == lines->value.len;
}

int32_t ngx_http_assay_find_token(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                  ngx_http_assay_request_t* request, ngx_str_t* token) {
  const ngx_http_assay_source_t* sources;
  ngx_uint_t i, found = 0, empty = 0;

  ngx_str_null(token);
  if (conf->sources == NULL) return ngx_http_assay_find_authorization(r, request, token);
  sources = conf->sources->elts;
  for (i = 0; i < conf->sources->nelts; i++) {
    if (sources[i].variable == NGX_ERROR) {
      int32_t reason = ngx_http_assay_find_authorization(r, request, token);
      if (reason == NGX_HTTP_ASSAY_CREDENTIAL_MISSING) {
        empty = (ngx_uint_t)ngx_http_assay_is_empty_bearer(&request->authorization);
        continue;
      }
      if (reason != ASSAY_UNSET) return reason;
    } else {
      ngx_http_variable_value_t* value;
      if (ngx_http_assay_is_repeated(r, &sources[i])) return NGX_HTTP_ASSAY_CREDENTIAL_REPEATED;
      value = ngx_http_get_flushed_variable(r, (ngx_uint_t)sources[i].variable);
      if (value == NULL || value->not_found || value->len == 0) continue;
      token->data = value->data;
      token->len = value->len;
    }
    found++;
  }
  if (found == 0) return NGX_HTTP_ASSAY_CREDENTIAL_MISSING;
  if (found + empty > 1) return NGX_HTTP_ASSAY_CREDENTIAL_REPEATED;
  return assay_is_bearer_token(ngx_http_assay_span(token)) ? ASSAY_UNSET : NGX_HTTP_ASSAY_REQUEST_MALFORMED;
}

/* Takes element `i` out of a part of the list of headers. Elements stay where they are, since nginx points to some. No
 * part but the first is left empty: nginx reads the first element of the others without a look. */
static ngx_int_t ngx_http_assay_remove(ngx_http_request_t* r, ngx_list_part_t* before, ngx_list_part_t* part,
                                       ngx_uint_t i) {
  ngx_list_t* list = &r->headers_in.headers;
  ngx_table_elt_t* headers = part->elts;
  ngx_flag_t is_last = list->last == part;

  if (part->nelts == 1 && before != NULL) {
    before->next = part->next;
    if (is_last) {
      list->last = before;
      list->nalloc = before->nelts; /* full */
    }
  } else if (i == 0) {
    part->elts = headers + 1;
    part->nelts--;
    if (is_last) list->nalloc--;
  } else if (i + 1 == part->nelts) {
    part->nelts--;
  } else {
    ngx_list_part_t* rest = ngx_palloc(r->pool, sizeof *rest);
    if (rest == NULL) return NGX_ERROR;
    rest->elts = headers + i + 1;
    rest->nelts = part->nelts - i - 1;
    rest->next = part->next;
    part->nelts = i;
    part->next = rest;
    if (is_last) {
      list->last = rest;
      list->nalloc -= i + 1;
    }
  }
  return NGX_OK;
}

/* Whether a header holds, or may hold, the client's credential: Authorization, and what $http_NAME stands for. */
static ngx_flag_t ngx_http_assay_is_credential(const ngx_http_assay_conf_t* conf, const ngx_table_elt_t* header) {
  const ngx_http_assay_source_t* sources = conf->sources == NULL ? NULL : conf->sources->elts;
  ngx_uint_t i, count = conf->sources == NULL ? 0 : conf->sources->nelts;

  if (ngx_http_assay_is_named(header, "authorization", 13)) return 1;
  for (i = 0; i < count; i++) {
    if (ngx_http_assay_is_header_of(&sources[i], header)) return 1;
  }
  return 0;
}

/* A subrequest's list of headers has its parts in common with the request's: it gets a list of its own. */
static ngx_int_t ngx_http_assay_strip_subrequest(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf) {
  ngx_list_t* own = ngx_list_create(r->pool, 20, sizeof(ngx_table_elt_t));
  ngx_list_part_t* part;
  ngx_uint_t i;

  if (own == NULL) return NGX_ERROR;
  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    ngx_table_elt_t* headers = part->elts;
    for (i = 0; i < part->nelts; i++) {
      ngx_table_elt_t* copy;
      if (ngx_http_assay_is_credential(conf, &headers[i])) continue;
      copy = ngx_list_push(own);
      if (copy == NULL) return NGX_ERROR;
      *copy = headers[i];
    }
  }
  r->headers_in.headers = *own;
  if (own->last == &own->part) r->headers_in.headers.last = &r->headers_in.headers.part;
  return NGX_OK;
}

ngx_int_t ngx_http_assay_strip(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                               ngx_http_assay_request_t* request) {
  ngx_list_part_t *before = NULL, *part = &r->headers_in.headers.part;

  r->headers_in.authorization = NULL;
  if (r != r->main) return ngx_http_assay_strip_subrequest(r, conf);
  while (part != NULL) {
    ngx_table_elt_t* headers = part->elts;
    ngx_table_elt_t* taken;
    ngx_uint_t i, count = part->nelts;
    for (i = 0; i < count && !ngx_http_assay_is_credential(conf, &headers[i]); i++) {
    }
    if (i == count) {
      before = part;
      part = part->next;
      continue;
    }
    taken = ngx_array_push(&request->taken);
    if (taken == NULL) return NGX_ERROR;
    *taken = headers[i];
    if (ngx_http_assay_remove(r, before, part, i) != NGX_OK) return NGX_ERROR;
    if (count == 1) part = before != NULL ? before->next : part->next;
  }
  return NGX_OK;
}

/* Gives the headers back: whoever else looks at them behind an internal redirect has to see the client's. */
ngx_int_t ngx_http_assay_restore(ngx_http_request_t* r, ngx_http_assay_request_t* request) {
  const ngx_table_elt_t* taken = request->taken.elts;
  ngx_uint_t i;

  if (r != r->main) return NGX_OK;
  for (i = 0; i < request->taken.nelts; i++) {
    ngx_table_elt_t* line = ngx_list_push(&r->headers_in.headers);
    if (line == NULL) return NGX_ERROR;
    *line = taken[i];
    if (r->headers_in.authorization == NULL && ngx_http_assay_is_named(line, "authorization", 13)) {
      r->headers_in.authorization = line;
    }
  }
  request->taken.nelts = 0;
  return NGX_OK;
}
