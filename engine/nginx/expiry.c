/* Ends responses that outlive their token: event streams, WebSockets, long downloads.
 *
 * The token is validated again every ten seconds, and when it expires: so that a revocation ends them too. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_LOOK_SECONDS 10

/* How long until the next look, in ms. Leeway is the engine's to know: a token that has just expired may still stand.
 */
static ngx_msec_t ngx_http_assay_until_next_look(const ngx_http_assay_request_t* request) {
  assay_verdict_fields fields;
  int64_t left = NGX_HTTP_ASSAY_LOOK_SECONDS;

  fields.struct_size = sizeof fields;
  if (request->verdict != NULL && assay_verdict_read(request->verdict, &fields) &&
      (fields.has & ASSAY_HAS_EXPIRES_AT) != 0 && fields.expires_at - ngx_time() < left) {
    left = fields.expires_at - ngx_time();
    if (left < 1) left = 1;
  }
  return (ngx_msec_t)left * 1000;
}

static void ngx_http_assay_look_again(ngx_event_t* event) {
  ngx_http_assay_request_t* request = event->data;
  ngx_http_request_t* r = request->request;
  ngx_connection_t* connection = r->connection;

  if (request->is_submitted) { /* the token of an internal redirect awaits keys: never for longer than a second */
    ngx_add_timer(&request->expiry, 1000);
    return;
  }
  if (ngx_http_assay_validate(request, request->expiry_engine, &request->expiry_token) == NGX_OK &&
      request->reason == ASSAY_ACCEPTED) {
    ngx_add_timer(&request->expiry, ngx_http_assay_until_next_look(request));
    return;
  }
  ngx_http_set_log_request(connection->log, r);
  ngx_log_error(NGX_LOG_INFO, connection->log, 0, "assay: the response ends with its token: %s",
                assay_reason_word(request->reason));
  /* HTTP/1: the connection ends; HTTP/2: the stream. Nothing more is sent, so that the client sees that it is cut. */
  r->keepalive = 0;
  connection->error = 1;
  r->main->count++; /* the upstream's cleanup gives one back, and must not take the request for ended */
  ngx_http_finalize_request(r, NGX_ERROR);
  ngx_http_run_posted_requests(connection);
}

void ngx_http_assay_arm_expiry(ngx_http_request_t* r, ngx_http_assay_request_t* request,
                               ngx_http_assay_engine_t* engine) {
  if (r != r->main && request->expiry_engine != NULL) return; /* the request's own token is what counts */
  request->expiry_engine = engine;
  request->expiry_token = request->token; /* of the pool: no later token is put in its place */
  request->expiry.handler = ngx_http_assay_look_again;
  request->expiry.data = request;
  request->expiry.log = request->request->connection->log;
  request->expiry.cancelable = 1;
  ngx_add_timer(&request->expiry, ngx_http_assay_until_next_look(request));
}
