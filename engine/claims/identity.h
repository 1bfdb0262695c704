// Identity: who acts with a token, where its issuer does not say so by the registered claims.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

// Identity: views, like Claims.
struct Identity {
  std::optional<std::string_view> client;
  std::optional<std::string_view> session;
  std::optional<std::string_view> token_id;
  std::optional<std::string_view> tenant;
};

}  // namespace assay
