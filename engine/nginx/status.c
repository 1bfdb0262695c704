/* Counters of all workers, in a shared zone, and the page that shows them.
 *
 * Decisions are counted in rows, one for each assay_name and one for all other locations. What the engines count is
 * added up, too: each worker adds what its own have counted since it last did. Rows and series stay over reloads and
 * the ends of workers, so that no counter ever falls. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_REASONS 201 /* ASSAY_ACCEPTED is the largest */

struct ngx_http_assay_row_s {
  struct ngx_http_assay_row_s* next;
  ngx_str_t name;
  ngx_atomic_t counts[NGX_HTTP_ASSAY_REASONS];
  ngx_atomic_t reported[NGX_HTTP_ASSAY_REASONS]; /* of these, passed on all the same */
};

/* A series of the engines' metrics. */
typedef struct ngx_http_assay_series_s {
  struct ngx_http_assay_series_s* next;
  ngx_str_t name; /* with its labels */
  ngx_atomic_t value;
} ngx_http_assay_series_t;

typedef struct {
  ngx_http_assay_row_t* rows;
  ngx_http_assay_series_t* series;
  ngx_http_assay_series_t** last; /* where the next one is put */
} ngx_http_assay_shared_t;

/* What this worker has added of a series so far. */
typedef struct {
  ngx_http_assay_series_t* series;
  uint64_t added;
} ngx_http_assay_share_t;

static ngx_array_t ngx_http_assay_shares; /* of ngx_http_assay_share_t */

static ngx_http_assay_row_t* ngx_http_assay_find_row(ngx_slab_pool_t* pool, ngx_http_assay_shared_t* shared,
                                                     const ngx_str_t* name) {
  ngx_http_assay_row_t* row;
  for (row = shared->rows; row != NULL; row = row->next) {
    if (row->name.len == name->len && ngx_memcmp(row->name.data, name->data, name->len) == 0) return row;
  }
  row = ngx_slab_calloc(pool, sizeof *row);
  if (row == NULL) return NULL;
  row->name.len = name->len;
  row->name.data = ngx_slab_calloc(pool, name->len + 1);
  if (row->name.data == NULL) return NULL;
  ngx_memcpy(row->name.data, name->data, name->len);
  row->next = shared->rows;
  shared->rows = row;
  return row;
}

static ngx_int_t ngx_http_assay_init_zone(ngx_shm_zone_t* zone, void* old) {
  ngx_http_assay_main_conf_t* main = zone->data;
  ngx_slab_pool_t* pool = (ngx_slab_pool_t*)zone->shm.addr;
  ngx_http_assay_shared_t* shared = pool->data;
  const ngx_str_t* names = main->names.elts;
  ngx_uint_t i;

  (void)old;
  if (shared == NULL) {
    shared = ngx_slab_calloc(pool, sizeof *shared);
    if (shared == NULL) return NGX_ERROR;
    shared->last = &shared->series;
    pool->data = shared;
  }
  for (i = 0; i < main->names.nelts; i++) {
    main->rows[i] = ngx_http_assay_find_row(pool, shared, &names[i]);
    if (main->rows[i] != NULL) continue;
    ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "\"assay_zone\" is too small for the names of \"assay_name\"");
    return NGX_ERROR;
  }
  return NGX_OK;
}

char* ngx_http_assay_set_zone(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_main_conf_t* main = given;
  ngx_str_t* words = cf->args->elts;
  ssize_t size = ngx_parse_size(&words[2]);

  (void)command;
  if (main->zone != NULL) return "is duplicate";
  if (size < (ssize_t)(16 * ngx_pagesize)) return "takes a name, and a size of at least 64k";
  main->zone = ngx_shared_memory_add(cf, &words[1], (size_t)size, &ngx_http_assay_module);
  if (main->zone == NULL) return NGX_CONF_ERROR;
  main->zone->init = ngx_http_assay_init_zone;
  main->zone->data = main;
  return NGX_CONF_OK;
}

void ngx_http_assay_count(const ngx_http_assay_conf_t* conf, ngx_http_request_t* r, int32_t reason,
                          ngx_flag_t is_reported) {
  const ngx_http_assay_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_assay_module);
  if (main->zone == NULL || reason < 0 || reason >= NGX_HTTP_ASSAY_REASONS) return;
  (void)ngx_atomic_fetch_add(&main->rows[conf->row]->counts[reason], 1);
  if (is_reported) (void)ngx_atomic_fetch_add(&main->rows[conf->row]->reported[reason], 1);
}

/* Text that grows, in memory of the request's. */
typedef struct {
  ngx_pool_t* pool;
  u_char* data;
  size_t size;
  size_t room;
  ngx_flag_t has_failed;
} ngx_http_assay_page_t;

static void ngx_http_assay_put(ngx_http_assay_page_t* page, const void* text, size_t size) {
  if (page->has_failed) return;
  if (page->room - page->size < size) {
    const size_t room = 2 * (page->room + size) + 4096;
    u_char* grown = ngx_palloc(page->pool, room);
    if (grown == NULL) {
      page->has_failed = 1;
      return;
    }
    if (page->size > 0) ngx_memcpy(grown, page->data, page->size);
    page->data = grown;
    page->room = room;
  }
  ngx_memcpy(page->data + page->size, text, size);
  page->size += size;
}

static void ngx_http_assay_print(ngx_http_assay_page_t* page, const char* format, ...) {
  u_char line[1024];
  va_list arguments;
  u_char* end;
  va_start(arguments, format);
  end = ngx_vslprintf(line, line + sizeof line, format, arguments);
  va_end(arguments);
  ngx_http_assay_put(page, line, (size_t)(end - line));
}

static ngx_flag_t ngx_http_assay_is_sum(const u_char* name, size_t size) {
  static const char* const ends[] = {"_total", "_bucket", "_count", "_sum"};
  size_t i, length = 0;
  while (length < size && name[length] != '{') length++;
  for (i = 0; i < sizeof ends / sizeof *ends; i++) {
    const size_t end = strlen(ends[i]);
    if (length > end && ngx_memcmp(name + length - end, ends[i], end) == 0) return 1;
  }
  return 0;
}

/* The share of this worker in a series; NULL: there is no room for another series. */
static ngx_http_assay_share_t* ngx_http_assay_find_share(ngx_slab_pool_t* pool, const u_char* name, size_t size) {
  ngx_http_assay_shared_t* shared = pool->data;
  ngx_http_assay_share_t* share = ngx_http_assay_shares.elts;
  ngx_http_assay_series_t* series;
  ngx_uint_t i;

  for (i = 0; i < ngx_http_assay_shares.nelts; i++) {
    if (share[i].series->name.len == size && ngx_memcmp(share[i].series->name.data, name, size) == 0) return &share[i];
  }
  ngx_shmtx_lock(&pool->mutex);
  for (series = shared->series; series != NULL; series = series->next) {
    if (series->name.len == size && ngx_memcmp(series->name.data, name, size) == 0) break;
  }
  if (series == NULL) {
    series = ngx_slab_calloc_locked(pool, sizeof *series);
    if (series != NULL) series->name.data = ngx_slab_alloc_locked(pool, size);
    if (series != NULL && series->name.data != NULL) {
      ngx_memcpy(series->name.data, name, size);
      series->name.len = size;
      *shared->last = series;
      shared->last = &series->next;
    } else {
      series = NULL;
    }
  }
  ngx_shmtx_unlock(&pool->mutex);
  share = series == NULL ? NULL : ngx_array_push(&ngx_http_assay_shares);
  if (share == NULL) return NULL;
  share->series = series;
  share->added = 0;
  return share;
}

/* Goes through the lines of an engine's metrics: `NAME VALUE`, and comments. Adds to the zone what is new, and prints,
 * if there is a page, what the zone then has. */
static void ngx_http_assay_add_up(const ngx_http_assay_main_conf_t* main, const char* text,
                                  ngx_http_assay_page_t* page) {
  ngx_slab_pool_t* pool = main->zone == NULL ? NULL : (ngx_slab_pool_t*)main->zone->shm.addr;
  while (*text != '\0') {
    const size_t length = strcspn(text, "\n");
    const char* space = text + length;
    ngx_http_assay_share_t* share = NULL;
    while (space > text && *space != ' ') space--;
    if (pool != NULL && *text != '#' && space > text &&
        ngx_http_assay_is_sum((const u_char*)text, (size_t)(space - text))) {
      share = ngx_http_assay_find_share(pool, (const u_char*)text, (size_t)(space - text));
    }
    if (share != NULL) {
      const uint64_t value = strtoull(space + 1, NULL, 10);
      if (value > share->added) {
        (void)ngx_atomic_fetch_add(&share->series->value, (ngx_atomic_int_t)(value - share->added));
        share->added = value;
      }
      if (page != NULL) {
        ngx_http_assay_put(page, text, (size_t)(space - text));
        ngx_http_assay_print(page, " %uA\n", share->series->value);
      }
    } else if (page != NULL && length > 0) {
      ngx_http_assay_put(page, text, length);
      ngx_http_assay_put(page, "\n", 1);
    }
    text += length;
    if (*text == '\n') text++;
  }
}

static void ngx_http_assay_add_engines(const ngx_http_assay_main_conf_t* main, ngx_http_assay_page_t* page) {
  ngx_http_assay_engine_t** engines = main->engines.elts;
  ngx_uint_t i;
  for (i = 0; i < main->engines.nelts; i++) {
    char* text = assay_engine_metrics(engines[i]->engine, NULL, NULL);
    if (text != NULL) ngx_http_assay_add_up(main, text, i == 0 ? page : NULL);
    assay_text_free(text);
  }
}

/* A counter of the rows, which lies at `offset` in each. */
static void ngx_http_assay_print_rows(ngx_http_assay_page_t* page, const ngx_http_assay_row_t* row, const char* name,
                                      const char* help, size_t offset) {
  ngx_uint_t i;
  ngx_http_assay_print(page, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
  for (; row != NULL; row = row->next) {
    const ngx_atomic_t* counts = (const ngx_atomic_t*)((const u_char*)row + offset);
    for (i = 0; i < NGX_HTTP_ASSAY_REASONS; i++) {
      if (counts[i] == 0) continue;
      ngx_http_assay_print(page, "%s{name=\"%V\",reason=\"%s\"} %uA\n", name, &row->name, assay_reason_word((int32_t)i),
                           counts[i]);
    }
  }
}

static void ngx_http_assay_print_text(const ngx_http_assay_main_conf_t* main, ngx_http_assay_page_t* page) {
  const ngx_http_assay_shared_t* shared;

  if (main->zone != NULL) {
    shared = ((ngx_slab_pool_t*)main->zone->shm.addr)->data;
    ngx_http_assay_print_rows(page, shared->rows, "assay_requests_total",
                              "Decisions on requests, by the location's assay_name.",
                              offsetof(ngx_http_assay_row_t, counts));
    ngx_http_assay_print_rows(page, shared->rows, "assay_requests_reported_total",
                              "Of these, requests passed on all the same, in report mode.",
                              offsetof(ngx_http_assay_row_t, reported));
  }
  ngx_http_assay_add_engines(main, page);
}

static void ngx_http_assay_print_json(const ngx_http_assay_main_conf_t* main, ngx_http_assay_page_t* page) {
  ngx_http_assay_engine_t** engines = main->engines.elts;
  const ngx_http_assay_row_t* row;
  const char* comma = "";
  ngx_uint_t i;
  size_t j;

  ngx_http_assay_print(page, "{\"version\":\"%s\",\"issuers\":[", assay_version());
  for (i = 0; i < main->engines.nelts; i++) {
    for (j = 0; j < assay_config_issuer_count(engines[i]->config); j++) {
      const assay_span issuer = assay_config_issuer(engines[i]->config, j);
      /* An issuer of the configuration is a URI: nothing in it has to be escaped but what is not printed at all. */
      if (issuer.data == NULL || memchr(issuer.data, '"', issuer.size) || memchr(issuer.data, '\\', issuer.size))
        continue;
      ngx_http_assay_print(page, "%s{\"issuer\":\"%*s\",\"ready\":%s}", comma, issuer.size, issuer.data,
                           assay_engine_issuer_ready(engines[i]->engine, issuer) ? "true" : "false");
      comma = ",";
    }
  }
  ngx_http_assay_print(page, "],\"requests\":{");
  comma = "";
  if (main->zone != NULL) {
    for (row = ((ngx_http_assay_shared_t*)((ngx_slab_pool_t*)main->zone->shm.addr)->data)->rows; row != NULL;
         row = row->next) {
      const char* between = "";
      ngx_http_assay_print(page, "%s\"%V\":{", comma, &row->name);
      comma = ",";
      for (i = 0; i < NGX_HTTP_ASSAY_REASONS; i++) {
        if (row->counts[i] == 0) continue;
        ngx_http_assay_print(page, "%s\"%s\":%uA", between, assay_reason_word((int32_t)i), row->counts[i]);
        between = ",";
      }
      ngx_http_assay_print(page, "}");
    }
  }
  ngx_http_assay_print(page, "}}\n");
}

static ngx_int_t ngx_http_assay_show_status(ngx_http_request_t* r) {
  const ngx_http_assay_main_conf_t* main = ngx_http_get_module_main_conf(r, ngx_http_assay_module);
  const ngx_table_elt_t* accept = ngx_http_assay_find_header(r, "accept", 6, NULL);
  ngx_http_assay_page_t page = {r->pool, NULL, 0, 0, 0};
  const ngx_flag_t is_text =
      accept != NULL &&
      (ngx_strlcasestrn(accept->value.data, accept->value.data + accept->value.len, (u_char*)"text/plain", 9) != NULL ||
       ngx_strlcasestrn(accept->value.data, accept->value.data + accept->value.len, (u_char*)"openmetrics", 10) !=
           NULL);
  assay_pair header = {{"Content-Type", 12}, {"application/json", 16}};
  assay_span body;

  if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) return NGX_HTTP_NOT_ALLOWED;
  if (is_text) {
    header.value = ngx_http_assay_text("text/plain; version=0.0.4");
    ngx_http_assay_print_text(main, &page);
  } else {
    ngx_http_assay_print_json(main, &page);
  }
  if (page.has_failed) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  body.data = (const char*)page.data;
  body.size = page.size;
  return ngx_http_assay_send(r, NGX_HTTP_OK, &header, 1, body);
}

char* ngx_http_assay_set_status(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
  ngx_http_core_loc_conf_t* core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  (void)command;
  (void)conf;
  core->handler = ngx_http_assay_show_status;
  return NGX_CONF_OK;
}

ngx_int_t ngx_http_assay_start_adding(ngx_cycle_t* cycle) {
  return ngx_array_init(&ngx_http_assay_shares, cycle->pool, 64, sizeof(ngx_http_assay_share_t));
}

void ngx_http_assay_add_metrics(const ngx_http_assay_main_conf_t* main) {
  if (main->zone != NULL) ngx_http_assay_add_engines(main, NULL);
}
