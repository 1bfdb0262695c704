// RedisUrl: redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/authority.h"
#include "engine/base/result.h"

namespace assay {

struct RedisUrl {
  bool tls = false;  // rediss:
  Authority server;
  std::uint16_t database = 0;

  std::uint16_t port() const { return server.port.value_or(6379); }

  // Parse: reads a URL of the form above and refuses everything else: a query, a fragment. The messages hold no part
  // of the URL.
  static Result<RedisUrl> Parse(std::string_view url);
};

}  // namespace assay
