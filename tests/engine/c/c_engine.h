// Engines, workers and the like of the C face, for its tests; freed at the end.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/c/handles.h"
#include "tests/testing/engines.h"

namespace assay::testing {

inline assay_span S(std::string_view text) { return {text.data(), text.size()}; }
inline std::string T(assay_span span) {
  return span.data == nullptr ? std::string() : std::string(span.data, span.size);
}

using CEngine = std::unique_ptr<assay_engine, decltype(&assay_engine_release)>;
using CWorker = std::unique_ptr<assay_worker, decltype(&assay_worker_free)>;
using CLoop = std::unique_ptr<assay_loop, decltype(&assay_loop_free)>;
using CConfig = std::unique_ptr<assay_config, decltype(&assay_config_free)>;

// CEventLog: what an engine logs by its C callback, which it checks.
class CEventLog {
 public:
  assay_log_call Call() const {
    return [](void* context, const assay_log_event* event) { static_cast<CEventLog*>(context)->Add(*event); };
  }

  std::ptrdiff_t Count(std::string_view word) const {
    const std::lock_guard lock(mutex_);
    return std::count(words_.begin(), words_.end(), word);
  }
  // The fields as `name=value`, one a line; the events' levels are among them.
  std::string Fields() const {
    const std::lock_guard lock(mutex_);
    return fields_;
  }

 private:
  void Add(const assay_log_event& event) {
    const std::lock_guard lock(mutex_);
    EXPECT_GE(event.struct_size, sizeof event);
    words_.push_back(T(event.event));
    fields_ += "level=" + std::to_string(event.level) + '\n';
    for (std::uint32_t i = 0; i < event.field_count; ++i) {
      fields_ += T(event.fields[i].name) + '=' + T(event.fields[i].value) + '\n';
    }
  }

  mutable std::mutex mutex_;
  std::vector<std::string> words_;
  std::string fields_;
};

inline std::string ConfigText(const SigningKey& key, std::string_view more = "") {
  return R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":[")" +
         std::string(kAudience) + R"("],"keys":{"inline":)" + JwkSet({key}) + "}}]" + std::string(more) + "}";
}

inline CConfig MakeConfig(const std::string& text) {
  assay_error* error = nullptr;
  CConfig config(assay_config_from_text(S(text), S("test"), &error), assay_config_free);
  EXPECT_STREQ(assay_error_message(error), "");
  assay_error_free(error);
  return config;
}

inline CEngine MakeCEngine(const SigningKey& key) {
  const CConfig config = MakeConfig(ConfigText(key));
  return CEngine(assay_engine_create(config.get(), nullptr, nullptr), assay_engine_release);
}

// Wrap: a C++ engine as a C one, for configurations that no file says.
inline CEngine Wrap(std::shared_ptr<Engine> engine) {
  return CEngine(new assay_engine{.engine = std::move(engine)}, assay_engine_release);
}

inline CWorker MakeCWorker(const CEngine& engine) {
  return CWorker(assay_worker_create(engine.get(), nullptr), assay_worker_free);
}

}  // namespace assay::testing
