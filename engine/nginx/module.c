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
  if (ngx_http_assay_add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_assay_serve_metadata) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_PREACCESS_PHASE, ngx_http_assay_preaccess) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_ACCESS_PHASE, ngx_http_assay_access) != NGX_OK ||
      ngx_http_assay_add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_assay_precontent) != NGX_OK) {
    return NGX_ERROR;
  }
  return ngx_http_assay_init_filters(cf);
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
