/* The configuration and the policies that directives name: read, checked and told of at `nginx -t`. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_MAX_POLICY (1024 * 1024)

/* Tells of one defect in nginx's own form. `FILE:LINE: what`, as the engine says it, is `what in FILE:LINE` there. */
static void ngx_http_assay_tell_line(ngx_conf_t* cf, ngx_uint_t level, const ngx_str_t* file, assay_span message) {
  size_t place = 0, end;

  if (message.size > file->len && ngx_strncmp(message.data, file->data, file->len) == 0) {
    place = file->len;
    end = place + 1;
    while (end < message.size && message.data[end] >= '0' && message.data[end] <= '9') end++;
    if (message.data[place] == ':' && end > place + 1) place = end;
  }
  if (place + 2 > message.size || ngx_strncmp(message.data + place, ": ", 2) != 0) {
    ngx_log_error(level, cf->log, 0, "%*s in %V", message.size, message.data, file);
    return;
  }
  ngx_log_error(level, cf->log, 0, "%*s in %*s", message.size - place - 2, message.data + place + 2, place,
                message.data);
}

static void ngx_http_assay_tell(ngx_conf_t* cf, ngx_uint_t level, const ngx_str_t* file, const char* message) {
  while (*message != '\0') {
    const assay_span line = {message, strcspn(message, "\n")};
    ngx_http_assay_tell_line(cf, level, file, line);
    message += line.size;
    if (*message == '\n') message++;
  }
}

static void ngx_http_assay_tell_error(ngx_conf_t* cf, const ngx_str_t* file, assay_error* error) {
  ngx_http_assay_tell(cf, NGX_LOG_EMERG, file, assay_error_message(error));
  assay_error_free(error);
}

static void ngx_http_assay_free_engine(void* data) {
  ngx_http_assay_engine_t* engine = data;
  assay_engine_release(engine->engine);
  assay_config_free(engine->config);
}

static void ngx_http_assay_free_policy(void* data) {
  ngx_http_assay_policy_t* policy = data;
  assay_checker_free(policy->checker);
}

ngx_http_assay_engine_t* ngx_http_assay_read_engine(ngx_conf_t* cf, ngx_str_t* file) {
  ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  ngx_http_assay_engine_t** known = main->engines.elts;
  ngx_http_assay_engine_t* engine;
  ngx_pool_cleanup_t* cleanup;
  assay_engine_options options;
  assay_error* error = NULL;
  size_t i;

  if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK) return NULL;
  for (i = 0; i < main->engines.nelts; i++) {
    if (known[i]->file.len == file->len && ngx_strncmp(known[i]->file.data, file->data, file->len) == 0) {
      return known[i];
    }
  }
  engine = ngx_pcalloc(cf->pool, sizeof *engine);
  cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  known = ngx_array_push(&main->engines);
  if (engine == NULL || cleanup == NULL || known == NULL) return NULL;
  cleanup->handler = ngx_http_assay_free_engine;
  cleanup->data = engine;
  *known = engine;
  engine->file = *file;
  ngx_queue_init(&engine->submitted);
  ngx_queue_init(&engine->judged);

  engine->config = assay_config_from_file(ngx_http_assay_span(file), &error);
  if (engine->config == NULL) {
    ngx_http_assay_tell_error(cf, file, error);
    return NULL;
  }
  for (i = 0; i < assay_config_warning_count(engine->config); i++) {
    ngx_http_assay_tell_line(cf, NGX_LOG_WARN, file, assay_config_warning(engine->config, i));
  }
  if (assay_config_accepts_confirmation(engine->config)) {
    ngx_log_error(
        NGX_LOG_EMERG, cf->log, 0,
        "accept_confirmation: nginx checks no proof of possession, so that tokens that need one are refused in %V",
        file);
    return NULL;
  }
  ngx_memzero(&options, sizeof options);
  options.struct_size = sizeof options;
  options.log = ngx_http_assay_log_event;
  engine->engine = assay_engine_create(engine->config, &options, &error);
  if (engine->engine == NULL) {
    ngx_http_assay_tell_error(cf, file, error);
    return NULL;
  }
  return engine;
}

/* Reads a whole file of the configuration. */
static ngx_int_t ngx_http_assay_read_file(ngx_conf_t* cf, const ngx_str_t* name, ngx_str_t* text) {
  ngx_file_t file;
  ngx_file_info_t info;
  ssize_t size;
  ngx_int_t result = NGX_ERROR;

  ngx_memzero(&file, sizeof file);
  file.name = *name;
  file.log = cf->log;
  file.fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
  if (file.fd == NGX_INVALID_FILE) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno, ngx_open_file_n " \"%V\" failed", name);
    return NGX_ERROR;
  }
  if (ngx_fd_info(file.fd, &info) == NGX_FILE_ERROR) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno, ngx_fd_info_n " \"%V\" failed", name);
  } else if (!ngx_is_file(&info) || ngx_file_size(&info) > NGX_HTTP_ASSAY_MAX_POLICY) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"%V\" is no file, or larger than 1 MiB", name);
  } else {
    text->len = (size_t)ngx_file_size(&info);
    text->data = ngx_pnalloc(cf->pool, text->len + 1);
    if (text->data != NULL) {
      size = ngx_read_file(&file, text->data, text->len, 0);
      if (size == (ssize_t)text->len) result = NGX_OK;
    }
  }
  ngx_close_file(file.fd);
  return result;
}

ngx_http_assay_policy_t* ngx_http_assay_read_policy(ngx_conf_t* cf, ngx_http_assay_engine_t* engine,
                                                    const ngx_http_assay_policy_file_t* file) {
  ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  ngx_http_assay_policy_t** known = main->policies.elts;
  ngx_http_assay_policy_t* policy;
  ngx_pool_cleanup_t* cleanup;
  assay_error* error = NULL;
  ngx_str_t text;
  ngx_uint_t i;

  for (i = 0; i < main->policies.nelts; i++) {
    if (known[i]->engine == engine && known[i]->judges == file->judges && known[i]->name.len == file->name.len &&
        ngx_strncmp(known[i]->name.data, file->name.data, file->name.len) == 0 &&
        known[i]->file.len == file->file.len &&
        ngx_strncmp(known[i]->file.data, file->file.data, file->file.len) == 0) {
      return known[i];
    }
  }
  policy = ngx_pcalloc(cf->pool, sizeof *policy);
  cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  known = ngx_array_push(&main->policies);
  if (policy == NULL || cleanup == NULL || known == NULL) return NULL;
  cleanup->handler = ngx_http_assay_free_policy;
  cleanup->data = policy;
  *known = policy;
  policy->name = file->name;
  policy->file = file->file;
  policy->judges = file->judges;
  policy->engine = engine;
  if (ngx_http_assay_read_file(cf, &file->file, &text) != NGX_OK) return NULL;
  policy->checker = assay_checker_create_for(engine->engine, ngx_http_assay_span(&text),
                                             ngx_http_assay_span(&file->file), (uint32_t)file->judges, &error);
  if (policy->checker == NULL) {
    ngx_http_assay_tell_error(cf, &file->file, error);
    return NULL;
  }
  for (i = 0; i < assay_checker_warning_count(policy->checker); i++) {
    ngx_http_assay_tell_line(cf, NGX_LOG_WARN, &file->file, assay_checker_warning(policy->checker, i));
  }
  if (assay_checker_takes_proofs(policy->checker)) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "dpop_bound_access_tokens_required: nginx checks no proof of possession in %V", &file->file);
    return NULL;
  }
  return policy;
}
