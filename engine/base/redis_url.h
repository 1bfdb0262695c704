// RedisUrl: redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/result.h"

namespace assay {

struct RedisUrl {
  std::string user, password;  // percent-decoded; empty: no authentication
  std::string host;            // IPv6 addresses without their brackets
  std::uint16_t port = 6379;
  std::uint16_t database = 0;

  // Parse: reads a URL of the form above and refuses everything else: rediss:, a query, a fragment. The messages hold
  // no part of the URL.
  ASSAY_EXPORT static Result<RedisUrl> Parse(std::string_view url);
};

}  // namespace assay
