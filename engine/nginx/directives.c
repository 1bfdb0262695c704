/* What may be said in nginx.conf. */
#include "engine/nginx/module.h"

#define NGX_HTTP_ASSAY_ANY (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)
#define NGX_HTTP_ASSAY_GATE (NGX_HTTP_ASSAY_ANY | NGX_HTTP_LMT_CONF)
#define NGX_HTTP_ASSAY_CONF(member) NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_assay_conf_t, member), NULL

static ngx_http_assay_place_t ngx_http_assay_here(ngx_conf_t* cf) {
  ngx_http_assay_place_t place = {ngx_null_string, 0};
  if (cf->conf_file != NULL && cf->conf_file->file.fd != NGX_INVALID_FILE) {
    place.file = cf->conf_file->file.name;
    place.line = cf->conf_file->line;
  }
  return place;
}

static ngx_int_t ngx_http_assay_note_demand(ngx_conf_t* cf, const ngx_command_t* command, ngx_http_assay_conf_t* conf,
                                            ngx_uint_t level) {
  ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  ngx_http_assay_demand_t** place = ngx_array_push(&main->demands);
  ngx_http_assay_demand_t* demand = ngx_pcalloc(cf->pool, sizeof *demand);
  if (place == NULL || demand == NULL) return NGX_ERROR;
  *place = demand;
  conf->place = ngx_http_assay_here(cf);
  demand->directive = command->name;
  demand->place = conf->place;
  demand->is_of_location = (cf->cmd_type & (NGX_HTTP_LOC_CONF | NGX_HTTP_LMT_CONF)) != 0;
  demand->level = level;
  demand->outer = conf->demand;
  conf->demand = demand;
  return NGX_OK;
}

static char* ngx_http_assay_set_config(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (conf->engine != NULL) return "is duplicate";
  conf->engine = ngx_http_assay_read_engine(cf, &words[1]);
  if (conf->engine != NULL) return NGX_CONF_OK;
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"assay_config\" refuses %V", &words[1]);
  return NGX_CONF_ERROR;
}

static ngx_http_complex_value_t* ngx_http_assay_compile(ngx_conf_t* cf, ngx_str_t* text,
                                                        ngx_http_complex_value_t* value) {
  ngx_http_compile_complex_value_t compile;
  if (value == NULL) value = ngx_pcalloc(cf->pool, sizeof *value);
  if (value == NULL) return NULL;
  ngx_memzero(&compile, sizeof compile);
  compile.cf = cf;
  compile.value = text;
  compile.complex_value = value;
  return ngx_http_compile_complex_value(&compile) == NGX_OK ? value : NULL;
}

static char* ngx_http_assay_set_enabled(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  const ngx_flag_t is_word = (words[1].len == 2 && ngx_strncmp(words[1].data, "on", 2) == 0) ||
                             (words[1].len == 3 && ngx_strncmp(words[1].data, "off", 3) == 0);
  (void)command;
  if (conf->enabled != NULL) return "is duplicate";
  if (!is_word && ngx_http_script_variables_count(&words[1]) == 0) {
    return "takes on, off, or a value with a variable";
  }
  conf->place = ngx_http_assay_here(cf);
  conf->enabled = ngx_http_assay_compile(cf, &words[1], NULL);
  return conf->enabled == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}

static char* ngx_http_assay_set_texts(ngx_conf_t* cf, const ngx_command_t* command, void* given, ngx_uint_t level) {
  ngx_array_t** texts = (ngx_array_t**)((char*)given + command->offset);
  ngx_str_t* words = cf->args->elts;
  ngx_uint_t i;
  if (*texts != NULL) return "is duplicate";
  if (ngx_http_assay_note_demand(cf, command, given, level) != NGX_OK) return NGX_CONF_ERROR;
  *texts = ngx_array_create(cf->pool, cf->args->nelts, sizeof(assay_span));
  if (*texts == NULL) return NGX_CONF_ERROR;
  for (i = 1; i < cf->args->nelts; i++) {
    if (words[i].len == 0) return "takes no empty text";
    *(assay_span*)ngx_array_push(*texts) = ngx_http_assay_span(&words[i]);
  }
  return NGX_CONF_OK;
}

/* assay_issuers, assay_audience: what variables say is narrowed by them, also where nothing is judged. */
static char* ngx_http_assay_set_narrowing(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  return ngx_http_assay_set_texts(cf, command, given, NGX_LOG_WARN);
}

static char* ngx_http_assay_set_scopes(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  return ngx_http_assay_set_texts(cf, command, given, NGX_LOG_EMERG);
}

static ngx_flag_t ngx_http_assay_begins(const ngx_str_t* text, const char* with) {
  return text->len >= strlen(with) && ngx_strncasecmp(text->data, (u_char*)with, strlen(with)) == 0;
}

static ngx_flag_t ngx_http_assay_is_source_in(ngx_http_assay_source_t* source, const ngx_str_t* variable,
                                              const char* prefix, ngx_uint_t kind) {
  if (!ngx_http_assay_begins(variable, prefix)) return 0;
  source->kind = kind;
  source->name.data = variable->data + strlen(prefix);
  source->name.len = variable->len - strlen(prefix);
  return 1;
}

static char* ngx_http_assay_set_sources(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  ngx_uint_t i;
  if (conf->sources != NULL) return "is duplicate";
  if (ngx_http_assay_note_demand(cf, command, conf, NGX_LOG_WARN) != NGX_OK) return NGX_CONF_ERROR;
  conf->sources = ngx_array_create(cf->pool, cf->args->nelts, sizeof(ngx_http_assay_source_t));
  if (conf->sources == NULL) return NGX_CONF_ERROR;
  for (i = 1; i < cf->args->nelts; i++) {
    ngx_http_assay_source_t* source = ngx_array_push(conf->sources);
    ngx_str_t name = words[i];
    ngx_memzero(source, sizeof *source);
    if (name.len < 2 || name.data[0] != '$') return "takes variables, such as $cookie_token";
    name.data++;
    name.len--;
    if (ngx_http_assay_begins(&name, "assay_")) return "takes no variable that comes of a token";
    if (name.len == 18 && ngx_strncasecmp(name.data, (u_char*)"http_authorization", 18) == 0) {
      source->variable = NGX_ERROR; /* the header, read as one */
      continue;
    }
    if (ngx_http_assay_is_source_in(source, &name, "arg_", NGX_HTTP_ASSAY_IN_QUERY) ||
        ngx_http_assay_is_source_in(source, &name, "cookie_", NGX_HTTP_ASSAY_IN_COOKIE)) {
      conf->has_url_sources = 1;
    }
    (void)ngx_http_assay_is_source_in(source, &name, "http_", NGX_HTTP_ASSAY_IN_HEADER);
    if (source->kind == NGX_HTTP_ASSAY_IN_ELSE) {
      ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "\"assay_token\" is not told whether what fills $%V was sent twice",
                         &name);
    }
    source->variable = ngx_http_get_variable_index(cf, &name);
    if (source->variable == NGX_ERROR) return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}

static ngx_flag_t ngx_http_assay_is_of_name(u_char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether a value is variables alone, as `$a${b}`, of which any may be empty. */
static ngx_flag_t ngx_http_assay_may_be_empty(const ngx_str_t* value) {
  size_t i = 0;
  while (i < value->len) {
    ngx_str_t name;
    ngx_flag_t is_braced;
    if (value->data[i++] != '$') return 0;
    is_braced = i < value->len && value->data[i] == '{';
    if (is_braced) i++;
    name.data = &value->data[i];
    while (i < value->len && ngx_http_assay_is_of_name(value->data[i])) i++;
    name.len = (size_t)(&value->data[i] - name.data);
    if (is_braced) i++; /* nginx refuses one that is left open */
    if (name.len == 12 && (ngx_strncasecmp(name.data, (u_char*)"assay_status", 12) == 0 ||
                           ngx_strncasecmp(name.data, (u_char*)"assay_detail", 12) == 0)) {
      return 0;
    }
  }
  return 1;
}

static char* ngx_http_assay_set_requirement(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  ngx_http_assay_requirement_t* requirement;
  ngx_uint_t i, last = cf->args->nelts;
  if (conf->requirements == NULL) {
    conf->requirements = ngx_array_create(cf->pool, 2, sizeof(ngx_http_assay_requirement_t));
    if (conf->requirements == NULL) return NGX_CONF_ERROR;
  }
  if (ngx_http_assay_note_demand(cf, command, conf, NGX_LOG_EMERG) != NGX_OK) return NGX_CONF_ERROR;
  requirement = ngx_array_push(conf->requirements);
  if (requirement == NULL) return NGX_CONF_ERROR;
  requirement->status = NGX_HTTP_FORBIDDEN;
  if (ngx_http_assay_begins(&words[last - 1], "error=")) {
    requirement->status = ngx_atoi(words[last - 1].data + 6, words[last - 1].len - 6);
    if (requirement->status < 400 || requirement->status > 599 || requirement->status == 444 ||
        requirement->status == 499) {
      return "takes error=CODE from 400 to 599, but neither 444 nor 499";
    }
    last--;
  }
  if (last < 2) return "takes values";
  if (ngx_array_init(&requirement->values, cf->pool, last - 1, sizeof(ngx_http_complex_value_t)) != NGX_OK) {
    return NGX_CONF_ERROR;
  }
  for (i = 1; i < last; i++) {
    if (ngx_http_script_variables_count(&words[i]) == 0 || !ngx_http_assay_may_be_empty(&words[i])) {
      return "takes variables that may be empty, and no text beside them: what is always filled requires nothing";
    }
    if (ngx_http_assay_compile(cf, &words[i], ngx_array_push(&requirement->values)) == NULL) return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}

/* FILE [headers|body] */
static char* ngx_http_assay_read_policy_words(ngx_conf_t* cf, ngx_str_t* words, ngx_uint_t count,
                                              ngx_http_assay_policy_file_t* policy) {
  policy->file = words[0];
  policy->judges = ASSAY_JUDGES_AS_POLICY;
  if (count == 2) {
    if (ngx_strcmp(words[1].data, "headers") == 0) {
      policy->judges = ASSAY_JUDGES_HEADERS;
    } else if (ngx_strcmp(words[1].data, "body") == 0) {
      policy->judges = ASSAY_JUDGES_BODY;
    } else {
      return "takes headers or body behind the policy";
    }
  }
  return ngx_conf_full_name(cf->cycle, &policy->file, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char* ngx_http_assay_set_mcp(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (conf->mcp != NULL || conf->mcp_name != NULL) return "is duplicate";
  conf->place = ngx_http_assay_here(cf);
  if (ngx_http_script_variables_count(&words[1]) > 0) {
    if (cf->args->nelts > 2) return "takes headers or body with assay_policy, where a variable chooses one";
    conf->mcp_name = ngx_http_assay_compile(cf, &words[1], NULL);
    return conf->mcp_name == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
  }
  conf->mcp = ngx_pcalloc(cf->pool, sizeof *conf->mcp);
  if (conf->mcp == NULL) return NGX_CONF_ERROR;
  return ngx_http_assay_read_policy_words(cf, words + 1, cf->args->nelts - 1, conf->mcp);
}

/* assay_policy NAME FILE [headers|body] */
static char* ngx_http_assay_set_policy(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_main_conf_t* main = given;
  ngx_http_assay_policy_file_t* policy = main->named_policies.elts;
  ngx_str_t* words = cf->args->elts;
  ngx_uint_t i;
  (void)command;
  if (words[1].len == 0) return "takes a name that is not empty";
  for (i = 0; i < main->named_policies.nelts; i++) {
    if (ngx_strcmp(policy[i].name.data, words[1].data) == 0) return "has a name that another one has";
  }
  policy = ngx_array_push(&main->named_policies);
  if (policy == NULL) return NGX_CONF_ERROR;
  ngx_memzero(policy, sizeof *policy);
  policy->name = words[1];
  return ngx_http_assay_read_policy_words(cf, words + 2, cf->args->nelts - 2, policy);
}

/* assay_metadata FILE [own_path] */
static char* ngx_http_assay_set_metadata(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_conf_t* conf = given;
  ngx_http_assay_metadata_file_t* file;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (conf->metadata_files == NULL) {
    conf->metadata_files = ngx_array_create(cf->pool, 1, sizeof(ngx_http_assay_metadata_file_t));
    if (conf->metadata_files == NULL) return NGX_CONF_ERROR;
  }
  conf->place = ngx_http_assay_here(cf);
  file = ngx_array_push(conf->metadata_files);
  if (file == NULL) return NGX_CONF_ERROR;
  ngx_memzero(file, sizeof *file);
  if (cf->args->nelts == 3) {
    if (ngx_strcmp(words[2].data, "own_path") != 0) return "takes own_path behind the policy";
    file->own_path_only = 1;
  }
  return ngx_http_assay_read_policy_words(cf, words + 1, 1, &file->policy);
}

/* Flags that do nothing where nothing is judged: assay_forward_token, whose off protects, and assay_close_at_expiry. */
static char* ngx_http_assay_set_protection(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  char* result = ngx_conf_set_flag_slot(cf, command, given);
  if (result != NGX_CONF_OK) return result;
  return ngx_http_assay_note_demand(cf, command, given, NGX_LOG_WARN) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char* ngx_http_assay_set_wait(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_main_conf_t* main = given;
  char* result = ngx_conf_set_msec_slot(cf, command, given);
  if (result != NGX_CONF_OK) return result;
  return main->wait_for_keys > 1000 ? "takes at most 1s" : NGX_CONF_OK;
}

/* assay_key_folder FOLDER [owner=USER] */
static char* ngx_http_assay_set_key_folder(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_main_conf_t* main = given;
  ngx_str_t* words = cf->args->elts;
  (void)command;
  if (main->key_folder.len > 0) return "is duplicate";
  main->key_folder = words[1];
  if (cf->args->nelts == 3) {
    if (!ngx_http_assay_begins(&words[2], "owner=") || words[2].len == 6) return "takes owner=USER behind the folder";
    main->key_folder_owner.data = words[2].data + 6;
    main->key_folder_owner.len = words[2].len - 6;
  }
  return ngx_conf_full_name(cf->cycle, &main->key_folder, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char* ngx_http_assay_set_name(ngx_conf_t* cf, ngx_command_t* command, void* given) {
  ngx_http_assay_main_conf_t* main = ngx_http_conf_get_module_main_conf(cf, ngx_http_assay_module);
  ngx_http_assay_conf_t* conf = given;
  ngx_str_t* words = cf->args->elts;
  ngx_str_t* names = main->names.elts;
  ngx_uint_t i;
  size_t j;
  (void)command;
  if (conf->name.data != NULL) return "is duplicate";
  for (j = 0; j < words[1].len; j++) {
    const u_char c = words[1].data[j];
    if (!ngx_http_assay_is_of_name(c) && c != '-' && c != '.') {
      return "takes letters, digits, `_`, `-` and `.`";
    }
  }
  conf->name = words[1];
  for (i = 0; i < main->names.nelts; i++) {
    if (names[i].len == words[1].len && ngx_strncmp(names[i].data, words[1].data, words[1].len) == 0) break;
  }
  if (i == main->names.nelts) {
    names = ngx_array_push(&main->names);
    if (names == NULL) return NGX_CONF_ERROR;
    *names = words[1];
  }
  conf->row = i;
  return NGX_CONF_OK;
}

ngx_command_t ngx_http_assay_commands[] = {
    {ngx_string("assay_config"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_CONF_TAKE1, ngx_http_assay_set_config,
     NGX_HTTP_ASSAY_CONF(engine)},
    {ngx_string("assay"), NGX_HTTP_ASSAY_GATE | NGX_CONF_TAKE1, ngx_http_assay_set_enabled,
     NGX_HTTP_ASSAY_CONF(enabled)},
    {ngx_string("assay_issuers"), NGX_HTTP_ASSAY_GATE | NGX_CONF_1MORE, ngx_http_assay_set_narrowing,
     NGX_HTTP_ASSAY_CONF(issuers)},
    {ngx_string("assay_audience"), NGX_HTTP_ASSAY_GATE | NGX_CONF_1MORE, ngx_http_assay_set_narrowing,
     NGX_HTTP_ASSAY_CONF(audiences)},
    {ngx_string("assay_token"), NGX_HTTP_ASSAY_GATE | NGX_CONF_1MORE, ngx_http_assay_set_sources,
     NGX_HTTP_ASSAY_CONF(sources)},
    {ngx_string("assay_require_scope"), NGX_HTTP_ASSAY_GATE | NGX_CONF_1MORE, ngx_http_assay_set_scopes,
     NGX_HTTP_ASSAY_CONF(scopes)},
    {ngx_string("assay_require"), NGX_HTTP_ASSAY_GATE | NGX_CONF_1MORE, ngx_http_assay_set_requirement,
     NGX_HTTP_ASSAY_CONF(requirements)},
    {ngx_string("assay_set"), NGX_HTTP_MAIN_CONF | NGX_CONF_2MORE, ngx_http_assay_set_claim, 0, 0, NULL},
    {ngx_string("assay_mcp"), NGX_HTTP_ASSAY_GATE | NGX_CONF_TAKE12, ngx_http_assay_set_mcp, NGX_HTTP_ASSAY_CONF(mcp)},
    {ngx_string("assay_mcp_body_max"), NGX_HTTP_ASSAY_GATE | NGX_CONF_TAKE1, ngx_conf_set_size_slot,
     NGX_HTTP_ASSAY_CONF(body_max)},
    {ngx_string("assay_policy"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE23, ngx_http_assay_set_policy,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("assay_metadata"), NGX_HTTP_SRV_CONF | NGX_CONF_TAKE12, ngx_http_assay_set_metadata,
     NGX_HTTP_ASSAY_CONF(metadata_files)},
    {ngx_string("assay_challenge"), NGX_HTTP_ASSAY_GATE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_ASSAY_CONF(challenge)},
    {ngx_string("assay_forward_token"), NGX_HTTP_ASSAY_GATE | NGX_CONF_FLAG, ngx_http_assay_set_protection,
     NGX_HTTP_ASSAY_CONF(forward_token)},
    {ngx_string("assay_preflight"), NGX_HTTP_ASSAY_GATE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_ASSAY_CONF(preflight)},
    {ngx_string("assay_subrequests"), NGX_HTTP_ASSAY_GATE | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_ASSAY_CONF(subrequests)},
    {ngx_string("assay_close_at_expiry"), NGX_HTTP_ASSAY_GATE | NGX_CONF_FLAG, ngx_http_assay_set_protection,
     NGX_HTTP_ASSAY_CONF(close_at_expiry)},
    {ngx_string("assay_wait_for_keys"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_http_assay_set_wait,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_assay_main_conf_t, wait_for_keys), NULL},
    {ngx_string("assay_key_folder"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE12, ngx_http_assay_set_key_folder,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("assay_name"), NGX_HTTP_ASSAY_GATE | NGX_CONF_TAKE1, ngx_http_assay_set_name,
     NGX_HTTP_ASSAY_CONF(name)},
    {ngx_string("assay_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, ngx_http_assay_set_zone, NGX_HTTP_MAIN_CONF_OFFSET,
     0, NULL},
    {ngx_string("assay_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, ngx_http_assay_set_status,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};
