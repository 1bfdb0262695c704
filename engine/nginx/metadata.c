/* The protected resource metadata (RFC 9728): served without a token, before any location is looked for, and never
 * passed on. */
#include "engine/nginx/module.h"

/* The document for a path; NULL: it is none's. `path` decoded, too, so that no spelling of it reaches a server behind.
 */
static const ngx_http_assay_metadata_t* ngx_http_assay_find_document(ngx_http_request_t* r,
                                                                     const ngx_http_assay_conf_t* conf) {
  const ngx_http_assay_metadata_t* metadata = conf->metadata->elts;
  ngx_str_t raw = r->unparsed_uri;
  u_char* end;
  ngx_uint_t i;

  end = ngx_strlchr(raw.data, raw.data + raw.len, '?');
  for (i = 0; i < conf->metadata->nelts; i++) {
    const assay_checker* checker = metadata[i].policy->checker;
    const assay_span own = assay_checker_metadata_path(checker, 0), root = assay_checker_metadata_path(checker, 1);
    ngx_str_t candidates[3];
    ngx_uint_t j;
    candidates[0] = r->uri;
    candidates[1] = raw;
    candidates[2] = raw;
    if (end != NULL) candidates[2].len = (size_t)(end - raw.data);
    for (j = 0; j < 3; j++) {
      const ngx_str_t* path = &candidates[j];
      if (path->len == own.size && ngx_memcmp(path->data, own.data, own.size) == 0) return &metadata[i];
      if (!metadata[i].own_path_only && path->len == root.size && ngx_memcmp(path->data, root.data, root.size) == 0) {
        return &metadata[i];
      }
    }
  }
  return NULL;
}

ngx_int_t ngx_http_assay_serve_metadata(ngx_http_request_t* r) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  const ngx_http_assay_metadata_t* found;
  const assay_span none = {NULL, 0};
  /* Clients in browsers read it across origins; there is nothing in it that is anybody's. */
  const assay_pair headers[] = {
      {{"Content-Type", 12}, {"application/json", 16}},
      {{"Access-Control-Allow-Origin", 27}, {"*", 1}},
      {{"Access-Control-Allow-Methods", 28}, {"GET, HEAD, OPTIONS", 18}},
      {{"Access-Control-Allow-Headers", 28}, {"*", 1}},
      {{"Allow", 5}, {"GET, HEAD, OPTIONS", 18}},
  };

  if (conf->metadata == NULL || r->internal) return NGX_DECLINED;
  found = ngx_http_assay_find_document(r, conf);
  if (found == NULL) return NGX_DECLINED;
  if (r->method == NGX_HTTP_GET || r->method == NGX_HTTP_HEAD) {
    return ngx_http_assay_answer(r, NGX_HTTP_OK, headers, 2, assay_checker_metadata(found->policy->checker));
  }
  if (r->method == NGX_HTTP_OPTIONS) return ngx_http_assay_answer(r, NGX_HTTP_NO_CONTENT, headers + 1, 3, none);
  return ngx_http_assay_answer(r, NGX_HTTP_NOT_ALLOWED, headers + 4, 1, none);
}
