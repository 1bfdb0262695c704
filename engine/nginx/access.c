/* May this request be passed on? */
#include "engine/nginx/module.h"

ngx_int_t ngx_http_assay_is_enabled(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf) {
  ngx_str_t value;
  if (conf->enabled == NULL) return NGX_DECLINED;
  if (ngx_http_complex_value(r, conf->enabled, &value) != NGX_OK) return NGX_ERROR;
  /* Only exactly `off` is off: a map without default is empty. */
  return value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0 ? NGX_DECLINED : NGX_OK;
}

int32_t ngx_http_assay_narrow(const ngx_http_assay_conf_t* conf, const ngx_http_assay_request_t* request) {
  if (request->verdict == NULL) return ASSAY_UNSET;
  if (request->reason != ASSAY_ACCEPTED) return request->reason;
  if (conf->issuer_fits != NULL) {
    assay_verdict_fields fields;
    fields.struct_size = sizeof fields;
    if (!assay_verdict_read(request->verdict, &fields)) return ASSAY_UNSET;
    if (fields.issuer_index < 0 || (size_t)fields.issuer_index >= assay_config_issuer_count(conf->engine->config) ||
        !conf->issuer_fits[fields.issuer_index]) {
      return NGX_HTTP_ASSAY_WRONG_ISSUER;
    }
  }
  if (conf->audiences == NULL) return ASSAY_ACCEPTED;
  return assay_verdict_check_audience(request->verdict, conf->audiences->elts, conf->audiences->nelts);
}

/* A token that was refused has no claims to narrow by. */
ngx_flag_t ngx_http_assay_may_report(const ngx_http_assay_conf_t* conf, const ngx_http_assay_request_t* request) {
  assay_verdict_fields fields;
  fields.struct_size = sizeof fields;
  if (request->verdict == NULL || !assay_verdict_read(request->verdict, &fields) || fields.report_only != 1) return 0;
  if (conf->audiences != NULL || fields.issuer_index < 0 ||
      (size_t)fields.issuer_index >= assay_config_issuer_count(conf->engine->config)) {
    return 0;
  }
  return conf->issuer_fits == NULL || conf->issuer_fits[fields.issuer_index];
}

/* As nginx's own conditions have it, and a claim without members. */
static ngx_flag_t ngx_http_assay_says_nothing(const ngx_str_t* value) {
  if (value->len == 0 || (value->len == 1 && value->data[0] == '0')) return 1;
  return value->len == 2 && (ngx_strncmp(value->data, "[]", 2) == 0 || ngx_strncmp(value->data, "{}", 2) == 0);
}

/* What the location requires of an accepted token, in the order of its directives. */
static ngx_int_t ngx_http_assay_require(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                        ngx_http_assay_request_t* request) {
  const ngx_http_assay_requirement_t* requirements;
  ngx_uint_t i, j;

  if (conf->scopes != NULL && !assay_verdict_has_scopes(request->verdict, conf->scopes->elts, conf->scopes->nelts)) {
    return ngx_http_assay_refuse(r, conf, request, ASSAY_INSUFFICIENT_SCOPE);
  }
  if (conf->requirements == NULL) return NGX_OK;
  requirements = conf->requirements->elts;
  for (i = 0; i < conf->requirements->nelts; i++) {
    ngx_http_complex_value_t* values = requirements[i].values.elts;
    for (j = 0; j < requirements[i].values.nelts; j++) {
      ngx_str_t value;
      if (ngx_http_complex_value(r, &values[j], &value) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
      if (ngx_http_assay_says_nothing(&value)) {
        return ngx_http_assay_refuse_status(r, conf, request, requirements[i].status, "requirement_not_met",
                                            "assay_require: empty or 0: ", &values[j].value);
      }
    }
  }
  return NGX_OK;
}

/* A preflight has no credential by its nature. It is answered, and nothing of it is passed on. */
static ngx_int_t ngx_http_assay_answer_preflight(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                                 ngx_http_assay_request_t* request) {
  ngx_uint_t origins, methods, names, count = 3;
  ngx_table_elt_t *origin, *method, *wanted;
  assay_pair headers[4];
  assay_span none = {NULL, 0};

  if (!conf->preflight || r->method != NGX_HTTP_OPTIONS) return NGX_DECLINED;
  origin = ngx_http_assay_find_header(r, "origin", 6, &origins);
  method = ngx_http_assay_find_header(r, "access-control-request-method", 29, &methods);
  wanted = ngx_http_assay_find_header(r, "access-control-request-headers", 30, &names);
  if (origins != 1 || methods != 1) return NGX_DECLINED;
  headers[0].name = ngx_http_assay_text("Access-Control-Allow-Origin");
  headers[0].value = ngx_http_assay_span(&origin->value);
  headers[1].name = ngx_http_assay_text("Vary");
  headers[1].value = ngx_http_assay_text("Origin");
  headers[2].name = ngx_http_assay_text("Access-Control-Allow-Methods");
  headers[2].value = ngx_http_assay_span(&method->value);
  if (names == 1) {
    headers[3].name = ngx_http_assay_text("Access-Control-Allow-Headers");
    headers[3].value = ngx_http_assay_span(&wanted->value);
    count = 4;
  }
  ngx_http_assay_decided(r, conf, request, ASSAY_PREFLIGHT, none);
  return ngx_http_assay_answer(r, NGX_HTTP_NO_CONTENT, headers, count, none);
}

/* NGX_OK: it may. NGX_AGAIN, NGX_DONE: not yet, or it has been answered. Everything else refuses. */
static ngx_int_t ngx_http_assay_judge(ngx_http_request_t* r, const ngx_http_assay_conf_t* conf,
                                      ngx_http_assay_request_t* request) {
  ngx_http_assay_decision_t* decision = ngx_http_assay_decision_on(r, request);
  const assay_span none = {NULL, 0};
  ngx_str_t token;
  int32_t reason;
  ngx_int_t rc;

  decision->is_made = 0;
  ngx_str_null(&decision->word);
  request->is_reported = 0;
  if (r == r->main) request->policy = NULL;
  /* Of a body, what was read before an internal redirect would be passed on as the whole, and the rest as the next
   * request. */
  if (ngx_http_assay_has_fragment(r) || (r == r->main && r->reading_body)) {
    return ngx_http_assay_refuse(r, conf, request, NGX_HTTP_ASSAY_REQUEST_MALFORMED);
  }
  if (conf->mcp != NULL || conf->mcp_name != NULL) {
    rc = ngx_http_assay_mcp(r, conf, request);
    if (rc != NGX_OK) return rc;
  } else {
    rc = ngx_http_assay_answer_preflight(r, conf, request);
    if (rc != NGX_DECLINED) return rc;
    if (r == r->main && request->awaited_by == conf && request->verdict != NULL) {
      token = request->token; /* resumed: it need not be looked for again */
    } else {
      reason = ngx_http_assay_find_token(r, conf, request, &token);
      if (reason != ASSAY_UNSET) return ngx_http_assay_refuse(r, conf, request, reason);
    }
    request->awaited_by = NULL;
    rc = ngx_http_assay_judge_token(r, request, conf->engine, &token);
    if (rc == NGX_AGAIN) { /* of a main request alone */
      request->awaited_by = conf;
      return NGX_AGAIN;
    }
    if (rc != NGX_OK) return ngx_http_assay_refuse(r, conf, request, ASSAY_UNSET);
    reason = ngx_http_assay_narrow(conf, request);
    request->is_reported =
        reason != ASSAY_ACCEPTED && reason == request->reason && ngx_http_assay_may_report(conf, request);
    if (request->is_reported) {
      decision->reason = reason;
      if (ngx_http_assay_copy(r->pool, assay_verdict_detail(request->verdict), &decision->detail) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
      }
    } else if (reason != ASSAY_ACCEPTED) {
      return ngx_http_assay_refuse(r, conf, request, reason);
    }
  }
  rc = ngx_http_assay_require(r, conf, request);
  if (rc != NGX_OK) return rc;
  if (request->is_reported) {
    ngx_http_assay_decided(r, conf, request, decision->reason, ngx_http_assay_span(&decision->detail));
    return NGX_OK;
  }
  if (conf->close_at_expiry) ngx_http_assay_arm_expiry(r, request, conf->engine);
  ngx_http_assay_decided(r, conf, request, ASSAY_ACCEPTED, none);
  return NGX_OK;
}

ngx_int_t ngx_http_assay_access(ngx_http_request_t* r) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  ngx_http_assay_request_t* request;
  ngx_int_t rc = ngx_http_assay_is_enabled(r, conf);

  if (rc == NGX_DECLINED) return NGX_DECLINED;
  if (rc != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  request = ngx_http_assay_find_request(r);
  if (request == NULL) {
    request = ngx_http_assay_request(r);
    if (request == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  } else {
    if (ngx_http_assay_restore(r, request) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    /* What a variable looked at may have been replaced since, and what is passed on has to be judged. */
    if (request->awaited_by != conf && ngx_http_assay_keep_authorization(r, request) != NGX_OK) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
  }
  return ngx_http_assay_judge(r, conf, request);
}

ngx_int_t ngx_http_assay_preaccess(ngx_http_request_t* r) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  ngx_http_assay_request_t* request;
  ngx_int_t rc;

  if (r == r->main || !conf->subrequests) return NGX_DECLINED;
  rc = ngx_http_assay_is_enabled(r, conf);
  if (rc == NGX_DECLINED) return NGX_DECLINED;
  request = rc == NGX_OK ? ngx_http_assay_request(r) : NULL;
  if (request == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  rc = ngx_http_assay_judge(r, conf, request);
  return rc == NGX_OK ? NGX_DECLINED : rc; /* NGX_OK would pass over the phase's other handlers */
}

/* Behind the access phase, whoever let the request pass, and before mirrors copy it. */
ngx_int_t ngx_http_assay_precontent(ngx_http_request_t* r) {
  const ngx_http_assay_conf_t* conf = ngx_http_get_module_loc_conf(r, ngx_http_assay_module);
  ngx_http_assay_request_t* request = ngx_http_assay_find_request(r);
  ngx_int_t rc;

  if (conf->forward_token) return NGX_DECLINED;
  rc = ngx_http_assay_is_enabled(r, conf);
  if (rc == NGX_DECLINED) return NGX_DECLINED;
  if (rc == NGX_OK && request == NULL) request = ngx_http_assay_request(r);
  if (rc != NGX_OK || request == NULL || ngx_http_assay_strip(r, conf, request) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return NGX_DECLINED;
}
