/* Streams of server-sent events (HTML Standard, section 9.2): each event is held back until it is whole. */
#include "engine/nginx/tools_list.h"

/* The length of a line and, in `whole`, with its end: LF, CR or CR LF. The last may have none. */
static size_t ngx_http_assay_line(const u_char* text, size_t size, size_t* whole) {
  size_t i;
  for (i = 0; i < size && text[i] != '\n' && text[i] != '\r'; i++) {
  }
  *whole = i;
  if (i < size) *whole += i + 1 < size && text[i] == '\r' && text[i + 1] == '\n' ? 2 : 1;
  return i;
}

/* How many of the bytes belong to the event that has begun: up to its blank line, or all. */
static size_t ngx_http_assay_event(ngx_http_assay_list_t* list, const u_char* data, size_t size, ngx_flag_t* is_whole) {
  size_t i;
  *is_whole = 0;
  for (i = 0; i < size; i++) {
    const ngx_flag_t is_after_cr = list->is_after_cr;
    list->is_after_cr = data[i] == '\r';
    if (data[i] != '\n' && data[i] != '\r') {
      list->is_in_line = 1;
    } else if (data[i] == '\r' || !is_after_cr) {
      if (!list->is_in_line) break;
      list->is_in_line = 0;
    }
  }
  if (i == size) return size;
  *is_whole = 1;
  i++;
  if (list->is_after_cr && i < size && data[i] == '\n') {
    list->is_after_cr = 0;
    i++;
  }
  return i;
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

/* What the event's data lines hold, as one text. */
static ngx_int_t ngx_http_assay_read_event(ngx_pool_t* pool, ngx_http_assay_list_t* list, const u_char* event,
                                           size_t size) {
  static const u_char end = '\n';
  size_t at, whole, begin;
  list->message.size = 0;
  for (at = 0; at < size; at += whole) {
    const size_t length = ngx_http_assay_line(event + at, size - at, &whole);
    if (!ngx_http_assay_is_data(event + at, length, &begin)) continue;
    if (list->message.size > 0 && ngx_http_assay_keep(pool, &list->message, &end, 1) != NGX_OK) return NGX_ERROR;
    if (ngx_http_assay_keep(pool, &list->message, event + at + begin, length - begin) != NGX_OK) return NGX_ERROR;
  }
  return NGX_OK;
}

/* The event with other data, in one line: line ends stand between the values of JSON alone, and would end it. */
static ngx_int_t ngx_http_assay_put_changed(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* event,
                                            size_t size, assay_span data) {
  size_t at, whole, begin;
  for (at = 0; at < size; at += whole) {
    const size_t length = ngx_http_assay_line(event + at, size - at, &whole);
    if (length == 0 || ngx_http_assay_is_data(event + at, length, &begin)) continue;
    if (ngx_http_assay_put(r, list, event + at, length) != NGX_OK) return NGX_ERROR;
    if (ngx_http_assay_put(r, list, (const u_char*)"\n", 1) != NGX_OK) return NGX_ERROR;
  }
  if (ngx_http_assay_put(r, list, (const u_char*)"data: ", 6) != NGX_OK) return NGX_ERROR;
  for (at = 0; at < data.size; at += whole) {
    const u_char* const line = (const u_char*)data.data + at;
    const size_t length = ngx_http_assay_line(line, data.size - at, &whole);
    if (ngx_http_assay_put(r, list, line, length) != NGX_OK) return NGX_ERROR;
    if (whole > length && ngx_http_assay_put(r, list, (const u_char*)" ", 1) != NGX_OK) return NGX_ERROR;
  }
  return ngx_http_assay_put(r, list, (const u_char*)"\n\n", 2);
}

/* Behind byte order marks: a client passes over one, and its libraries perhaps over another. */
static ngx_int_t ngx_http_assay_put_event(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* event,
                                          size_t size) {
  static const u_char mark[] = {0xEF, 0xBB, 0xBF};
  size_t begin = 0;
  assay_span message, out;

  while (!list->has_begun && size - begin >= sizeof mark && ngx_memcmp(event + begin, mark, sizeof mark) == 0) {
    begin += sizeof mark;
  }
  list->has_begun = 1;
  if (ngx_http_assay_read_event(r->pool, list, event + begin, size - begin) != NGX_OK) return NGX_ERROR;
  message.data = (const char*)list->message.data;
  message.size = list->message.size;
  out = message;
  if (message.size > 0 && ngx_http_assay_filter_message(list, message, &out) != NGX_OK) return NGX_ERROR;
  return out.data == message.data ? ngx_http_assay_put(r, list, event, size)
                                  : ngx_http_assay_put_changed(r, list, event + begin, size - begin, out);
}

/* The stream ends with an error: none of its messages can be read, or the one that has begun cannot. */
static ngx_int_t ngx_http_assay_refuse_events(ngx_http_request_t* r, ngx_http_assay_list_t* list) {
  static const u_char unreadable[] = "data: [\n\n";
  list->is_over = 1;
  list->is_unreadable = 1;
  ngx_http_assay_trim(r->pool, &list->held);
  return ngx_http_assay_put_event(r, list, unreadable, sizeof unreadable - 1);
}

ngx_int_t ngx_http_assay_end_events(ngx_http_request_t* r, ngx_http_assay_list_t* list) {
  if (list->is_over || list->held.size == 0) return NGX_OK;
  return ngx_http_assay_put_event(r, list, list->held.data, list->held.size);
}

/* The length of the comment line that begins here and, as clients may wait for it to stay, is passed on at once; 0:
 * there is none, or it has not ended yet. */
static size_t ngx_http_assay_comment(ngx_http_assay_list_t* list, const u_char* data, size_t size) {
  size_t whole, length;
  if (*data != ':' || list->held.size > 0 || list->is_passing) return 0;
  length = ngx_http_assay_line(data, size, &whole);
  if (length == whole) return 0;
  list->has_begun = 1;
  list->is_after_cr = data[whole - 1] == '\r';
  return whole;
}

/* What has come of one event or one comment, and ends here or goes on. */
static ngx_int_t ngx_http_assay_take_part(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data,
                                          size_t size, ngx_flag_t is_whole) {
  if (!list->is_passing && size > NGX_HTTP_ASSAY_MOST - list->held.size) {
    if (list->is_strict) return ngx_http_assay_refuse_events(r, list);
    list->is_passing = 1;
    list->has_begun = 1;
    if (ngx_http_assay_put(r, list, list->held.data, list->held.size) != NGX_OK) return NGX_ERROR;
    ngx_http_assay_trim(r->pool, &list->held);
  }
  if (list->is_passing) {
    if (is_whole) list->is_passing = 0;
    return ngx_http_assay_put(r, list, data, size);
  }
  if (is_whole && list->held.size == 0) return ngx_http_assay_put_event(r, list, data, size);
  if (ngx_http_assay_keep(r->pool, &list->held, data, size) != NGX_OK) return NGX_ERROR;
  if (!is_whole) return NGX_OK;
  if (ngx_http_assay_put_event(r, list, list->held.data, list->held.size) != NGX_OK) return NGX_ERROR;
  ngx_http_assay_trim(r->pool, &list->held);
  return NGX_OK;
}

ngx_int_t ngx_http_assay_take_events(ngx_http_request_t* r, ngx_http_assay_list_t* list, const u_char* data,
                                     size_t size) {
  ngx_flag_t is_whole;
  size_t length;
  ngx_int_t rc;

  if (size == 0) return NGX_OK;
  if (list->is_unreadable) return ngx_http_assay_refuse_events(r, list);
  if (list->is_after_cr && list->held.size == 0 && *data == '\n') {
    /* The rest of the last line's end: a client may wait for it. */
    list->is_after_cr = 0;
    if (ngx_http_assay_put(r, list, data++, 1) != NGX_OK) return NGX_ERROR;
    size--;
  }
  for (; size > 0 && !list->is_over; data += length, size -= length) {
    length = ngx_http_assay_comment(list, data, size);
    if (length > 0) {
      rc = ngx_http_assay_put(r, list, data, length);
    } else {
      length = ngx_http_assay_event(list, data, size, &is_whole);
      rc = ngx_http_assay_take_part(r, list, data, length, is_whole);
    }
    if (rc != NGX_OK) return NGX_ERROR;
  }
  ngx_http_assay_trim(r->pool, &list->message);
  return NGX_OK;
}
