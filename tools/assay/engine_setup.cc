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
  if (engine) return *engine;
  if (!source.empty()) throw InputError{source + ": " + engine.error()};
  // The options describe one issuer, whose number says nothing.
  constexpr std::string_view kOnly = "issuer 0: ";
  throw InputError{engine.error().substr(engine.error().starts_with(kOnly) ? kOnly.size() : 0)};
}

}  // namespace assay::cli
