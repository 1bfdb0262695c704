/* What each worker process has of its own: of each engine a loop, a worker and a keeper.
 *
 * Tokens of one turn of nginx's loop are one batch: requests submit theirs, and an event that the first of them posts
 * has the batch validated when the turn ends. Requests are resumed behind that, never within a call of the engine. */
/* nginx's headers first: they say for which C library all others are read. */
#include "engine/nginx/module.h"

#include <pthread.h>
#include <sys/eventfd.h>

/* Events of the engine's log that came on threads of its own: nginx's log is for nginx's thread. */
#define NGX_HTTP_ASSAY_LOG_LINES 64
#define NGX_HTTP_ASSAY_LOG_LINE 512
#define NGX_HTTP_ASSAY_ADDING_MS 1000
/* A turn's tokens are one batch, whatever their number is: what is left over of full batches is dear for its few. */
#define NGX_HTTP_ASSAY_BATCH 256

typedef struct {
  ngx_uint_t level;
  size_t length;
  u_char text[NGX_HTTP_ASSAY_LOG_LINE];
} ngx_http_assay_line_t;

static pthread_mutex_t ngx_http_assay_lines_mutex = PTHREAD_MUTEX_INITIALIZER;
static ngx_http_assay_line_t ngx_http_assay_lines[NGX_HTTP_ASSAY_LOG_LINES];
static ngx_uint_t ngx_http_assay_line_count;
static ngx_uint_t ngx_http_assay_lines_lost;
static int ngx_http_assay_lines_fd = -1;
static pthread_t ngx_http_assay_thread; /* nginx's, where lines_fd is open */
static ngx_connection_t* ngx_http_assay_lines_connection;

static void ngx_http_assay_write_lines(void) {
  ngx_uint_t i;
  pthread_mutex_lock(&ngx_http_assay_lines_mutex);
  for (i = 0; i < ngx_http_assay_line_count; i++) {
    ngx_http_assay_line_t* line = &ngx_http_assay_lines[i];
    ngx_log_error(line->level, ngx_cycle->log, 0, "%*s", line->length, line->text);
  }
  if (ngx_http_assay_lines_lost > 0) {
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0, "assay: %ui events were not logged", ngx_http_assay_lines_lost);
  }
  ngx_http_assay_line_count = 0;
  ngx_http_assay_lines_lost = 0;
  pthread_mutex_unlock(&ngx_http_assay_lines_mutex);
}

static void ngx_http_assay_read_lines(ngx_event_t* event) {
  ngx_connection_t* connection = event->data;
  uint64_t count;
  if (read(connection->fd, &count, sizeof count) != sizeof count) return;
  ngx_http_assay_write_lines();
}

void ngx_http_assay_log_event(void* context, const assay_log_event* event) {
  static const ngx_uint_t levels[] = {NGX_LOG_NOTICE, NGX_LOG_WARN, NGX_LOG_ERR};
  ngx_http_assay_line_t line;
  u_char* end = line.text + NGX_HTTP_ASSAY_LOG_LINE;
  u_char* last;
  uint32_t i;
  const uint64_t one = 1;

  (void)context;
  line.level = event->level >= 0 && event->level <= 2 ? levels[event->level] : NGX_LOG_ERR;
  last = ngx_slprintf(line.text, end, "assay: %*s", event->event.size, event->event.data);
  for (i = 0; i < event->field_count; i++) {
    last = ngx_slprintf(last, end, " %*s=%*s", event->fields[i].name.size, event->fields[i].name.data,
                        event->fields[i].value.size, event->fields[i].value.data);
  }
  if (event->suppressed > 0) last = ngx_slprintf(last, end, " (%uL left out)", event->suppressed);
  line.length = (size_t)(last - line.text);

  if (ngx_http_assay_lines_fd == -1 || pthread_equal(pthread_self(), ngx_http_assay_thread)) {
    ngx_log_error(line.level, ngx_cycle->log, 0, "%*s", line.length, line.text);
    return;
  }
  pthread_mutex_lock(&ngx_http_assay_lines_mutex);
  if (ngx_http_assay_line_count < NGX_HTTP_ASSAY_LOG_LINES) {
    ngx_http_assay_lines[ngx_http_assay_line_count++] = line;
  } else {
    ngx_http_assay_lines_lost++;
  }
  pthread_mutex_unlock(&ngx_http_assay_lines_mutex);
  if (write(ngx_http_assay_lines_fd, &one, sizeof one) != sizeof one) return; /* it is readable already */
}

/* Watches a descriptor in nginx's loop, by level. `channel` keeps nginx from taking it for a client's that was left. */
static ngx_connection_t* ngx_http_assay_watch(ngx_cycle_t* cycle, int fd, ngx_event_handler_pt handler, void* data) {
  ngx_connection_t* connection = ngx_get_connection(fd, cycle->log);
  if (connection == NULL) return NULL;
  connection->data = data;
  connection->read->handler = handler;
  connection->read->log = cycle->log;
  connection->read->channel = 1;
  connection->write->channel = 1;
  if (ngx_add_event(connection->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
    ngx_free_connection(connection);
    return NULL;
  }
  return connection;
}

static void ngx_http_assay_unwatch(ngx_connection_t* connection) {
  if (connection == NULL) return;
  if (connection->read->active) ngx_del_event(connection->read, NGX_READ_EVENT, 0);
  ngx_free_connection(connection);
  connection->fd = (ngx_socket_t)-1;
}

/* Has the requests that still wait for keys end when their clients go, and arms the timer for them. New ones are the
 * last of the queue: however many wait, a turn looks at its own. */
static void ngx_http_assay_await(ngx_http_assay_engine_t* engine) {
  ngx_queue_t* each;
  int64_t left;

  for (each = ngx_queue_last(&engine->submitted); each != ngx_queue_sentinel(&engine->submitted);
       each = ngx_queue_prev(each)) {
    ngx_http_assay_request_t* request = ngx_queue_data(each, ngx_http_assay_request_t, queue);
    ngx_event_t* read = request->request->connection->read;
    if (request->is_watched) break;
    request->is_watched = 1;
    request->request->read_event_handler = ngx_http_test_reading;
    if (read->ready) {
      ngx_post_event(read, &ngx_posted_events);
    } else if (ngx_handle_read_event(read, 0) != NGX_OK) {
      ngx_log_error(NGX_LOG_ALERT, read->log, 0, "assay: a waiting client is not watched");
    }
  }
  left = assay_loop_time_left(engine->loop);
  if (left < 0) {
    if (engine->poll.timer_set) ngx_del_timer(&engine->poll);
  } else {
    ngx_add_timer(&engine->poll, (ngx_msec_t)(left / 1000000 + 1));
  }
}

/* Resumes the requests whose verdicts have come. */
static void ngx_http_assay_resume(ngx_http_assay_engine_t* engine) {
  while (!ngx_queue_empty(&engine->judged)) {
    ngx_http_assay_request_t* request =
        ngx_queue_data(ngx_queue_head(&engine->judged), ngx_http_assay_request_t, queue);
    ngx_http_request_t* r = request->request;
    ngx_connection_t* connection = r->connection;
    ngx_queue_remove(&request->queue);
    request->is_judged = 0;
    if (request->is_watched) {
      request->is_watched = 0;
      r->read_event_handler = ngx_http_block_reading;
    }
    /* Its client has gone, and it is busy with what is run behind that. */
    if (r->write_event_handler != ngx_http_assay_await_verdict) continue;
    ngx_http_set_log_request(connection->log, r);
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(connection);
  }
  ngx_http_assay_await(engine);
}

static void ngx_http_assay_flush_loop(ngx_event_t* event) {
  ngx_http_assay_engine_t* engine = event->data;
  assay_loop_flush(engine->loop);
  ngx_http_assay_resume(engine);
}

static void ngx_http_assay_poll_loop(ngx_event_t* event) {
  ngx_http_assay_engine_t* engine = event->data;
  assay_loop_poll(engine->loop);
  ngx_http_assay_resume(engine);
}

static void ngx_http_assay_look_at_keys(ngx_event_t* event) {
  ngx_connection_t* connection = event->data;
  ngx_http_assay_engine_t* engine = connection->data;
  assay_loop_poll(engine->loop);
  ngx_http_assay_resume(engine);
}

static ngx_int_t ngx_http_assay_fail(ngx_cycle_t* cycle, const ngx_http_assay_engine_t* engine, assay_error* error) {
  ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "assay: no engine for %V: %s", &engine->file, assay_error_message(error));
  assay_error_free(error);
  return NGX_ERROR;
}

static ngx_int_t ngx_http_assay_start(ngx_cycle_t* cycle, const ngx_http_assay_main_conf_t* main,
                                      ngx_http_assay_engine_t* engine) {
  assay_batch_options batches;
  assay_keeper_options keeping;
  assay_error* error = NULL;
  int fd;

  engine->worker = assay_worker_create(engine->engine, &error);
  if (engine->worker == NULL) return ngx_http_assay_fail(cycle, engine, error);
  ngx_memzero(&batches, sizeof batches);
  batches.struct_size = sizeof batches;
  batches.wait_for_keys_ms = (uint32_t)main->wait_for_keys;
  batches.batch_size = NGX_HTTP_ASSAY_BATCH;
  batches.deadline_ns = 1000000000; /* the turn's end comes first */
  engine->loop = assay_loop_create(engine->engine, &batches, &error);
  if (engine->loop == NULL) return ngx_http_assay_fail(cycle, engine, error);
  ngx_memzero(&keeping, sizeof keeping);
  keeping.struct_size = sizeof keeping;
  keeping.key_folder = ngx_http_assay_span(&main->key_folder);
  keeping.key_folder_owner = ngx_http_assay_span(&main->key_folder_owner);
  engine->keeper = assay_keeper_start(engine->engine, &keeping, &error);
  if (engine->keeper == NULL) return ngx_http_assay_fail(cycle, engine, error);
  engine->flush.handler = ngx_http_assay_flush_loop;
  engine->flush.data = engine;
  engine->flush.log = cycle->log;
  engine->poll.handler = ngx_http_assay_poll_loop;
  engine->poll.data = engine;
  engine->poll.log = cycle->log;
  fd = assay_loop_keys_fd(engine->loop);
  if (fd < 0) return NGX_OK;
  engine->keys = ngx_http_assay_watch(cycle, fd, ngx_http_assay_look_at_keys, engine);
  return engine->keys == NULL ? NGX_ERROR : NGX_OK;
}

/* Now and then, and at the end, a worker adds what its engines have counted to what all have. */
static ngx_event_t ngx_http_assay_adding;
static ngx_connection_t ngx_http_assay_adding_owner; /* nginx names an event's connection in its debug log */

static void ngx_http_assay_add_again(ngx_event_t* event) {
  const ngx_http_assay_main_conf_t* main = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_assay_module);
  ngx_http_assay_add_metrics(main);
  ngx_add_timer(event, NGX_HTTP_ASSAY_ADDING_MS);
}

static ngx_int_t ngx_http_assay_start_metrics(ngx_cycle_t* cycle, const ngx_http_assay_main_conf_t* main) {
  if (main->zone == NULL) return NGX_OK;
  ngx_http_assay_adding_owner.fd = (ngx_socket_t)-1;
  ngx_http_assay_adding.handler = ngx_http_assay_add_again;
  ngx_http_assay_adding.data = &ngx_http_assay_adding_owner;
  ngx_http_assay_adding.log = cycle->log;
  ngx_http_assay_adding.cancelable = 1;
  ngx_add_timer(&ngx_http_assay_adding, NGX_HTTP_ASSAY_ADDING_MS);
  return ngx_http_assay_start_adding(cycle);
}

ngx_int_t ngx_http_assay_init_process(ngx_cycle_t* cycle) {
  ngx_http_assay_main_conf_t* main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_assay_module);
  ngx_http_assay_engine_t** engines;
  ngx_uint_t i;

  /* Those that manage caches serve nobody. */
  if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) return NGX_OK;
  if (main == NULL || main->engines.nelts == 0) return NGX_OK;
  ngx_http_assay_thread = pthread_self();
  ngx_http_assay_lines_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (ngx_http_assay_lines_fd == -1) return NGX_ERROR;
  ngx_http_assay_lines_connection =
      ngx_http_assay_watch(cycle, ngx_http_assay_lines_fd, ngx_http_assay_read_lines, NULL);
  if (ngx_http_assay_lines_connection == NULL) return NGX_ERROR;
  engines = main->engines.elts;
  for (i = 0; i < main->engines.nelts; i++) {
    if (ngx_http_assay_start(cycle, main, engines[i]) != NGX_OK) return NGX_ERROR;
  }
  return ngx_http_assay_start_metrics(cycle, main);
}

static void ngx_http_assay_stop(ngx_http_assay_engine_t* engine) {
  /* Nobody is resumed any more: what waits is dropped with its client. */
  while (engine->loop != NULL && !ngx_queue_empty(&engine->submitted)) {
    ngx_http_assay_request_t* request =
        ngx_queue_data(ngx_queue_head(&engine->submitted), ngx_http_assay_request_t, queue);
    ngx_queue_remove(&request->queue);
    request->is_submitted = 0;
    assay_loop_cancel(engine->loop, request->ticket);
  }
  if (engine->flush.posted) {
    ngx_delete_posted_event(&engine->flush); /* a macro of two statements */
  }
  if (engine->poll.timer_set) ngx_del_timer(&engine->poll);
  ngx_http_assay_unwatch(engine->keys);
  engine->keys = NULL;
  assay_keeper_free(engine->keeper);
  engine->keeper = NULL;
  assay_loop_free(engine->loop);
  engine->loop = NULL;
  assay_worker_free(engine->worker);
  engine->worker = NULL;
}

void ngx_http_assay_exit_process(ngx_cycle_t* cycle) {
  ngx_http_assay_main_conf_t* main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_assay_module);
  ngx_http_assay_engine_t** engines;
  ngx_uint_t i;

  if (main == NULL || ngx_http_assay_lines_fd == -1) return;
  engines = main->engines.elts;
  ngx_http_assay_add_metrics(main);
  for (i = 0; i < main->engines.nelts; i++) ngx_http_assay_stop(engines[i]);
  ngx_http_assay_write_lines();
  ngx_http_assay_unwatch(ngx_http_assay_lines_connection);
  ngx_http_assay_lines_connection = NULL;
  close(ngx_http_assay_lines_fd);
  ngx_http_assay_lines_fd = -1;
}
