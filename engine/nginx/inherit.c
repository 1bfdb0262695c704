/* How blocks inherit, and what of a configuration is refused as a whole: as unsafe, or as none. */
#include "engine/nginx/module.h"

static char* ngx_http_assay_defect(ngx_conf_t* cf, const ngx_http_assay_conf_t* conf, const char* what) {
  ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", what, &conf->place.file, conf->place.line);
  return NGX_CONF_ERROR;
}

static ngx_flag_t ngx_http_assay_is_off(const ngx_http_assay_conf_t* conf) {
  return conf->enabled != NULL && conf->enabled->lengths == NULL && conf->enabled->value.len == 3;
}

static ngx_flag_t ngx_http_assay_is_same(const assay_span* a, const assay_span* b) {
  return a->size == b->size && ngx_memcmp(a->data, b->data, a->size) == 0;
}

static ngx_flag_t ngx_http_assay_holds(const ngx_array_t* texts, const assay_span* wanted) {
  const assay_span* each = texts->elts;
  ngx_uint_t i;
  for (i = 0; i < texts->nelts; i++) {
    if (ngx_http_assay_is_same(&each[i], wanted)) return 1;
  }
  return 0;
}

/* A block's own list is one of what the block around it allows. That block's names are looked at, not what fits it: the
 * http block, which may have no engine, is never merged. */
static char* ngx_http_assay_merge_narrowing(ngx_conf_t* cf, const ngx_http_assay_conf_t* previous,
                                            ngx_http_assay_conf_t* conf) {
  const assay_span *issuers, *audiences;
  size_t i, j, count;

  if (conf->audiences == NULL) {
    conf->audiences = previous->audiences;
  } else if (previous->audiences != NULL) {
    audiences = conf->audiences->elts;
    for (i = 0; i < conf->audiences->nelts; i++) {
      if (!ngx_http_assay_holds(previous->audiences, &audiences[i])) {
        return ngx_http_assay_defect(cf, conf, "\"assay_audience\" names what the block around it does not allow");
      }
    }
  }
  if (conf->issuers == NULL) {
    conf->issuers = previous->issuers;
    conf->issuer_fits = previous->issuer_fits;
    if (conf->issuers == NULL) return NGX_CONF_OK;
    if (conf->issuer_fits != NULL && conf->engine == previous->engine) return NGX_CONF_OK;
  }
  if (conf->engine == NULL) return ngx_http_assay_defect(cf, conf, "\"assay_issuers\" needs \"assay_config\"");
  count = assay_config_issuer_count(conf->engine->config);
  conf->issuer_fits = ngx_pcalloc(cf->pool, count + 1);
  if (conf->issuer_fits == NULL) return NGX_CONF_ERROR;
  issuers = conf->issuers->elts;
  for (i = 0; i < conf->issuers->nelts; i++) {
    ngx_flag_t is_known = 0;
    for (j = 0; j < count; j++) {
      const assay_span name = assay_config_issuer(conf->engine->config, j);
      if (!ngx_http_assay_is_same(&name, &issuers[i])) continue;
      is_known = 1;
      conf->issuer_fits[j] = 1;
    }
    if (!is_known || (previous->issuers != NULL && !ngx_http_assay_holds(previous->issuers, &issuers[i]))) {
      ngx_log_error(
          NGX_LOG_EMERG, cf->log, 0,
          "\"assay_issuers\" names %*s, which the configuration, or the block around it, does not have in %V:%ui",
          issuers[i].size, issuers[i].data, &conf->place.file, conf->place.line);
      return NGX_CONF_ERROR;
    }
  }
  return NGX_CONF_OK;
}

static ngx_http_assay_policy_t* ngx_http_assay_policy_of(ngx_conf_t* cf, const ngx_http_assay_conf_t* conf,
                                                         const ngx_http_assay_policy_file_t* file) {
  ngx_http_assay_policy_t* policy = ngx_http_assay_read_policy(cf, conf->engine, file);
  if (policy == NULL) (void)ngx_http_assay_defect(cf, conf, "the MCP policy is refused");
  return policy;
}

static char* ngx_http_assay_merge_mcp(ngx_conf_t* cf, ngx_http_assay_conf_t* conf, ngx_flag_t is_unprotected) {
  const ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  const ngx_http_core_loc_conf_t* core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  const ngx_http_assay_policy_file_t* named = main->named_policies.elts;
  ngx_uint_t i;

  if (is_unprotected) {
    return ngx_http_assay_defect(cf, conf, "\"assay_mcp\" protects nothing without \"assay on\"");
  }
  if (ngx_http_assay_is_off(conf)) return NGX_CONF_OK;
  if (core->satisfy == NGX_HTTP_SATISFY_ANY) {
    return ngx_http_assay_defect(cf, conf, "\"assay_mcp\" judges each request, which \"satisfy any\" does not let it");
  }
  if (core->client_body_buffer_size < conf->body_max) {
    return ngx_http_assay_defect(cf, conf,
                                 "\"client_body_buffer_size\" is smaller than \"assay_mcp_body_max\": bodies that are "
                                 "judged are in memory");
  }
  if (core->client_body_in_file_only != 0) {
    return ngx_http_assay_defect(cf, conf, "\"assay_mcp\" judges bodies in memory: no \"client_body_in_file_only\"");
  }
  if (conf->sources != NULL) {
    return ngx_http_assay_defect(cf, conf, "\"assay_mcp\" takes tokens from the Authorization header alone");
  }
  if (conf->mcp != NULL) {
    conf->policy = ngx_http_assay_policy_of(cf, conf, conf->mcp);
    return conf->policy == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
  }
  if (main->named_policies.nelts == 0) {
    return ngx_http_assay_defect(cf, conf, "\"assay_mcp\" with a variable needs policies, by \"assay_policy\"");
  }
  conf->policies = ngx_array_create(cf->pool, main->named_policies.nelts, sizeof(void*));
  if (conf->policies == NULL) return NGX_CONF_ERROR;
  for (i = 0; i < main->named_policies.nelts; i++) {
    ngx_http_assay_policy_t* policy = ngx_http_assay_policy_of(cf, conf, &named[i]);
    if (policy == NULL) return NGX_CONF_ERROR;
    *(ngx_http_assay_policy_t**)ngx_array_push(conf->policies) = policy;
  }
  return NGX_CONF_OK;
}

static ngx_flag_t ngx_http_assay_same(assay_span a, assay_span b) {
  return a.size == b.size && ngx_memcmp(a.data, b.data, a.size) == 0;
}

static char* ngx_http_assay_merge_metadata(ngx_conf_t* cf, ngx_http_assay_conf_t* conf) {
  const ngx_http_assay_metadata_file_t* files = conf->metadata_files->elts;
  ngx_http_assay_metadata_t* metadata;
  ngx_uint_t i, j;

  if (conf->engine == NULL) return ngx_http_assay_defect(cf, conf, "\"assay_metadata\" needs \"assay_config\"");
  conf->metadata = ngx_array_create(cf->pool, conf->metadata_files->nelts, sizeof(ngx_http_assay_metadata_t));
  if (conf->metadata == NULL) return NGX_CONF_ERROR;
  for (i = 0; i < conf->metadata_files->nelts; i++) {
    assay_span root;
    metadata = ngx_array_push(conf->metadata);
    metadata->own_path_only = files[i].own_path_only;
    metadata->policy = ngx_http_assay_policy_of(cf, conf, &files[i].policy);
    if (metadata->policy == NULL) return NGX_CONF_ERROR;
    root = assay_checker_metadata_path(metadata->policy->checker, 1);
    for (j = 0; j < i; j++) {
      const ngx_http_assay_metadata_t* other = (ngx_http_assay_metadata_t*)conf->metadata->elts + j;
      const assay_span own = assay_checker_metadata_path(metadata->policy->checker, 0);
      const assay_span others = assay_checker_metadata_path(other->policy->checker, 0);
      if (ngx_http_assay_same(own, others) || (!metadata->own_path_only && !other->own_path_only) ||
          (!metadata->own_path_only && ngx_http_assay_same(root, others)) ||
          (!other->own_path_only && ngx_http_assay_same(root, own))) {
        return ngx_http_assay_defect(
            cf, conf, "two documents of \"assay_metadata\" have one path: \"own_path\" leaves the root one to another");
      }
    }
  }
  return NGX_CONF_OK;
}

static ngx_int_t ngx_http_assay_merge_requirements(ngx_conf_t* cf, const ngx_http_assay_conf_t* previous,
                                                   ngx_http_assay_conf_t* conf) {
  ngx_array_t* all;
  if (previous->requirements == NULL) return NGX_OK;
  if (conf->requirements == NULL) {
    conf->requirements = previous->requirements;
    return NGX_OK;
  }
  all = ngx_array_create(cf->pool, previous->requirements->nelts + conf->requirements->nelts,
                         sizeof(ngx_http_assay_requirement_t));
  if (all == NULL) return NGX_ERROR;
  ngx_memcpy(ngx_array_push_n(all, previous->requirements->nelts), previous->requirements->elts,
             previous->requirements->nelts * sizeof(ngx_http_assay_requirement_t));
  ngx_memcpy(ngx_array_push_n(all, conf->requirements->nelts), conf->requirements->elts,
             conf->requirements->nelts * sizeof(ngx_http_assay_requirement_t));
  conf->requirements = all;
  return NGX_OK;
}

/* Scopes of the block around a block are required within it, too. */
static ngx_int_t ngx_http_assay_merge_scopes(ngx_conf_t* cf, const ngx_http_assay_conf_t* previous,
                                             ngx_http_assay_conf_t* conf) {
  const assay_span* each;
  ngx_array_t* all;
  ngx_uint_t i;
  if (conf->scopes == NULL) conf->scopes = previous->scopes;
  if (previous->scopes == NULL || conf->scopes == previous->scopes) return NGX_OK;
  all = ngx_array_create(cf->pool, previous->scopes->nelts + conf->scopes->nelts, sizeof(assay_span));
  if (all == NULL) return NGX_ERROR;
  ngx_memcpy(ngx_array_push_n(all, previous->scopes->nelts), previous->scopes->elts,
             previous->scopes->nelts * sizeof(assay_span));
  each = conf->scopes->elts;
  for (i = 0; i < conf->scopes->nelts; i++) {
    if (!ngx_http_assay_holds(all, &each[i])) *(assay_span*)ngx_array_push(all) = each[i];
  }
  conf->scopes = all;
  return NGX_OK;
}

/* What a block demands where nothing is judged, and the block does not say so itself, looks as if it protected. */
static void ngx_http_assay_merge_demands(const ngx_http_assay_conf_t* previous, ngx_http_assay_conf_t* conf,
                                         ngx_flag_t is_unprotected) {
  const ngx_flag_t is_judged = !is_unprotected && !ngx_http_assay_is_off(conf);
  ngx_http_assay_demand_t** end = &conf->demand;
  ngx_http_assay_demand_t* each;
  for (; *end != NULL; end = &(*end)->outer) (*end)->is_judged = !is_unprotected;
  *end = previous->demand;
  for (each = *end; is_judged && each != NULL; each = each->outer) {
    if (!each->is_of_location) each->is_judged = 1;
  }
}

ngx_int_t ngx_http_assay_check_demands(ngx_conf_t* cf) {
  const ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  const ngx_http_assay_conf_t* outermost = ngx_http_conf_get_module_loc_conf(cf, ngx_http_assay_module);
  ngx_http_assay_demand_t** demands = main->demands.elts;
  ngx_http_assay_demand_t* own;
  ngx_int_t rc = NGX_OK;
  ngx_uint_t i;
  /* The http block is never merged, and may have no server yet. */
  for (own = outermost->demand; outermost->enabled != NULL && own != NULL; own = own->outer) own->is_judged = 1;
  for (i = 0; i < main->demands.nelts; i++) {
    const ngx_http_assay_demand_t* demand = demands[i];
    if (demand->is_judged) continue;
    ngx_log_error(demand->level, cf->log, 0, "\"%V\" protects nothing without \"assay on\" in %V:%ui",
                  &demand->directive, &demand->place.file, demand->place.line);
    if (demand->level == NGX_LOG_EMERG) rc = NGX_ERROR;
  }
  return rc;
}

char* ngx_http_assay_merge_conf(ngx_conf_t* cf, void* parent, void* child) {
  const ngx_http_assay_conf_t* previous = parent;
  ngx_http_assay_conf_t* conf = child;
  const ngx_flag_t is_unprotected =
      conf->enabled == NULL && (previous->enabled == NULL || ngx_http_assay_is_off(previous));
  const ngx_flag_t has_own_mcp = conf->mcp != NULL || conf->mcp_name != NULL;
  char* result;

  if (conf->place.file.len == 0) conf->place = previous->place;
  ngx_http_assay_merge_demands(previous, conf, is_unprotected);
  if (conf->engine == NULL) conf->engine = previous->engine;
  if (conf->enabled == NULL) conf->enabled = previous->enabled;
  if (conf->sources == NULL) {
    conf->sources = previous->sources;
    conf->has_url_sources = previous->has_url_sources;
  }
  if (conf->mcp == NULL && conf->mcp_name == NULL) {
    conf->mcp = previous->mcp;
    conf->mcp_name = previous->mcp_name;
  }
  if (conf->name.data == NULL) {
    conf->name = previous->name;
    conf->row = previous->row;
  }
  if (conf->metadata_files == NULL) conf->metadata = previous->metadata;
  ngx_conf_merge_size_value(conf->body_max, previous->body_max, 1024 * 1024);
  ngx_conf_merge_value(conf->challenge, previous->challenge, 1);
  ngx_conf_merge_value(conf->forward_token, previous->forward_token, 0);
  ngx_conf_merge_value(conf->preflight, previous->preflight, 0);
  ngx_conf_merge_value(conf->subrequests, previous->subrequests, 1);
  ngx_conf_merge_value(conf->close_at_expiry, previous->close_at_expiry, 0);
  if (ngx_http_assay_merge_requirements(cf, previous, conf) != NGX_OK ||
      ngx_http_assay_merge_scopes(cf, previous, conf) != NGX_OK) {
    return NGX_CONF_ERROR;
  }

  result = ngx_http_assay_merge_narrowing(cf, previous, conf);
  if (result != NGX_CONF_OK) return result;
  if (conf->enabled != NULL && !ngx_http_assay_is_off(conf)) {
    if (conf->engine == NULL) return ngx_http_assay_defect(cf, conf, "\"assay\" needs \"assay_config\"");
    if (conf->has_url_sources && !conf->forward_token) {
      return ngx_http_assay_defect(cf, conf,
                                   "\"assay_token\" takes tokens from the URL or cookies, which go upstream as they "
                                   "are: say so by \"assay_forward_token on\"");
    }
  }
  if (conf->mcp != NULL || conf->mcp_name != NULL) {
    result = ngx_http_assay_merge_mcp(cf, conf, conf->enabled == NULL || (is_unprotected && has_own_mcp));
    if (result != NGX_CONF_OK) return result;
  }
  return conf->metadata_files == NULL ? NGX_CONF_OK : ngx_http_assay_merge_metadata(cf, conf);
}
