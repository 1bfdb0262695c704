// An engine for the command: its warnings go to stderr, its refusals become InputError.
#pragma once

#include <memory>
#include <string>

#include "engine/api/engine.h"

namespace assay::cli {

// Throws InputError. `source`: what the configuration came from, for messages; may be empty.
std::shared_ptr<Engine> CreateEngine(EngineConfig config, const std::string& source);

}  // namespace assay::cli
