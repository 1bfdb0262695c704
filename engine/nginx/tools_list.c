/* Filters of replies to tools/list: the answer to such a POST, and the events of the streams that a GET opens, where a
 * reply may come again. JSON is held back until it is whole, of an event stream each event; what cannot be read within
 * 1 MiB becomes an error of JSON-RPC. Calls are judged regardless. The filter of headers is also the place where a
 * challenge is taken back. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_MOST (1024 * 1024)

struct ngx_http_assay_list_s {
  ngx_http_assay_policy_t* policy;
  assay_verdict* verdict; /* the request's: a subrequest's may take its place there before the reply comes */
  ngx_str_t id;           /* the request's, as JSON */
  /* What has come and is not sent yet: of one message, or of one event. */
  u_char* data;
  size_t size;
  size_t room;
  /* What the event's data lines hold. */
  u_char* message;
  size_t message_room;
  ngx_chain_t* free;
  ngx_chain_t* busy;
  unsigned is_active : 1;
  unsigned is_stream : 1;
  unsigned is_unreadable : 1;
  unsigned is_over : 1;
  unsigned has_begun : 1; /* the stream: a byte order mark stands before */
};

static ngx_http_output_header_filter_pt ngx_http_assay_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_assay_next_body_filter;

static void ngx_http_assay_free_list(void* data) {
  ngx_http_assay_list_t* list = data;
  assay_verdict_free(list->verdict);
}

ngx_int_t ngx_http_assay_filter_list(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     const ngx_http_assay_policy_t* policy, const assay_decision* decision) {
  static u_char identity[] = "identity";
  const ngx_flag_t is_list =
      decision->mcp_method.size == 10 && strncmp(decision->mcp_method.data, "tools/list", 10) == 0;
  ngx_pool_cleanup_t* cleanup;
  ngx_table_elt_t* coding;

  if (r == r->main) request->list = NULL; /* a subrequest's answer is none of it */
  if (!assay_checker_filters_tools_list(policy->checker) || (!is_list && r->method != NGX_HTTP_GET)) return NGX_OK;
  if (r != r->main) return NGX_HTTP_FORBIDDEN; /* the filter reads whole answers only */
  request->list = ngx_pcalloc(r->pool, sizeof *request->list);
  cleanup = ngx_pool_cleanup_add(r->pool, 0);
  if (request->list == NULL || cleanup == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  cleanup->handler = ngx_http_assay_free_list;
  cleanup->data = request->list;
  request->list->policy = (ngx_http_assay_policy_t*)policy;
  request->list->verdict = assay_verdict_keep(request->verdict);
  if (request->list->verdict == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (ngx_http_assay_copy(r->pool, assay_checker_request_id(policy->checker), &request->list->id) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  /* Upstream is asked for what can be read. */
  coding = ngx_http_assay_find_header(r, "accept-encoding", 15, NULL);
  if (coding == NULL) {
    coding = ngx_list_push(&r->headers_in.headers);
    if (coding == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    ngx_memzero(coding, sizeof *coding);
    ngx_str_set(&coding->key, "Accept-Encoding");
    coding->lowcase_key = (u_char*)"accept-encoding";
    coding->hash = ngx_hash_key(coding->lowcase_key, 15);
  }
  coding->value.data = identity;
  coding->value.len = sizeof identity - 1;
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_filter_header(ngx_http_request_t* r) {
  ngx_http_assay_request_t* request = r == r->main ? ngx_http_assay_find_request(r) : NULL;
  ngx_http_assay_list_t* list = request == NULL ? NULL : request->list;
  static const u_char stream[] = "text/event-stream";
  const size_t length = sizeof stream - 1;

  if (request != NULL) ngx_http_assay_clear_challenge(r, request);
  if (list == NULL || r->header_only || r->headers_out.status == NGX_HTTP_NO_CONTENT ||
      r->headers_out.status == NGX_HTTP_NOT_MODIFIED || r->headers_out.status < NGX_HTTP_OK ||
      r->headers_out.content_length_n == 0) {
    return ngx_http_assay_next_header_filter(r);
  }
  list->is_active = 1;
  list->is_stream = r->headers_out.content_type.len >= length &&
                    ngx_strncasecmp(r->headers_out.content_type.data, (u_char*)stream, length) == 0;
  if (r->headers_out.content_encoding != NULL && r->headers_out.content_encoding->value.len > 0) {
    list->is_unreadable = 1;
    r->headers_out.content_encoding->hash = 0;
    r->headers_out.content_encoding = NULL;
  }
  if (!list->is_stream) {
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
  }
  ngx_http_clear_content_length(r);
  ngx_http_clear_accept_ranges(r);
  ngx_http_clear_last_modified(r);
  ngx_http_clear_etag(r);
  r->filter_need_in_memory = 1;
  return ngx_http_assay_next_header_filter(r);
}

/* Grows memory that can be given back: streams may last for days. */
static ngx_int_t ngx_http_assay_grow(ngx_pool_t* pool, u_char** data, size_t* room, size_t used, size_t wanted) {
  size_t size = *room < NGX_MAX_ALLOC_FROM_POOL + 1 ? NGX_MAX_ALLOC_FROM_POOL + 1 : *room;
  u_char* grown;
  if (wanted <= *room) return NGX_OK;
  while (size < wanted) size *= 2;
  grown = ngx_palloc(pool, size);
  if (grown == NULL) return NGX_ERROR;
  if (used > 0) ngx_memcpy(grown, *data, used);
  if (*data != NULL) (void)ngx_pfree(pool, *data);
  *data = grown;
  *room = size;
  return NGX_OK;
}

/* Takes over what has come; more than can be judged is thrown away. */
static ngx_int_t ngx_http_assay_take(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data,
                                     size_t size) {
  if (list->is_unreadable || list->is_over) return NGX_OK;
  if (size > NGX_HTTP_ASSAY_MOST || list->size > NGX_HTTP_ASSAY_MOST - size) {
    list->is_unreadable = 1;
    list->size = 0;
    return NGX_OK;
  }
  if (ngx_http_assay_grow(r->pool, &list->data, &list->room, list->size, list->size + size) != NGX_OK) return NGX_ERROR;
  if (size > 0) ngx_memcpy(list->data + list->size, data, size);
  list->size += size;
  return NGX_OK;
}

/* Appends a buffer with room for `size` bytes to a chain. */
static ngx_buf_t* ngx_http_assay_new_buffer(ngx_http_request_t* r, ngx_http_assay_list_t* list, ngx_chain_t*** last,
                                            size_t size) {
  ngx_chain_t* link = ngx_chain_get_free_buf(r->pool, &list->free);
  ngx_buf_t* buf;
  size_t room;
  if (link == NULL) return NULL;
  buf = link->buf;
  room = (size_t)(buf->end - buf->start);
  if (size > 0 && ngx_http_assay_grow(r->pool, &buf->start, &room, 0, size) != NGX_OK) return NULL;
  buf->end = buf->start + room;
  buf->pos = buf->start;
  buf->last = buf->start;
  buf->tag = (ngx_buf_tag_t)&ngx_http_assay_module;
  buf->temporary = size > 0;
  buf->last_buf = 0;
  buf->last_in_chain = 0;
  buf->flush = 0;
  link->next = NULL;
  **last = link;
  *last = &link->next;
  return buf;
}

/* What is to be sent for a message. Line ends stand between its values alone, and would end an event's line. */
static ngx_int_t ngx_http_assay_filter_message(const ngx_http_assay_list_t* list, assay_span message, assay_span* out) {
  const assay_span unreadable = {"[", 1};
  return assay_checker_filter_tools(list->policy->checker, list->verdict, ngx_http_assay_span(&list->id),
                                    list->is_unreadable ? unreadable : message, out)
             ? NGX_OK
             : NGX_ERROR;
}

static ngx_int_t ngx_http_assay_send_json(ngx_http_request_t* r, ngx_http_assay_list_t* list, ngx_chain_t*** last) {
  assay_span message = {(const char*)list->data, list->size}, out = {NULL, 0};
  ngx_buf_t* buf;

  if (list->size > 0 || list->is_unreadable) {
    if (ngx_http_assay_filter_message(list, message, &out) != NGX_OK) return NGX_ERROR;
  }
  buf = ngx_http_assay_new_buffer(r, list, last, out.size);
  if (buf == NULL) return NGX_ERROR;
  if (out.size > 0) buf->last = ngx_cpymem(buf->pos, out.data, out.size);
  buf->last_buf = 1;
  buf->last_in_chain = 1;
  list->is_over = 1;
  return NGX_OK;
}

/* The length of a line and, in `whole`, with its end: LF, CR or CR LF; 0 in `whole`: it has not ended yet. */
static size_t ngx_http_assay_line(const u_char* text, size_t size, size_t* whole) {
  size_t i;
  *whole = 0;
  for (i = 0; i < size && text[i] != '\n' && text[i] != '\r'; i++) {
  }
  if (i == size) return i;
  if (text[i] == '\n') {
    *whole = i + 1;
  } else if (i + 1 < size) { /* else the LF may be still to come */
    *whole = i + (text[i + 1] == '\n' ? 2 : 1);
  }
  return i;
}

/* The length of the first whole event, its blank line included; 0: there is none yet. */
static size_t ngx_http_assay_event(const u_char* text, size_t size) {
  size_t at = 0, whole;
  while (at < size) {
    const size_t length = ngx_http_assay_line(text + at, size - at, &whole);
    if (whole == 0) return 0;
    at += whole;
    if (length == 0) return at;
  }
  return 0;
}

/* Whether a line is one of data: what stands behind `data:` and a space, or nothing behind `data`. */
static ngx_flag_t ngx_http_assay_is_data(const u_char* line, size_t length, size_t* begin) {
  if (length < 4 || ngx_strncmp(line, "data", 4) != 0) return 0;
  *begin = 4;
  if (length == 4) return 1;
  if (line[4] != ':') return 0;
  *begin = length > 5 && line[5] == ' ' ? 6 : 5;
  return 1;
}

static ngx_int_t ngx_http_assay_send_event(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* event,
                                           size_t size, ngx_chain_t*** last) {
  assay_span message, out;
  size_t at, whole, begin, used = 0;
  ngx_buf_t* buf;

  if (ngx_http_assay_grow(r->pool, &list->message, &list->message_room, 0, size + 1) != NGX_OK) return NGX_ERROR;
  for (at = 0; at < size; at += whole) {
    const size_t length = ngx_http_assay_line(event + at, size - at, &whole);
    if (whole == 0) whole = size - at; /* a CR at the event's end */
    if (!ngx_http_assay_is_data(event + at, length, &begin)) continue;
    if (used > 0) list->message[used++] = '\n';
    ngx_memcpy(list->message + used, event + at + begin, length - begin);
    used += length - begin;
  }
  message.data = (const char*)list->message;
  message.size = used;
  out = message;
  if (used > 0 && ngx_http_assay_filter_message(list, message, &out) != NGX_OK) return NGX_ERROR;
  buf = ngx_http_assay_new_buffer(r, list, last, size + out.size + sizeof "data: \n\n");
  if (buf == NULL) return NGX_ERROR;
  if (out.data == message.data) { /* as it came */
    buf->last = ngx_cpymem(buf->pos, event, size);
  } else {
    size_t i;
    for (at = 0; at < size; at += whole) {
      const size_t length = ngx_http_assay_line(event + at, size - at, &whole);
      if (whole == 0) whole = size - at;
      if (length == 0 || ngx_http_assay_is_data(event + at, length, &begin)) continue;
      buf->last = ngx_cpymem(buf->last, event + at, whole);
    }
    buf->last = ngx_cpymem(buf->last, "data: ", 6);
    for (i = 0; i < out.size; i++)
      *buf->last++ = out.data[i] == '\n' || out.data[i] == '\r' ? ' ' : (u_char)out.data[i];
    buf->last = ngx_cpymem(buf->last, "\n\n", 2);
  }
  buf->flush = 1;
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_send_events(ngx_http_request_t* r, ngx_http_assay_list_t* list, ngx_chain_t*** last) {
  static const u_char mark[] = {0xEF, 0xBB, 0xBF};
  size_t done = 0, event;

  if (list->is_over) return NGX_OK;
  if (list->is_unreadable) {
    static const u_char any[] = "data: [\n\n";
    list->is_over = 1;
    return ngx_http_assay_send_event(r, list, any, sizeof any - 1, last);
  }
  if (!list->has_begun) {
    if (list->size < 3) return NGX_OK;
    list->has_begun = 1;
    if (ngx_memcmp(list->data, mark, 3) == 0) done = 3;
  }
  while ((event = ngx_http_assay_event(list->data + done, list->size - done)) > 0) {
    if (ngx_http_assay_send_event(r, list, list->data + done, event, last) != NGX_OK) return NGX_ERROR;
    done += event;
  }
  if (done > 0) ngx_memmove(list->data, list->data + done, list->size - done);
  list->size -= done;
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_filter_body(ngx_http_request_t* r, ngx_chain_t* in) {
  const ngx_http_assay_request_t* request = r == r->main ? ngx_http_assay_find_request(r) : NULL;
  ngx_http_assay_list_t* list = request == NULL ? NULL : request->list;
  ngx_chain_t *out = NULL, **last = &out;
  ngx_flag_t is_last = 0;
  ngx_int_t rc;

  if (list == NULL || !list->is_active) return ngx_http_assay_next_body_filter(r, in);
  for (; in != NULL; in = in->next) {
    ngx_buf_t* buf = in->buf;
    if (ngx_buf_in_memory(buf)) {
      if (ngx_http_assay_take(r, list, buf->pos, (size_t)(buf->last - buf->pos)) != NGX_OK) return NGX_ERROR;
      buf->pos = buf->last;
    } else if (!ngx_buf_special(buf)) {
      return NGX_ERROR;
    }
    if (buf->last_buf) is_last = 1;
  }
  if (list->is_stream) {
    if (ngx_http_assay_send_events(r, list, &last) != NGX_OK) return NGX_ERROR;
    if (is_last) {
      ngx_buf_t* buf = ngx_http_assay_new_buffer(r, list, &last, 0);
      if (buf == NULL) return NGX_ERROR;
      buf->last_buf = 1;
      buf->last_in_chain = 1;
    }
  } else if (is_last && !list->is_over && ngx_http_assay_send_json(r, list, &last) != NGX_OK) {
    return NGX_ERROR;
  }
  if (out == NULL && list->busy == NULL) return NGX_OK;
  rc = ngx_http_assay_next_body_filter(r, out);
  ngx_chain_update_chains(r->pool, &list->free, &list->busy, &out, (ngx_buf_tag_t)&ngx_http_assay_module);
  return rc;
}

ngx_int_t ngx_http_assay_init_filters(ngx_conf_t* cf) {
  (void)cf;
  ngx_http_assay_next_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = ngx_http_assay_filter_header;
  ngx_http_assay_next_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = ngx_http_assay_filter_body;
  return NGX_OK;
}
