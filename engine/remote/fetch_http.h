// HttpFetcher: GET over HTTP/1.1 and TLS, for documents of issuers. Each fetch is one connection.
//
// # Guarantees
//  - https only, with certificate and host name verified; http to this machine alone, or, where the request says so, to
//    addresses in a private network alone.
//  - No packet to a private, loopback, link-local, multicast or reserved address, unless the request
//    allows private ones or the URL itself names this machine. The address that was checked is the one
//    connected to: a name that means another address a moment later (DNS rebinding) changes nothing.
//  - At most 3 redirects, all within the URL's origin.
//  - One deadline for everything, name resolution included; memory bounded by the request's max_bytes
//    and 64 KiB.
//  - No proxy but the request's, whatever the environment says. Through it the proxy finds the address of a name, and
//    what is judged here is the proxy's own; addresses in URLs are judged as always.
//  - The request's bearer token goes to the URL's origin by https, never to a proxy. Cookies, other credentials,
//    compression and HTTP/2 are not there at all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/export.h"
#include "engine/base/result.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

class ASSAY_EXPORT HttpFetcher : public Fetcher {
 public:
  // Resolver: gives the addresses of a host name as text, in the order in which to try them; may block. What it
  // throws is a failure to resolve.
  using Resolver = std::function<Result<std::vector<std::string>>(const std::string& host)>;

  // HttpFetcher: resolves with the system's resolver.
  HttpFetcher();
  explicit HttpFetcher(Resolver resolver);
  ~HttpFetcher() override;

  FetchReply Fetch(const FetchRequest& request) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::remote
