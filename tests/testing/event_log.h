// EventLog: what an engine logs, kept for a test to look at.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/config.h"

namespace assay::testing {

// Thread-safe. The callback owns what it writes to together with the log, so that an engine, or a thread of one, may
// outlive the test's own members and still log: a fixture's order of members cannot be got wrong.
class EventLog {
 public:
  EventLog() : state_(std::make_shared<State>()) {}

  // To be the engine's `EngineConfig::log`.
  LogCallback Callback() const {
    return [state = state_](const LogEvent& event) {
      const std::lock_guard lock(state->mutex);
      state->words.emplace_back(event.event);
      for (const auto& [name, value] : event.fields) state->values += value + '\n';
    };
  }

  // The events' words in the order of logging.
  std::vector<std::string> Words() const {
    const std::lock_guard lock(state_->mutex);
    return state_->words;
  }
  std::ptrdiff_t Count(std::string_view word) const {
    const std::lock_guard lock(state_->mutex);
    return std::count(state_->words.begin(), state_->words.end(), word);
  }
  // The values of all fields, one a line.
  std::string Values() const {
    const std::lock_guard lock(state_->mutex);
    return state_->values;
  }
  void Clear() {
    const std::lock_guard lock(state_->mutex);
    state_->words.clear();
  }

 private:
  struct State {
    std::mutex mutex;
    std::vector<std::string> words;
    std::string values;
  };
  const std::shared_ptr<State> state_;
};

}  // namespace assay::testing
