// The URL of an HTTP proxy, as configurations and the environment have it.
#pragma once

#include <string_view>

#include "engine/base/authority.h"
#include "engine/base/result.h"

namespace assay {

// ParseProxy: http://[[USER]:PASSWORD@]HOST:PORT. The messages hold no part of it.
Result<Authority> ParseProxy(std::string_view text);

}  // namespace assay
