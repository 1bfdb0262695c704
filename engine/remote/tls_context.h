// TlsContexts: whom to trust, read from a CA bundle and read again when that has changed.
#pragma once

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <map>
#include <mutex>
#include <string>

#include "engine/base/result.h"

namespace assay::remote {

class TlsContexts {
 public:
  // Get: a client's context that trusts the certificates of `ca_file` (PEM; empty: the system's bundle, or
  // SSL_CERT_FILE's) and verifies servers by them: TLS 1.2 or later. Thread-safe.
  Result<bssl::UniquePtr<SSL_CTX>> Get(const std::string& ca_file);

 private:
  struct Entry {
    dev_t device = 0;
    ino_t inode = 0;
    timespec modified = {};
    bssl::UniquePtr<SSL_CTX> context;
  };

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

// ExpectHost: prepares `ssl` to accept a certificate for this host alone: a DNS name (also sent as SNI) or an IP
// address, matched against subjectAltName, never against the subject (RFC 9525 section 6.3). False when the host cannot
// be matched at all.
bool ExpectHost(SSL* ssl, const std::string& host, bool is_name);

// TakeTlsError: the newest error of BoringSSL's queue, which is emptied.
std::string TakeTlsError();

}  // namespace assay::remote
