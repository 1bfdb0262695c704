// Configuration and engine.
#include <utility>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/c/handles.h"
#include "engine/revocation/revocation_line.h"

using namespace assay::c;

namespace {

assay_config* ReadConfig(std::string_view text, std::string_view name, assay_error** error) {
  auto config = assay::EngineConfig::FromJson(text, name);
  if (config) return new assay_config{std::move(*config)};
  Fail(error, ASSAY_ERROR_REFUSED, config.error(), name);
  return nullptr;
}

// LogCallback: the host's, in C++.
assay::LogCallback LogTo(const assay_engine_options& options) {
  if (options.log == nullptr) return {};
  return [call = options.log, context = options.log_context](const assay::LogEvent& event) {
    std::vector<assay_pair> fields;
    for (const auto& [name, value] : event.fields) fields.push_back({Span(name), Span(value)});
    assay_log_event out = {};
    out.struct_size = sizeof out;
    out.level = static_cast<std::int32_t>(event.level);
    out.field_count = static_cast<std::uint32_t>(fields.size());
    out.event = Span(event.event);
    out.fields = fields.data();
    out.suppressed = event.suppressed;
    call(context, &out);
  };
}

// Refused: whether this engine, or what is to be done with it, is none; sets the error.
bool Refused(const assay_engine* engine, bool arguments, assay_error** error) {
  if (engine == nullptr || !arguments) {
    Fail(error, ASSAY_ERROR_ARGUMENT, "an argument is NULL, or no text");
    return true;
  }
  if (Usable(*engine)) return false;
  Fail(error, ASSAY_ERROR_FORKED, "a keeper of the parent process keeps this engine");
  return true;
}

std::int32_t Done(const assay::Result<void>& result, assay_error** error) {
  if (!result) Fail(error, ASSAY_ERROR_REFUSED, result.error());
  return result.ok();
}

}  // namespace

extern "C" {

assay_config* assay_config_from_text(assay_span text, assay_span name, assay_error** error) {
  return Fenced<assay_config*>(error, nullptr, [&]() -> assay_config* {
    if (IsText(text) && IsText(name)) return ReadConfig(View(text), View(name), error);
    Fail(error, ASSAY_ERROR_ARGUMENT, "the configuration or its name is NULL, or holds a NUL");
    return nullptr;
  });
}

assay_config* assay_config_from_file(assay_span path, assay_error** error) {
  return Fenced<assay_config*>(error, nullptr, [&]() -> assay_config* {
    if (!IsText(path) || path.size == 0) {
      Fail(error, ASSAY_ERROR_ARGUMENT, "the path is empty, or holds a NUL");
      return nullptr;
    }
    const auto text = assay::ReadWholeFile(std::string(View(path)), assay::kMaxConfigBytes);
    if (text) return assay_config_from_text(Span(*text), path, error);
    Fail(error, ASSAY_ERROR_REFUSED, text.error());
    return nullptr;
  });
}

size_t assay_config_warning_count(const assay_config* config) {
  return config == nullptr ? 0 : config->config.warnings.size();
}

assay_span assay_config_warning(const assay_config* config, size_t index) {
  return index < assay_config_warning_count(config) ? Span(config->config.warnings[index]) : assay_span{};
}

size_t assay_config_issuer_count(const assay_config* config) {
  return config == nullptr ? 0 : config->config.issuers.size();
}

assay_span assay_config_issuer(const assay_config* config, size_t index) {
  return index < assay_config_issuer_count(config) ? Span(config->config.issuers[index].policy.issuer) : assay_span{};
}

int32_t assay_config_accepts_confirmation(const assay_config* config) {
  if (config == nullptr) return 0;
  const auto& issuers = config->config.issuers;
  return std::any_of(issuers.begin(), issuers.end(),
                     [](const assay::IssuerConfig& issuer) { return !issuer.policy.accept_confirmation.empty(); });
}

void assay_config_free(assay_config* config) { delete config; }

assay_engine* assay_engine_create(const assay_config* config, const assay_engine_options* options,
                                  assay_error** error) {
  return Fenced<assay_engine*>(error, nullptr, [&]() -> assay_engine* {
    std::optional<assay_engine_options> given = assay_engine_options{};
    if (options != nullptr) given = ReadIn(options);
    if (config == nullptr || !given || given->flags != 0 || given->reserved != 0) {
      Fail(error, ASSAY_ERROR_ARGUMENT, "no configuration, or options that this version does not know");
      return nullptr;
    }
    assay::EngineConfig copy = config->config;
    copy.log = LogTo(*given);
    auto engine = assay::Engine::Create(std::move(copy));
    if (engine) return new assay_engine{.engine = std::move(*engine)};
    Fail(error, ASSAY_ERROR_REFUSED, engine.error());
    return nullptr;
  });
}

assay_engine* assay_engine_retain(assay_engine* engine) {
  if (engine != nullptr) engine->references.fetch_add(1);
  return engine;
}

void assay_engine_release(assay_engine* engine) {
  if (engine != nullptr && engine->references.fetch_sub(1) == 1) delete engine;
}

int32_t assay_engine_reload(assay_engine* engine, const assay_config* config, assay_error** error) {
  return Fenced<int32_t>(error, 0, [&] {
    if (Refused(engine, config != nullptr, error)) return 0;
    return Done(engine->engine->Reload(config->config), error);
  });
}

int32_t assay_engine_revoke(assay_engine* engine, assay_span lines, int64_t now, assay_error** error) {
  return Fenced<int32_t>(error, 0, [&] {
    if (Refused(engine, IsText(lines), error)) return 0;
    std::vector<assay::Revocation> revocations;
    const auto read = assay::revocation::RevocationLineReader().ReadAll(
        View(lines), [&](const assay::Revocation& revocation) { revocations.push_back(revocation); });
    return read ? Done(engine->engine->Revoke(revocations, now), error) : Done(read, error);
  });
}

int32_t assay_engine_ready(assay_engine* engine) {
  return Fenced<int32_t>(nullptr, 0, [&] { return !Refused(engine, true, nullptr) && engine->engine->Ready(); });
}

int32_t assay_engine_issuer_ready(assay_engine* engine, assay_span issuer) {
  return Fenced<int32_t>(
      nullptr, 0, [&] { return !Refused(engine, IsText(issuer), nullptr) && engine->engine->Ready(View(issuer)); });
}

char* assay_engine_metrics(assay_engine* engine, size_t* size, assay_error** error) {
  if (size != nullptr) *size = 0;
  return Fenced<char*>(error, nullptr, [&]() -> char* {
    if (Refused(engine, true, error)) return nullptr;
    return CopyText(engine->engine->MetricsText(), size);
  });
}

}  // extern "C"
