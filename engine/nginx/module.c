/* The module: what nginx calls when. */
#include "engine/nginx/module.h"

static ngx_int_t ngx_http_assay_add_handler(ngx_conf_t* cf, ngx_uint_t phase, ngx_http_handler_pt handler) {
  ngx_http_core_main_conf_t* core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_handler_pt* place = ngx_array_push(&core->phases[phase].handlers);
  if (place == NULL) return NGX_ERROR;
  *place = handler;
  return NGX_OK;
}

/* The access phase passes over subrequests: those are judged before it. A phase's handlers are run from the last to the
 * first, so that ours, which nginx loads last, comes before its own. */
static ngx_int_t ngx_http_assay_init(ngx_conf_t* cf) {
  if (ngx_http_assay_check_demands(cf) != NGX_OK) return NGX_ERROR;
  if (ngx_http_assay_add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_assay_serve_metadata) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_PREACCESS_PHASE, ngx_http_assay_preaccess) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_ACCESS_PHASE, ngx_http_assay_access) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_assay_precontent) != NGX_OK) {
    return NGX_ERROR;
  }
  return ngx_http_assay_init_filters(cf);
}

static void* ngx_http_assay_create_main_conf(ngx_conf_t* cf) {
  ngx_http_assay_main_conf_t* main = ngx_pcalloc(cf->pool, sizeof *main);
  ngx_str_t* rest;

  if (main == NULL || ngx_array_init(&main->engines, cf->pool, 1, sizeof(void*)) != NGX_OK ||
      ngx_array_init(&main->policies, cf->pool, 2, sizeof(void*)) != NGX_OK ||
      ngx_array_init(&main->named_policies, cf->pool, 2, sizeof(ngx_http_assay_policy_file_t)) != NGX_OK ||
      ngx_array_init(&main->names, cf->pool, 4, sizeof(ngx_str_t)) != NGX_OK ||
      ngx_array_init(&main->demands, cf->pool, 4, sizeof(void*)) != NGX_OK) {
    return NULL;
  }
  rest = ngx_array_push(&main->names); /* of locations without a name */
  if (rest == NULL) return NULL;
  ngx_str_null(rest);
  main->wait_for_keys = NGX_CONF_UNSET_MSEC;
  return main;
}

static char* ngx_http_assay_init_main_conf(ngx_conf_t* cf, void* conf) {
  ngx_http_assay_main_conf_t* main = conf;
  ngx_str_t request_id = ngx_string("request_id");
  ngx_conf_init_msec_value(main->wait_for_keys, NGX_HTTP_ASSAY_DEFAULT_WAIT);
  main->request_id = ngx_http_get_variable_index(cf, &request_id);
  main->rows = ngx_pcalloc(cf->pool, main->names.nelts * sizeof(ngx_http_assay_row_t*));
  return main->request_id == NGX_ERROR || main->rows == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}

static void* ngx_http_assay_create_conf(ngx_conf_t* cf) {
  ngx_http_assay_conf_t* conf = ngx_pcalloc(cf->pool, sizeof *conf);
  if (conf == NULL) return NULL;
  conf->body_max = NGX_CONF_UNSET_SIZE;
  conf->challenge = NGX_CONF_UNSET;
  conf->forward_token = NGX_CONF_UNSET;
  conf->preflight = NGX_CONF_UNSET;
  conf->subrequests = NGX_CONF_UNSET;
  conf->close_at_expiry = NGX_CONF_UNSET;
  return conf;
}

static ngx_http_module_t ngx_http_assay_context = {
    ngx_http_assay_add_variables,
    ngx_http_assay_init,
    ngx_http_assay_create_main_conf,
    ngx_http_assay_init_main_conf,
    NULL,
    NULL,
    ngx_http_assay_create_conf,
    ngx_http_assay_merge_conf,
};

ngx_module_t ngx_http_assay_module = {
    NGX_MODULE_V1,
    &ngx_http_assay_context,
    ngx_http_assay_commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    ngx_http_assay_init_process,
    NULL,
    NULL,
    ngx_http_assay_exit_process,
    NULL,
    NGX_MODULE_V1_PADDING,
};
