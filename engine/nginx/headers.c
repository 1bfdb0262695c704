/* The headers of a request: found, kept, taken out of what goes upstream, given back. */
#include "engine/nginx/module.h"

/* Not by nginx's own comparison: of C strings, and in two calls, it costs several times this. */
ngx_flag_t ngx_http_assay_is_named(const ngx_table_elt_t* header, const char* name, size_t size) {
  size_t i;
  if (header->key.len != size) return 0;
  for (i = 0; i < size; i++) {
    const u_char c = header->key.data[i], wanted = (u_char)name[i];
    if (c != wanted && ngx_tolower(c) != ngx_tolower(wanted)) return 0;
  }
  return 1;
}

ngx_int_t ngx_http_assay_for_each(ngx_http_request_t* r, ngx_http_assay_visit_pt visit, void* data) {
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

/* The request gets a list of its own, of the headers for which `keeps` gives NGX_OK, and not NGX_DECLINED: nginx's has
 * parts in common with that of its subrequests, and none of them may be left empty. The elements that nginx points to
 * stay where they are. */
static ngx_int_t ngx_http_assay_filter_headers(ngx_http_request_t* r, ngx_http_assay_visit_pt keeps, void* data) {
  ngx_list_t* own;
  ngx_list_part_t* part;
  ngx_uint_t i, count = 1;

  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) count += part->nelts;
  own = ngx_list_create(r->pool, count, sizeof(ngx_table_elt_t));
  if (own == NULL) return NGX_ERROR;
  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    ngx_table_elt_t* headers = part->elts;
    for (i = 0; i < part->nelts; i++) {
      const ngx_int_t rc = keeps(data, &headers[i]);
      ngx_table_elt_t* copy = rc == NGX_OK ? ngx_list_push(own) : NULL;
      if (rc == NGX_DECLINED) continue;
      if (copy == NULL) return NGX_ERROR;
      *copy = headers[i];
    }
  }
  r->headers_in.headers = *own;
  r->headers_in.headers.last = &r->headers_in.headers.part; /* its only one */
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_is_no_upgrade(void* data, ngx_table_elt_t* header) {
  (void)data;
  return ngx_http_assay_is_named(header, "upgrade", 7) ? NGX_DECLINED : NGX_OK;
}

ngx_int_t ngx_http_assay_pass_over_upgrade(ngx_http_request_t* r) {
  if (r->headers_in.upgrade == NULL) return NGX_OK;
  r->headers_in.upgrade = NULL;
  return ngx_http_assay_filter_headers(r, ngx_http_assay_is_no_upgrade, NULL);
}

static ngx_int_t ngx_http_assay_is_no_coding(void* data, ngx_table_elt_t* header) {
  (void)data;
  return ngx_http_assay_is_named(header, "accept-encoding", 15) ? NGX_DECLINED : NGX_OK;
}

ngx_int_t ngx_http_assay_ask_uncoded(ngx_http_request_t* r) {
  ngx_table_elt_t* coding;
  if (ngx_http_assay_filter_headers(r, ngx_http_assay_is_no_coding, NULL) != NGX_OK) return NGX_ERROR;
  coding = ngx_list_push(&r->headers_in.headers);
  if (coding == NULL) return NGX_ERROR;
  ngx_memzero(coding, sizeof *coding);
  ngx_str_set(&coding->key, "Accept-Encoding");
  ngx_str_set(&coding->value, "identity");
  coding->lowcase_key = (u_char*)"accept-encoding";
  coding->hash = ngx_hash_key(coding->lowcase_key, 15);
  return NGX_OK;
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
  if (ngx_array_init(&request->authorization, r->pool, 1, sizeof(ngx_table_elt_t)) != NGX_OK) return NGX_ERROR;
  request->has_credential = 0;
  return ngx_http_assay_for_each(r->main, ngx_http_assay_keep_line, request);
}

ngx_flag_t ngx_http_assay_is_header_of(const ngx_http_assay_source_t* source, const ngx_table_elt_t* header) {
  size_t i;
  if (source->kind != NGX_HTTP_ASSAY_IN_HEADER || source->name.len != header->key.len) return 0;
  for (i = 0; i < header->key.len; i++) {
    const u_char c = ngx_tolower(header->key.data[i]);
    if ((c == '-' || c == '.' ? '_' : c) != ngx_tolower(source->name.data[i])) return 0;
  }
  return 1;
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

typedef struct {
  const ngx_http_assay_conf_t* conf;
  ngx_array_t* removed; /* NULL: not kept */
} ngx_http_assay_stripping_t;

static ngx_int_t ngx_http_assay_is_no_credential(void* data, ngx_table_elt_t* header) {
  const ngx_http_assay_stripping_t* stripping = data;
  ngx_table_elt_t* copy;
  if (!ngx_http_assay_is_credential(stripping->conf, header)) return NGX_OK;
  if (stripping->removed == NULL) return NGX_DECLINED;
  copy = ngx_array_push(stripping->removed);
  if (copy == NULL) return NGX_ERROR;
  *copy = *header;
  return NGX_DECLINED;
}

ngx_int_t ngx_http_assay_strip(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                               ngx_http_assay_request_t* request) {
  const ngx_http_assay_decision_t* decision = ngx_http_assay_decision_on(r, request);
  ngx_http_assay_stripping_t stripping = {conf, r == r->main ? &request->removed : NULL};

  if (r == r->main && request->removed.elts == NULL) {
    if (ngx_array_init(&request->removed, r->pool, 1, sizeof(ngx_table_elt_t)) != NGX_OK) return NGX_ERROR;
  }
  /* Whom others let pass, by a password perhaps, $remote_user has to name; beside a token it is nobody's. */
  if (decision->reason == ASSAY_ACCEPTED || request->is_reported) r->headers_in.authorization = NULL;
  return ngx_http_assay_filter_headers(r, ngx_http_assay_is_no_credential, &stripping);
}

/* Gives the client's credentials back: whoever else looks at them behind an internal redirect has to see them. What
 * else was changed in the headers meanwhile stays, and so does a credential that something set in their place. */
ngx_int_t ngx_http_assay_restore(ngx_http_request_t* r, ngx_http_assay_request_t* request) {
  ngx_table_elt_t* removed = request->removed.elts;
  const ngx_uint_t count = request->removed.nelts;
  ngx_uint_t i;

  if (r != r->main || count == 0) return NGX_OK;
  request->removed.nelts = 0;
  for (i = 0; i < count; i++) { /* all, before any is put back beside another of its name */
    const ngx_str_t* name = &removed[i].key;
    if (ngx_http_assay_find_header(r, (const char*)name->data, name->len, NULL) != NULL) removed[i].hash = 0;
  }
  for (i = 0; i < count; i++) {
    ngx_table_elt_t* copy;
    if (removed[i].hash == 0) continue; /* as nginx marks headers that are none any more */
    copy = ngx_list_push(&r->headers_in.headers);
    if (copy == NULL) return NGX_ERROR;
    *copy = removed[i];
    if (r->headers_in.authorization == NULL && ngx_http_assay_is_named(copy, "authorization", 13)) {
      r->headers_in.authorization = copy;
    }
  }
  return NGX_OK;
}
