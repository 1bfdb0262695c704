#include "tools/assay/engine_setup.h"

#include "tools/assay/console.h"

namespace assay::cli {

std::shared_ptr<Engine> CreateEngine(EngineConfig config, const std::string& source) {
  config.log = [](const LogEvent& event) {
    // What is an error also comes back as the reason why there is no engine.
    if (event.level != LogLevel::kWarning) return;
    std::string line(event.event);
    for (const auto& [name, value] : event.fields) {
      line += ' ';
      line += name;
      line += "=\"" + value + '"';
    }
    Warn(line);
  };
  auto engine = Engine::Create(std::move(config));
  if (!engine) throw InputError{source.empty() ? engine.error() : source + ": " + engine.error()};
  return *engine;
}

}  // namespace assay::cli
