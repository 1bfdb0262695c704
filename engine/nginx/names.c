/* How often a name stands in a query or a Cookie line, in any spelling that a server behind may read as that. */
#include "engine/nginx/module.h"

static const u_char* ngx_http_assay_next(const u_char* at, const u_char* end, u_char c) {
  const u_char* found = memchr(at, c, (size_t)(end - at));
  return found == NULL ? end : found;
}

/* A character of a name as PHP writes it, and without case. */
static u_char ngx_http_assay_fold(u_char c) { return c == '.' ? '_' : ngx_tolower(c); }

/* The character at `*at`, as a server behind may read it in a name: decoded, and folded; moves `*at` behind it. */
static u_char ngx_http_assay_name_character(const u_char** at, const u_char* end, ngx_flag_t is_query) {
  const ngx_int_t code = **at == '%' && end - *at > 2 ? ngx_hextoi((u_char*)*at + 1, 2) : NGX_ERROR;
  u_char c = code == NGX_ERROR ? **at : (u_char)code;
  if (c == '+' && code == NGX_ERROR && is_query) c = ' ';
  *at += code == NGX_ERROR ? 1 : 3;
  return ngx_http_assay_fold(c);
}

ngx_flag_t ngx_http_assay_is_blank(u_char c) { return (c > 0 && c <= ' ') || c == 0x7f || c == 0x85 || c == 0xa0; }

/* Skips blanks and these brackets. */
static const u_char* ngx_http_assay_skip(const u_char* at, const u_char* end, ngx_flag_t is_query,
                                         const char* brackets) {
  while (at < end) {
    const u_char* next = at;
    const u_char c = ngx_http_assay_name_character(&next, end, is_query);
    if (!ngx_http_assay_is_blank(c) && (c == '\0' || strchr(brackets, c) == NULL)) break;
    at = next;
  }
  return at;
}

/* Where a pair's name begins: Rack and qs drop brackets around it. */
static const u_char* ngx_http_assay_begin_of_name(const u_char* at, const u_char* end, ngx_flag_t is_query) {
  return ngx_http_assay_skip(at, end, is_query, "[]");
}

/* Whether this name stands there, in any spelling that a server behind may read as that: PHP takes a bracket that is
 * not closed for `_`. */
static ngx_flag_t ngx_http_assay_is_name_at(const u_char* at, const u_char* end, const ngx_str_t* name,
                                            ngx_flag_t is_query) {
  u_char end_of_name;
  size_t i;

  for (i = 0; i < name->len && at < end; i++) {
    const u_char c = ngx_http_assay_name_character(&at, end, is_query);
    const u_char wanted = ngx_http_assay_fold(name->data[i]);
    if (c != wanted && !((c == ' ' || c == '[') && wanted == '_')) return 0;
  }
  if (i < name->len) return 0;
  at = ngx_http_assay_skip(at, end, is_query, "]");
  if (at == end) return 0;
  end_of_name = ngx_http_assay_name_character(&at, end, is_query);
  return end_of_name == '=' || end_of_name == '[' || end_of_name == '\0'; /* PHP ends names at a bracket, C at a NUL */
}

ngx_uint_t ngx_http_assay_count_parameters(const ngx_str_t* query, const ngx_str_t* name) {
  const u_char *at = query->data, *end = query->data + query->len;
  const u_char* next = NULL; /* where the next separator stands, once looked for */
  ngx_uint_t count = 0;

  while (at < end) {
    const u_char* end_of_pair;
    if (next == NULL || next < at) next = ngx_http_assay_next(at, end, '&');
    end_of_pair = ngx_http_assay_next(at, next, ';');
    at = ngx_http_assay_begin_of_name(at, end_of_pair, 1);
    if (ngx_http_assay_is_name_at(at, end_of_pair, name, 1)) count++;
    at = end_of_pair + 1;
  }
  return count;
}

ngx_uint_t ngx_http_assay_count_cookies(const ngx_str_t* line, const ngx_str_t* name) {
  const u_char *at, *end = line->data + line->len;
  const u_char* last = NULL; /* the name that was looked at last: all that leads to it is skipped once */
  ngx_flag_t begins = 1;
  ngx_uint_t count = 0;

  for (at = line->data; at < end; at++) {
    const ngx_flag_t ends = *at == ';' || *at == ',' || ngx_http_assay_is_blank(*at);
    if (begins && !ends && (last == NULL || at > last)) {
      last = ngx_http_assay_begin_of_name(at, end, 0);
      if (ngx_http_assay_is_name_at(last, end, name, 0)) count++;
    }
    begins = ends;
  }
  return count;
}
