/* What the filter of tools lists keeps of an answer. */
#ifndef ENGINE_NGINX_TOOLS_LIST_H_
#define ENGINE_NGINX_TOOLS_LIST_H_

#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_MOST (1024 * 1024) /* bytes of a message that can be judged */

/* ngx_http_assay_memory_t: memory that can be given back, as streams may last for days. */
typedef struct {
  u_char* data;
  size_t size;
  size_t room;
} ngx_http_assay_memory_t;

struct ngx_http_assay_list_s {
  ngx_http_assay_policy_t* policy;
  assay_verdict* verdict;          /* the request's: a subrequest's may take its place there before the reply comes */
  ngx_str_t id;                    /* the request's, as JSON */
  ngx_http_assay_memory_t held;    /* what has come of a message or an event, and is not sent yet */
  ngx_http_assay_memory_t message; /* what the event's data lines hold */
  ngx_chain_t* in;                 /* what waits until the client has taken what was sent before */
  ngx_chain_t* free;
  ngx_chain_t* busy;
  ngx_chain_t* out; /* of this call of the filter */
  ngx_chain_t** last;
  ngx_buf_t* buf; /* the last of `out` */
  unsigned is_active : 1;
  unsigned is_strict : 1; /* what cannot be read becomes an error; else only lists are looked for */
  unsigned is_stream : 1;
  unsigned is_unreadable : 1;
  unsigned is_passing : 1; /* too large for a list: passed as it comes, in a stream until the event's end */
  unsigned is_last : 1;    /* the server's last byte has come */
  unsigned is_over : 1;    /* ended by an error */
  unsigned is_ended : 1;   /* the client has all */
  /* The stream. */
  unsigned has_begun : 1; /* a byte order mark stands before */
  unsigned is_in_line : 1;
  unsigned is_after_cr : 1;
};

/* tools_list.c */

/* ngx_http_assay_keep: appends; the room grows. */
ngx_int_t ngx_http_assay_keep(ngx_pool_t* pool, ngx_http_assay_memory_t* memory, const u_char* data, size_t size);
/* ngx_http_assay_trim: empties; much memory is given back. */
void ngx_http_assay_trim(ngx_pool_t* pool, ngx_http_assay_memory_t* memory);
/* ngx_http_assay_put: sends, as soon as the filter has seen what has come. */
ngx_int_t ngx_http_assay_put(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data, size_t size);
/* ngx_http_assay_filter_message: what is to be sent for a message. */
ngx_int_t ngx_http_assay_filter_message(const ngx_http_assay_list_t* list, assay_span message, assay_span* out);

/* events.c */

/* ngx_http_assay_take_events: takes over what has come of a stream, and puts each event that is whole. */
ngx_int_t ngx_http_assay_take_events(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data,
                                     size_t size);
/* ngx_http_assay_end_events: puts what the stream's end has left without a blank line. */
ngx_int_t ngx_http_assay_end_events(ngx_http_request_t* r, ngx_http_assay_list_t* list);

#endif /* ENGINE_NGINX_TOOLS_LIST_H_ */
