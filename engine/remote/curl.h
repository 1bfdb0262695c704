// What whoever uses libcurl has in common: handles that end by themselves, options that must hold, and whom to trust.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/result.h"
#include "engine/remote/address.h"

namespace assay::remote {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Easy = std::unique_ptr<CURL, Free<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Free<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Free<curl_slist_free_all>>;

// MakeEasy: a handle without what libcurl does of itself: no proxy of the environment, no netrc, no signals. Append,
// Set: as libcurl's own. All throw std::bad_alloc where that refuses.
Easy MakeEasy();
void Append(List* list, const std::string& text);
template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) throw std::bad_alloc();
}

// Resolved: a host's addresses as CURLOPT_RESOLVE wants them.
List Resolved(const std::string& host, std::uint16_t port, const std::vector<IpAddress>& addresses);

// TrustStore: the certificates to trust, as they were when they were looked at.
struct TrustStore {
  std::string path;
  FileState state;
  std::string pem;  // of two files; empty: those of `path`
  bool operator==(const TrustStore&) const = default;
};

// FindTrustStore: those of `ca_file`, with the system's besides where `system_ca` says so; of the system alone where
// `ca_file` is empty. The system's are in SSL_CERT_FILE, or in the distribution's file.
Result<TrustStore> FindTrustStore(const std::string& ca_file, bool system_ca);

// SetTls: TLS 1.2 or later with a server that `trusted` vouches for, under the name that it was asked for by.
void SetTls(CURL* easy, const TrustStore& trusted);

// ShowsHostNames: whether the server's certificate, once its handshake is over, names hosts at all. Where it does not,
// libcurl takes its subject for a name, which RFC 9525 section 6.3 forbids: to be asked before anything is sent.
bool ShowsHostNames(CURL* easy);

}  // namespace assay::remote
