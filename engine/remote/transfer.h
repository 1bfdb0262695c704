// Transfers: HTTP exchanges over libcurl, with what libcurl would do of itself switched off: no redirects, no proxy of
// the environment, no netrc, no cookies, no other protocol.
//
// libcurl connects, speaks TLS (OpenSSL's, with the certificates and the fixes of the distribution) and frames the
// response. Every byte of it goes through http1::ResponseReader, which refuses what libcurl forgives: two lengths, a
// length beside chunks, folded fields, heads without end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/authority.h"
#include "engine/base/url.h"
#include "engine/http1/response_reader.h"
#include "engine/remote/address.h"
#include "engine/remote/deadline.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

// Route: whom to connect to.
struct Route {
  std::optional<Authority> proxy;    // with its port; nothing: the URL's host
  std::vector<IpAddress> addresses;  // of that one, in the order in which to try them
};

// Transfers: thread-safe.
class Transfers {
 public:
  Transfers();
  ~Transfers();

  // Get: GETs `url` by `route`, and by no other way, whatever names mean meanwhile. kOk when `response` is done; else
  // the failure, of which `error` tells more.
  FetchStatus Get(const Url& url, const FetchRequest& request, const Route& route, const Deadline& deadline,
                  http1::ResponseReader* response, std::string* error);

 private:
  class Pool;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace assay::remote
