// Transfers: HTTP exchanges over libcurl, with what libcurl would do of itself switched off: no redirects, no proxy of
// the environment, no netrc, no cookies, no other protocol.
//
// libcurl connects, speaks TLS (OpenSSL's, with the certificates and the fixes of the distribution) and frames the
// response. Every byte of it goes through http1::ResponseReader, which refuses what libcurl forgives: two lengths, a
// length beside chunks, folded fields, heads without end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/url.h"
#include "engine/http1/response_reader.h"
#include "engine/remote/address.h"
#include "engine/remote/deadline.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

// Transfers: thread-safe.
class Transfers {
 public:
  Transfers();
  ~Transfers();

  // Get: GETs `url` from one of `addresses`, in their order, and from no other, whatever the host's name means
  // meanwhile. kOk when `response` is done; else the failure, of which `error` tells more.
  FetchStatus Get(const Url& url, const FetchRequest& request, const std::vector<IpAddress>& addresses,
                  const Deadline& deadline, http1::ResponseReader* response, std::string* error);

 private:
  class Pool;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace assay::remote
