/* Filters of replies to tools/list. Such a POST's answer and the streams that a GET opens, where a reply may come
 * again, are read strictly: JSON is held back until it is whole, of an event stream each event, and what cannot be read
 * within 1 MiB becomes an error of JSON-RPC. Any other POST's answer is searched: servers tell replies apart by the
 * request's id alone, so that one whose id is used again may come there. Calls are judged regardless. The filter of
 * headers is also the place where a challenge is taken back. */
#include "engine/nginx/tools_list.h"

#define NGX_HTTP_ASSAY_BUSY (256 * 1024) /* bytes that wait for the client before the server has to wait */
#define NGX_HTTP_ASSAY_KEPT (64 * 1024)  /* bytes of memory that a stream keeps for its next event */
#define NGX_HTTP_ASSAY_MOST_OF_ID 1024   /* bytes of a request's id */

static ngx_http_output_header_filter_pt ngx_http_assay_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_assay_next_body_filter;

static void ngx_http_assay_free_list(void* data) {
  ngx_http_assay_list_t* list = data;
  assay_verdict_free(list->verdict);
}

ngx_int_t ngx_http_assay_filter_list(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     const ngx_http_assay_policy_t* policy, const assay_decision* decision) {
  const ngx_flag_t is_strict = r->method == NGX_HTTP_GET || (decision->mcp_method.size == 10 &&
                                                             strncmp(decision->mcp_method.data, "tools/list", 10) == 0);
  ngx_pool_cleanup_t* cleanup;

  if (r == r->main) request->list = NULL; /* a subrequest's answer is none of it */
  if (!assay_checker_filters_tools_list(policy->checker)) return NGX_OK;
  if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_POST) return NGX_OK;
  if (r != r->main) return is_strict ? NGX_HTTP_FORBIDDEN : NGX_OK; /* the filter reads whole answers only */
  request->list = ngx_pcalloc(r->pool, sizeof *request->list);
  cleanup = ngx_pool_cleanup_add(r->pool, 0);
  if (request->list == NULL || cleanup == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  cleanup->handler = ngx_http_assay_free_list;
  cleanup->data = request->list;
  request->list->policy = (ngx_http_assay_policy_t*)policy;
  request->list->is_strict = is_strict ? 1 : 0;
  request->list->verdict = assay_verdict_keep(request->verdict);
  if (request->list->verdict == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (ngx_http_assay_copy(r->pool, assay_checker_request_id(policy->checker), &request->list->id) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  /* What the client puts into the reply by itself must not take a list past what is read. */
  if (request->list->id.len > NGX_HTTP_ASSAY_MOST_OF_ID) return NGX_HTTP_BAD_REQUEST;
  return ngx_http_assay_ask_uncoded(r) == NGX_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

static ngx_flag_t ngx_http_assay_is_type(const ngx_http_request_t* r, const char* type) {
  const size_t length = ngx_strlen(type);
  return r->headers_out.content_type.len >= length &&
         ngx_strncasecmp(r->headers_out.content_type.data, (u_char*)type, length) == 0;
}

static ngx_int_t ngx_http_assay_filter_header(ngx_http_request_t* r) {
  ngx_http_assay_request_t* request = r == r->main ? ngx_http_assay_find_request(r) : NULL;
  ngx_http_assay_list_t* list = request == NULL ? NULL : request->list;

  if (request != NULL) ngx_http_assay_clear_challenge(r, request);
  if (list == NULL || r->header_only || r->headers_out.status == NGX_HTTP_NO_CONTENT ||
      r->headers_out.status == NGX_HTTP_NOT_MODIFIED || r->headers_out.status < NGX_HTTP_OK ||
      r->headers_out.content_length_n == 0) {
    return ngx_http_assay_next_header_filter(r);
  }
  list->is_stream = ngx_http_assay_is_type(r, "text/event-stream") ? 1 : 0;
  if (!list->is_strict && !list->is_stream && !ngx_http_assay_is_type(r, "application/json")) {
    return ngx_http_assay_next_header_filter(r);
  }
  list->is_active = 1;
  if (r->headers_out.content_encoding != NULL && r->headers_out.content_encoding->value.len > 0) {
    list->is_unreadable = 1;
    r->headers_out.content_encoding->hash = 0;
    r->headers_out.content_encoding = NULL;
  }
  if (list->is_strict && !list->is_stream) {
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

void ngx_http_assay_trim(ngx_pool_t* pool, ngx_http_assay_memory_t* memory) {
  memory->size = 0;
  if (memory->room <= NGX_HTTP_ASSAY_KEPT) return;
  (void)ngx_pfree(pool, memory->data);
  memory->data = NULL;
  memory->room = 0;
}

static ngx_int_t ngx_http_assay_grow(ngx_pool_t* pool, ngx_http_assay_memory_t* memory, size_t wanted) {
  size_t room = memory->room < NGX_MAX_ALLOC_FROM_POOL + 1 ? NGX_MAX_ALLOC_FROM_POOL + 1 : memory->room;
  u_char* grown;
  if (wanted <= memory->room) return NGX_OK;
  while (room < wanted) room *= 2;
  grown = ngx_palloc(pool, room);
  if (grown == NULL) return NGX_ERROR;
  if (memory->size > 0) ngx_memcpy(grown, memory->data, memory->size);
  if (memory->data != NULL) (void)ngx_pfree(pool, memory->data);
  memory->data = grown;
  memory->room = room;
  return NGX_OK;
}

ngx_int_t ngx_http_assay_keep(ngx_pool_t* pool, ngx_http_assay_memory_t* memory, const u_char* data, size_t size) {
  if (ngx_http_assay_grow(pool, memory, memory->size + size) != NGX_OK) return NGX_ERROR;
  if (size > 0) ngx_memcpy(memory->data + memory->size, data, size);
  memory->size += size;
  return NGX_OK;
}

/* Appends an empty buffer with room for `size` bytes to what is sent. */
static ngx_int_t ngx_http_assay_add_buffer(ngx_http_request_t* r, ngx_http_assay_list_t* list, size_t size) {
  ngx_chain_t* link = ngx_chain_get_free_buf(r->pool, &list->free);
  ngx_http_assay_memory_t memory;
  ngx_buf_t* buf;
  if (link == NULL) return NGX_ERROR;
  buf = link->buf;
  memory.data = buf->start;
  memory.size = 0;
  memory.room = (size_t)(buf->end - buf->start);
  if (size > 0 && ngx_http_assay_grow(r->pool, &memory, size) != NGX_OK) return NGX_ERROR;
  buf->start = memory.data;
  buf->end = buf->start + memory.room;
  buf->pos = buf->start;
  buf->last = buf->start;
  buf->tag = (ngx_buf_tag_t)&ngx_http_assay_module;
  buf->temporary = 0; /* until something is put there */
  buf->last_buf = 0;
  buf->last_in_chain = 0;
  buf->flush = 1; /* what nginx would hold back keeps what waits from being taken */
  link->next = NULL;
  *list->last = link;
  list->last = &link->next;
  list->buf = buf;
  return NGX_OK;
}

ngx_int_t ngx_http_assay_put(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data, size_t size) {
  if (size == 0) return NGX_OK;
  if ((list->buf == NULL || (size_t)(list->buf->end - list->buf->last) < size) &&
      ngx_http_assay_add_buffer(r, list, size) != NGX_OK) {
    return NGX_ERROR;
  }
  list->buf->last = ngx_cpymem(list->buf->last, data, size);
  list->buf->temporary = 1;
  return NGX_OK;
}

/* Whether a message may hold a list: the name, in any case, or an escaped letter, which nobody needs to write. */
static ngx_flag_t ngx_http_assay_may_hold_list(assay_span message) {
  static u_char name[] = "\"tools\"";
  u_char* const begin = (u_char*)message.data;
  u_char* const end = begin + message.size;
  u_char* at = begin;
  if (ngx_strlcasestrn(begin, end, name, sizeof name - 2) != NULL) return 1;
  while ((at = ngx_strlchr(at, end, '\\')) != NULL) {
    if (end - at > 5 && ngx_strncmp(at, "\\u00", 4) == 0 && at[4] >= '4' && at[4] <= '7') return 1;
    at += end - at > 1 ? 2 : 1;
  }
  return 0;
}

ngx_int_t ngx_http_assay_filter_message(const ngx_http_assay_list_t* list, assay_span message, assay_span* out) {
  static const assay_span unreadable = {"[", 1};
  *out = message;
  if (list->is_unreadable) {
    message = unreadable;
  } else if (!list->is_strict && !ngx_http_assay_may_hold_list(message)) {
    return NGX_OK;
  }
  return assay_checker_filter_tools(list->policy->checker, list->verdict, ngx_http_assay_span(&list->id), message, out)
             ? NGX_OK
             : NGX_ERROR;
}

/* Takes over what has come of a message; more than can be judged is thrown away, or passed on. */
static ngx_int_t ngx_http_assay_take_json(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data,
                                          size_t size) {
  if (list->is_unreadable) return NGX_OK;
  if (!list->is_passing && size <= NGX_HTTP_ASSAY_MOST - list->held.size) {
    return ngx_http_assay_keep(r->pool, &list->held, data, size);
  }
  if (list->is_strict) {
    list->is_unreadable = 1;
    return NGX_OK;
  }
  list->is_passing = 1;
  if (ngx_http_assay_put(r, list, list->held.data, list->held.size) != NGX_OK) return NGX_ERROR;
  ngx_http_assay_trim(r->pool, &list->held);
  return ngx_http_assay_put(r, list, data, size);
}

static ngx_int_t ngx_http_assay_put_json(ngx_http_request_t* r, ngx_http_assay_list_t* list) {
  assay_span message = {(const char*)list->held.data, list->held.size}, out;
  if (list->held.size == 0 && !list->is_unreadable) return NGX_OK;
  if (ngx_http_assay_filter_message(list, message, &out) != NGX_OK) return NGX_ERROR;
  return ngx_http_assay_put(r, list, (const u_char*)out.data, out.size);
}

/* Whether something waits, and the client has taken enough of what was sent before. */
static ngx_flag_t ngx_http_assay_may_take(const ngx_http_assay_list_t* list) {
  const ngx_chain_t* link;
  size_t room = 0;
  for (link = list->busy; link != NULL; link = link->next) room += (size_t)(link->buf->end - link->buf->start);
  for (link = list->out; link != NULL; link = link->next) room += (size_t)(link->buf->end - link->buf->start);
  return list->in != NULL && room < NGX_HTTP_ASSAY_BUSY;
}

/* Takes over what waits, up to what the client has room for. */
static ngx_int_t ngx_http_assay_take(ngx_http_request_t* r, ngx_http_assay_list_t* list) {
  while (ngx_http_assay_may_take(list)) {
    ngx_chain_t* const link = list->in;
    ngx_buf_t* const buf = link->buf;
    ngx_int_t rc = NGX_OK;
    if (ngx_buf_in_memory(buf)) {
      const size_t size = (size_t)(buf->last - buf->pos);
      if (!list->is_over) { /* what stands behind an error is not for the client */
        rc = list->is_stream ? ngx_http_assay_take_events(r, list, buf->pos, size)
                             : ngx_http_assay_take_json(r, list, buf->pos, size);
      }
      buf->pos = buf->last;
    } else if (!ngx_buf_special(buf)) {
      return NGX_ERROR;
    } else if (buf->flush && list->buf == NULL) { /* the head, for one, is to be sent */
      rc = ngx_http_assay_add_buffer(r, list, 0);
    }
    if (rc != NGX_OK) return NGX_ERROR;
    if (buf->last_buf) list->is_last = 1;
    list->in = link->next;
    ngx_free_chain(r->pool, link);
  }
  return NGX_OK;
}

static ngx_int_t ngx_http_assay_end(ngx_http_request_t* r, ngx_http_assay_list_t* list) {
  const ngx_int_t rc = list->is_stream ? ngx_http_assay_end_events(r, list) : ngx_http_assay_put_json(r, list);
  if (rc != NGX_OK) return NGX_ERROR;
  if (list->buf == NULL && ngx_http_assay_add_buffer(r, list, 0) != NGX_OK) return NGX_ERROR;
  list->buf->last_buf = 1;
  list->buf->last_in_chain = 1;
  list->is_ended = 1;
  return NGX_OK;
}

/* Gives the memory of large events back. */
static void ngx_http_assay_trim_buffers(ngx_pool_t* pool, const ngx_http_assay_list_t* list) {
  const ngx_chain_t* link;
  for (link = list->free; link != NULL; link = link->next) {
    ngx_buf_t* const buf = link->buf;
    ngx_http_assay_memory_t memory = {buf->start, 0, (size_t)(buf->end - buf->start)};
    ngx_http_assay_trim(pool, &memory);
    if (memory.data != NULL) continue;
    buf->start = buf->pos = buf->last = buf->end = NULL;
  }
}

static ngx_int_t ngx_http_assay_filter_body(ngx_http_request_t* r, ngx_chain_t* in) {
  const ngx_http_assay_request_t* request = r == r->main ? ngx_http_assay_find_request(r) : NULL;
  ngx_http_assay_list_t* list = request == NULL ? NULL : request->list;
  ngx_int_t rc;

  if (list == NULL || !list->is_active) return ngx_http_assay_next_body_filter(r, in);
  if (ngx_chain_add_copy(r->pool, &list->in, in) != NGX_OK) return NGX_ERROR;
  do {
    list->last = &list->out;
    list->buf = NULL;
    if (ngx_http_assay_take(r, list) != NGX_OK) return NGX_ERROR;
    if ((list->is_last || list->is_over) && !list->is_ended && ngx_http_assay_end(r, list) != NGX_OK) return NGX_ERROR;
    rc = NGX_OK;
    /* What the filters behind this one hold is not always in a buffer of its own: TLS's, a limited rate's. */
    if (list->out != NULL || list->busy != NULL || r->connection->buffered) {
      rc = ngx_http_assay_next_body_filter(r, list->out);
      ngx_chain_update_chains(r->pool, &list->free, &list->busy, &list->out, (ngx_buf_tag_t)&ngx_http_assay_module);
      ngx_http_assay_trim_buffers(r->pool, list);
    }
  } while (rc != NGX_ERROR && ngx_http_assay_may_take(list));
  /* The client has all, and its server goes on: nobody else would end the request. */
  if (list->is_over && !list->is_last && list->busy == NULL && !r->connection->buffered) return NGX_ERROR;
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
