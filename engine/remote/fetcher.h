// Fetcher: the interface by which an issuer's documents are fetched over HTTP. A gateway with a client of its own (an
// event loop, a proxy, a service mesh) implements it; HttpFetcher (fetch_http.h) is the one that comes along.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/limits.h"

namespace assay::remote {

struct FetchRequest {
  std::string url;
  std::string etag;                           // If-None-Match, unless empty
  std::size_t max_bytes = kMaxJwkSetBytes;    // a longer body is refused whole
  std::chrono::milliseconds timeout{10'000};  // for everything, from name resolution to the last byte
  std::string ca_file;                        // PEM: trusted instead of the system's bundle; empty: that
  bool system_ca = false;                     // beside ca_file the system's bundle is trusted, too
  std::string proxy;                          // for https: http://[[USER]:PASSWORD@]HOST:PORT; empty: none
  std::string no_proxy;                       // whose hosts are asked without it, as in NO_PROXY: see IsExempt()
  std::string proxy_setting;                  // where `proxy` was set, for messages; may be empty
  bool allow_private_addresses = false;       // RFC 1918, RFC 4193, RFC 6598 and loopback
  bool plain_http_is_dangerous = false;       // a URL of plain http may lead to these; never to a public address
  std::string bearer_token;                   // sent to the URL's origin alone, by https alone; empty: none
  std::stop_token stop;                       // a stop ends the fetch at once
};

// FetchStatus: the outcome as a coarse class; `error` has the details.
enum class FetchStatus : std::uint8_t {
  kOk,           // body, etag and max_age are those of a 200
  kNotModified,  // a 304 to a request with an ETag
  kBadUrl,
  kForbiddenAddress,
  kUnresolved,
  kUnreachable,  // refused, reset, unroutable
  kTls,          // certificate or host name not as they must be, or no handshake at all
  kTimeout,
  kStopped,
  kMalformed,  // no HTTP response, or an ambiguous one
  kTooLarge,
  kRedirect,   // to another origin, or too often
  kHttpError,  // any other status
};

// FetchStatusWord: a stable word: `ok`, `not_modified`, `timeout`, ...
ASSAY_EXPORT std::string_view FetchStatusWord(FetchStatus status);

struct FetchReply {
  FetchStatus status = FetchStatus::kUnreachable;
  int http_status = 0;
  std::string body;
  std::string etag;
  std::string content_type;
  std::optional<std::int64_t> max_age;  // seconds
  std::string error;                    // for people; one line

  bool ok() const { return status == FetchStatus::kOk; }
};

class ASSAY_EXPORT Fetcher {
 public:
  virtual ~Fetcher();

  // Fetch: called from several threads at once. Returns by the deadline. Never throws.
  virtual FetchReply Fetch(const FetchRequest& request) = 0;
};

}  // namespace assay::remote
