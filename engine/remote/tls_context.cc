#include "engine/remote/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace assay::remote {
namespace {

// Debian, Fedora, OpenSUSE, Alpine.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

Result<std::string> SystemBundle() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return std::string(named);
  struct stat info;
  for (const char* path : kSystemBundles) {
    if (::stat(path, &info) == 0) return std::string(path);
  }
  return Error{"no bundle of CA certificates is installed; name one"};
}

}  // namespace

Result<bssl::UniquePtr<SSL_CTX>> TlsContexts::Get(const std::string& ca_file) {
  std::string path = ca_file;
  if (path.empty()) {
    Result<std::string> system = SystemBundle();
    if (!system) return Error{system.error()};
    path = *system;
  }
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return Error{"the CA file " + path + " cannot be opened"};
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[path];
  const bool unchanged = entry.context != nullptr && entry.device == info.st_dev && entry.inode == info.st_ino &&
                         entry.modified.tv_sec == info.st_mtim.tv_sec && entry.modified.tv_nsec == info.st_mtim.tv_nsec;
  if (!unchanged) {
    bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    if (context == nullptr || !SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) ||
        !SSL_CTX_load_verify_locations(context.get(), path.c_str(), nullptr)) {
      return Error{"the CA file " + path + " cannot be used: " + TakeTlsError()};
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    ERR_clear_error();
    entry = {info.st_dev, info.st_ino, info.st_mtim, std::move(context)};
  }
  return bssl::UpRef(entry.context);
}

bool ExpectHost(SSL* ssl, const std::string& host, bool is_name) {
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (!is_name) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string TakeTlsError() {
  const std::uint32_t error = ERR_peek_last_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "unknown error" : reason;
}

}  // namespace assay::remote
