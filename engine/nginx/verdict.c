/* The engine's verdict on a request's token, kept with the request. */
#include "engine/nginx/module.h"

static void ngx_http_assay_forget_verdict(ngx_http_assay_request_t* request) {
  assay_verdict_free(request->verdict);
  request->verdict = NULL;
  request->reason = ASSAY_UNSET;
}

/* A request is gone: with its client, or at its end. */
static void ngx_http_assay_cleanup(void* data) {
  ngx_http_assay_request_t* request = data;
  if (request->is_submitted) {
    ngx_queue_remove(&request->queue);
    assay_loop_cancel(request->engine->loop, request->ticket);
    request->is_submitted = 0;
  }
  if (request->is_judged) {
    ngx_queue_remove(&request->queue);
    request->is_judged = 0;
  }
  if (request->expiry.timer_set) ngx_del_timer(&request->expiry);
  ngx_http_assay_forget_verdict(request);
}

/* By the cleanup of the pool, which main requests, subrequests and internal redirects share. */
ngx_http_assay_request_t* ngx_http_assay_find_request(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* each;
  for (each = r->pool->cleanup; each != NULL; each = each->next) {
    if (each->handler == ngx_http_assay_cleanup) return each->data;
  }
  return NULL;
}

ngx_http_assay_request_t* ngx_http_assay_request(ngx_http_request_t* r) {
  ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  ngx_pool_cleanup_t* cleanup;

  if (request != NULL) return request;
  request = ngx_pcalloc(r->pool, sizeof *request);
  if (request == NULL) return NULL;
  request->request = r->main;
  if (ngx_http_assay_keep_authorization(r, request) != NGX_OK) return NULL;
  cleanup = ngx_pool_cleanup_add(r->pool, 0);
  if (cleanup == NULL) return NULL;
  cleanup->handler = ngx_http_assay_cleanup;
  cleanup->data = request;
  return request;
}

static ngx_flag_t ngx_http_assay_is_of_token(const ngx_http_assay_request_t* request, const ngx_str_t* token) {
  return request->token.len == token->len && ngx_memcmp(request->token.data, token->data, token->len) == 0;
}

ngx_flag_t ngx_http_assay_has_any_verdict(const ngx_http_assay_request_t* request,
                                          const ngx_http_assay_engine_t* engine, const ngx_str_t* token) {
  return request->verdict != NULL && request->engine == engine && ngx_http_assay_is_of_token(request, token);
}

ngx_flag_t ngx_http_assay_has_verdict(const ngx_http_assay_request_t* request, const ngx_http_assay_engine_t* engine,
                                      const ngx_str_t* token) {
  if (!ngx_http_assay_has_any_verdict(request, engine, token)) return 0;
  /* Meanwhile it may have expired, or have been revoked. */
  return request->reason != ASSAY_ACCEPTED || request->judged_at == ngx_time();
}

/* Keeps what the engine says of the request's token. Without memory for it, nothing is kept: a refusal. */
static ngx_int_t ngx_http_assay_keep(ngx_http_assay_request_t* request, const assay_verdict* verdict) {
  ngx_http_assay_forget_verdict(request);
  request->judged_at = ngx_time();
  request->verdict = assay_verdict_keep(verdict);
  if (request->verdict == NULL) {
    request->has_failed = 1; /* for good: it must not be tried in a circle */
    return NGX_ERROR;
  }
  request->reason = assay_verdict_reason(request->verdict);
  return NGX_OK;
}

/* Remembers what is judged; the token's bytes may be a variable's, which do not stay. */
static ngx_int_t ngx_http_assay_begin(ngx_http_assay_request_t* request, ngx_http_assay_engine_t* engine,
                                      const ngx_str_t* token) {
  if (request->is_submitted || request->has_failed || engine->loop == NULL) return NGX_ERROR;
  ngx_http_assay_forget_verdict(request);
  request->awaited_by = NULL;
  request->engine = engine;
  if (ngx_http_assay_is_of_token(request, token)) return NGX_OK;
  return ngx_http_assay_copy(request->request->pool, ngx_http_assay_span(token), &request->token);
}

ngx_int_t ngx_http_assay_validate(ngx_http_assay_request_t* request, ngx_http_assay_engine_t* engine,
                                  const ngx_str_t* token) {
  if (ngx_http_assay_begin(request, engine, token) != NGX_OK) return NGX_ERROR;
  assay_validate(engine->worker, ngx_http_assay_span(&request->token), ngx_time());
  return ngx_http_assay_keep(request, assay_worker_verdict(engine->worker, 0));
}

static void ngx_http_assay_take_verdict(void* context, const assay_verdict* verdict) {
  ngx_http_assay_request_t* request = context;
  (void)ngx_http_assay_keep(request, verdict); /* a request without one is refused */
  ngx_queue_remove(&request->queue);
  request->is_submitted = 0;
  request->is_judged = 1;
  ngx_queue_insert_tail(&request->engine->judged, &request->queue);
}

ngx_int_t ngx_http_assay_submit(ngx_http_assay_request_t* request, ngx_http_assay_engine_t* engine,
                                const ngx_str_t* token) {
  if (ngx_http_assay_begin(request, engine, token) != NGX_OK) return NGX_ERROR;
  request->is_submitted = 1;
  ngx_queue_insert_tail(&engine->submitted, &request->queue);
  if (!assay_loop_submit(engine->loop, ngx_http_assay_span(&request->token), ngx_time(), ngx_http_assay_take_verdict,
                         request, &request->ticket)) {
    ngx_queue_remove(&request->queue);
    request->is_submitted = 0;
    return ngx_http_assay_validate(request, engine, token);
  }
  /* A full batch was validated at once; the others of it are resumed when the turn ends. */
  if (!engine->flush.posted) {
    ngx_post_event(&engine->flush, &ngx_posted_events);
  }
  if (!request->is_judged) return NGX_AGAIN;
  ngx_queue_remove(&request->queue);
  request->is_judged = 0;
  return request->verdict == NULL ? NGX_ERROR : NGX_OK;
}

void ngx_http_assay_await_verdict(ngx_http_request_t* r) { (void)r; }

ngx_int_t ngx_http_assay_judge_token(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                                     ngx_http_assay_engine_t* engine, const ngx_str_t* token) {
  ngx_int_t rc;
  if (ngx_http_assay_has_verdict(request, engine, token)) return NGX_OK;
  if (r != r->main) return ngx_http_assay_validate(request, engine, token);
  rc = ngx_http_assay_submit(request, engine, token);
  if (rc == NGX_AGAIN) r->write_event_handler = ngx_http_assay_await_verdict;
  return rc;
}
