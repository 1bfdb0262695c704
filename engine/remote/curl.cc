#include "engine/remote/curl.h"

#include <cstdlib>
#include <string_view>

#include "engine/remote/certificate_names.h"
#include "engine/remote/key_request.h"

namespace assay::remote {
namespace {

std::string SystemStore() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return named;
  static const char* const usual = curl_version_info(CURLVERSION_NOW)->cainfo;
  return usual == nullptr ? "" : usual;
}

}  // namespace

Easy MakeEasy() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  Easy easy(initialized == CURLE_OK ? curl_easy_init() : nullptr);
  if (!easy) throw std::bad_alloc();
  Set(easy.get(), CURLOPT_PROXY, "");
  Set(easy.get(), CURLOPT_NOPROXY, "*");
  Set(easy.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(easy.get(), CURLOPT_NOSIGNAL, 1L);
  return easy;
}

void Append(List* list, const std::string& text) {
  curl_slist* const longer = curl_slist_append(list->get(), text.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list->release();
  list->reset(longer);
}

List Resolved(const std::string& host, std::uint16_t port, const std::vector<IpAddress>& addresses) {
  std::string entry = host + ":" + std::to_string(port) + ":";
  for (const IpAddress& address : addresses) {
    if (entry.back() != ':') entry += ',';
    entry += address.is_v6() ? "[" + address.Text() + "]" : address.Text();
  }
  List list;
  Append(&list, entry);
  return list;
}

Result<TrustStore> FindTrustStore(const std::string& ca_file, bool system_ca) {
  TrustStore found{ca_file.empty() ? SystemStore() : ca_file, {}, {}};
  Result<File> file = File::Open(found.path);
  if (!file) return Error{"the CA file " + found.path + " cannot be opened"};
  found.state = file->state();
  if (ca_file.empty() || !system_ca) return found;
  const std::string system = SystemStore();
  Result<std::string> both = ReadWholeFile(system, kMaxPemBytes);
  const Result<std::string> own = file->Read(kMaxPemBytes);
  if (!both || !own) return Error{"the CA file " + (own ? system : found.path) + " cannot be read"};
  found.pem = std::move(*both) + "\n" + *own;
  return found;
}

void SetTls(CURL* easy, const TrustStore& trusted) {
  Set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (trusted.pem.empty()) {
    Set(easy, CURLOPT_CAINFO, trusted.path.c_str());
  } else {
    curl_blob pem{const_cast<char*>(trusted.pem.data()), trusted.pem.size(), CURL_BLOB_COPY};
    Set(easy, CURLOPT_CAINFO_BLOB, &pem);
  }
  Set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  // A root must be at the end, not whatever certificate the file holds.
  Set(easy, CURLOPT_SSL_OPTIONS, static_cast<long>(CURLSSLOPT_NO_PARTIALCHAIN));
  // A resumed session shows no certificate, which ShowsHostNames() wants to see.
  Set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  Set(easy, CURLOPT_CERTINFO, 1L);
}

// What CERTINFO says of the subjectAltName itself is text for people, in which an e-mail address can pass for a host's
// name: the certificate is read instead.
bool ShowsHostNames(CURL* easy) {
  constexpr std::string_view kCertificate = "Cert:";
  curl_certinfo* chain = nullptr;
  const bool shown =
      curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) == CURLE_OK && chain != nullptr && chain->num_of_certs > 0;
  for (const curl_slist* line = shown ? chain->certinfo[0] : nullptr; line != nullptr; line = line->next) {
    const std::string_view text(line->data);
    if (text.starts_with(kCertificate)) return NamesHosts(text.substr(kCertificate.size()));
  }
  return false;
}

}  // namespace assay::remote
