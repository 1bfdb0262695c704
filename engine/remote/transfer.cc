#include "engine/remote/transfer.h"

#include <absl/base/thread_annotations.h>
#include <absl/strings/str_replace.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <stop_token>

#include "engine/remote/curl.h"

namespace assay::remote {
namespace {

using State = http1::ResponseReader::State;

// Exchange: the state of one transfer, which libcurl's callbacks see.
struct Exchange {
  const std::vector<IpAddress>& addresses;
  std::uint16_t port;
  bool is_https;
  http1::ResponseReader* response;
  CURL* easy;
  bool out_of_memory = false;
  bool went_astray = false;   // libcurl wanted to connect to another address
  bool has_no_names = false;  // the server's certificate names no host
  bool is_closed = false;     // by TLS's own close_notify
};

// Feed: hands bytes of the response to the reader. No exception may pass through libcurl.
State Feed(Exchange* exchange, std::string_view bytes) noexcept {
  try {
    return exchange->response->Feed(bytes);
  } catch (const std::bad_alloc&) {
    exchange->out_of_memory = true;
    return State::kTooLarge;
  }
}

// FeedBody: libcurl stops at once where the reader takes no more.
std::size_t FeedBody(char* bytes, std::size_t, std::size_t count, void* exchange) {
  return Feed(static_cast<Exchange*>(exchange), {bytes, count}) == State::kMore ? count : CURL_WRITEFUNC_ERROR;
}

// FeedHead: of a line of the head. A head that is all there is ends by libcurl's own count.
std::size_t FeedHead(char* bytes, std::size_t, std::size_t count, void* exchange) {
  const State state = Feed(static_cast<Exchange*>(exchange), {bytes, count});
  return state == State::kMore || state == State::kDone ? count : CURL_WRITEFUNC_ERROR;
}

// OpenSocket: the second guard on the address, whatever libcurl has made of CURLOPT_RESOLVE.
curl_socket_t OpenSocket(void* context, curlsocktype purpose, curl_sockaddr* to) {
  auto& exchange = *static_cast<Exchange*>(context);
  const bool is_ours = std::any_of(exchange.addresses.begin(), exchange.addresses.end(), [&](const IpAddress& address) {
    sockaddr_storage wanted;
    return address.ToSocket(exchange.port, &wanted) == to->addrlen && std::memcmp(&wanted, &to->addr, to->addrlen) == 0;
  });
  if (!is_ours || purpose != CURLSOCKTYPE_IPCXN) {
    exchange.went_astray = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

// CheckNames: before anything is sent.
int CheckNames(void* context, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.has_no_names = !ShowsHostNames(exchange.easy);
  return exchange.has_no_names ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// WatchClosing: libcurl takes a connection that was cut for one that was closed. Of TLS messages, only an alert has two
// bytes: its level and what it says (RFC 8446 section 6; close_notify is 0).
int WatchClosing(CURL*, curl_infotype type, char* bytes, std::size_t size, void* exchange) {
  if (type == CURLINFO_SSL_DATA_IN && size == 2 && bytes[1] == 0) static_cast<Exchange*>(exchange)->is_closed = true;
  return 0;
}

FetchStatus StatusOf(CURLcode code, long os_error) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
      return FetchStatus::kUnreachable;
    case CURLE_RECV_ERROR:
      return os_error == ECONNRESET ? FetchStatus::kUnreachable : FetchStatus::kMalformed;
    case CURLE_OPERATION_TIMEDOUT:
      return FetchStatus::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
      return FetchStatus::kTls;
    default:
      return FetchStatus::kMalformed;
  }
}

// RequestFields: what the request says besides what libcurl writes by itself.
List RequestFields(const FetchRequest& request) {
  List fields;
  Append(&fields, "Accept: application/jwk-set+json, application/json");
  Append(&fields, "Accept-Encoding: identity");
  Append(&fields, "Connection: close");
  if (!request.etag.empty()) Append(&fields, "If-None-Match: " + request.etag);
  if (!request.bearer_token.empty()) Append(&fields, "Authorization: Bearer " + request.bearer_token);
  return fields;
}

// Run: performs the one transfer of `easy` until it ends, the deadline passes or a stop is requested. `*sound`: `multi`
// is as good as before.
CURLcode Run(CURLM* multi, CURL* easy, const Deadline& deadline, Deadline::Outcome* outcome, bool* sound) {
  const std::stop_callback wake(deadline.stop(), [multi] { curl_multi_wakeup(multi); });
  CURLMcode state = curl_multi_add_handle(multi, easy);
  for (int running = 1; state == CURLM_OK && running > 0;) {
    *outcome = deadline.Check();
    if (*outcome != Deadline::Outcome::kReady) break;
    state = curl_multi_perform(multi, &running);
    const auto left = std::min(deadline.Left(), std::chrono::milliseconds(1000));
    if (state == CURLM_OK && running > 0) {
      state = curl_multi_poll(multi, nullptr, 0, static_cast<int>(left.count()), nullptr);
    }
  }
  CURLcode code = CURLE_FAILED_INIT;
  int more = 0;
  if (const CURLMsg* const message = curl_multi_info_read(multi, &more)) code = message->data.result;
  *sound = curl_multi_remove_handle(multi, easy) == CURLM_OK && state == CURLM_OK;
  return code;
}

// SetConnection: by which way.
void SetConnection(Exchange* exchange, const Deadline& deadline) {
  CURL* const easy = exchange->easy;
  const long left = static_cast<long>(std::max<std::int64_t>(deadline.Left().count(), 1));
  Set(easy, CURLOPT_PROTOCOLS_STR, exchange->is_https ? "https" : "http");
  Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(easy, CURLOPT_PATH_AS_IS, 1L);
  Set(easy, CURLOPT_USERAGENT, "assay");
  Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  Set(easy, CURLOPT_FRESH_CONNECT, 1L);
  Set(easy, CURLOPT_FORBID_REUSE, 1L);
  Set(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  Set(easy, CURLOPT_OPENSOCKETDATA, exchange);
  Set(easy, CURLOPT_TIMEOUT_MS, left);
  Set(easy, CURLOPT_CONNECTTIMEOUT_MS, left);
}

// ProxyCredential: as libcurl wants it: before 8.8 it decodes percent signs once more.
std::string ProxyCredential(const std::string& text) {
  if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080800) return text;
  return absl::StrReplaceAll(text, {{"%", "%25"}});
}

// SetProxy: the proxy's answer to CONNECT is none of the response.
void SetProxy(CURL* easy, const Authority& proxy) {
  Set(easy, CURLOPT_PROXY, ("http://" + proxy.HostText() + ":" + std::to_string(*proxy.port)).c_str());
  Set(easy, CURLOPT_NOPROXY, "");
  Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // the request's fields are none of CONNECT's
  if (proxy.password.empty()) return;
  Set(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  Set(easy, CURLOPT_PROXYUSERNAME, ProxyCredential(proxy.user).c_str());
  Set(easy, CURLOPT_PROXYPASSWORD, ProxyCredential(proxy.password).c_str());
}

// SetResponse: to whom. Chunks are the reader's to judge; so it is also who knows where they end.
void SetResponse(Exchange* exchange) {
  CURL* const easy = exchange->easy;
  Set(easy, CURLOPT_HTTP_TRANSFER_DECODING, 0L);
  Set(easy, CURLOPT_HEADERFUNCTION, FeedHead);
  Set(easy, CURLOPT_HEADERDATA, exchange);
  Set(easy, CURLOPT_WRITEFUNCTION, FeedBody);
  Set(easy, CURLOPT_WRITEDATA, exchange);
}

// SetTlsChecks: what libcurl leaves to us.
void SetTlsChecks(Exchange* exchange) {
  CURL* const easy = exchange->easy;
  Set(easy, CURLOPT_PREREQFUNCTION, CheckNames);
  Set(easy, CURLOPT_PREREQDATA, exchange);
  Set(easy, CURLOPT_VERBOSE, 1L);
  Set(easy, CURLOPT_DEBUGFUNCTION, WatchClosing);
  Set(easy, CURLOPT_DEBUGDATA, exchange);
}

// Conclude: what came of it. What the reader says of the bytes that came goes before what libcurl says of them.
FetchStatus Conclude(const Exchange& exchange, CURLcode code, Deadline::Outcome outcome, std::string* error) {
  if (exchange.out_of_memory) throw std::bad_alloc();
  if (outcome != Deadline::Outcome::kReady) {
    *error = outcome == Deadline::Outcome::kStopped ? "stopped" : "timed out";
    return outcome == Deadline::Outcome::kStopped ? FetchStatus::kStopped : FetchStatus::kTimeout;
  }
  if (exchange.went_astray) return FetchStatus::kForbiddenAddress;
  if (exchange.has_no_names) {
    *error = "TLS failed: the server's certificate names no host in its subjectAltName";
    return FetchStatus::kTls;
  }
  const bool has_ended = code == CURLE_OK && (!exchange.is_https || exchange.is_closed);
  const State state = has_ended ? exchange.response->End() : exchange.response->state();
  if (state == State::kDone) return FetchStatus::kOk;
  if (state != State::kMore) {
    *error = exchange.response->defect();
    return state == State::kTooLarge ? FetchStatus::kTooLarge : FetchStatus::kMalformed;
  }
  if (code == CURLE_OK) {
    *error = "the connection was cut while receiving";
    return FetchStatus::kMalformed;
  }
  long os_error = 0;
  curl_easy_getinfo(exchange.easy, CURLINFO_OS_ERRNO, &os_error);
  const FetchStatus status = StatusOf(code, os_error);
  if (status == FetchStatus::kTls) *error = "TLS failed (" + std::string(curl_easy_strerror(code)) + "): " + *error;
  return status;
}

}  // namespace

// Transfers::Pool: libcurl's multi handles that are idle. One of them keeps the certificates that it has read, some 25
// ms of work for the distribution's, and is used for these alone: a file that has changed gets another handle.
class Transfers::Pool {
 public:
  struct Handle {
    Multi multi;
    TrustStore trusted;
  };

  Handle Take(const TrustStore& trusted) {
    {
      const absl::MutexLock lock(&mutex_);
      std::erase_if(
          idle_, [&](const Handle& each) { return each.trusted.path == trusted.path && !(each.trusted == trusted); });
      const auto found =
          std::find_if(idle_.begin(), idle_.end(), [&](const Handle& each) { return each.trusted == trusted; });
      if (found != idle_.end()) {
        Handle handle = std::move(*found);
        idle_.erase(found);
        return handle;
      }
    }
    Handle handle{Multi(curl_multi_init()), trusted};
    if (!handle.multi) throw std::bad_alloc();
    return handle;
  }

  void Return(Handle handle) {
    const absl::MutexLock lock(&mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(handle));
  }

 private:
  static constexpr std::size_t kMaxIdle = 32;
  absl::Mutex mutex_;
  std::vector<Handle> idle_ ABSL_GUARDED_BY(mutex_);
};

Transfers::Transfers() : pool_(std::make_unique<Pool>()) {}
Transfers::~Transfers() = default;

FetchStatus Transfers::Get(const Url& url, const FetchRequest& request, const Route& route, const Deadline& deadline,
                           http1::ResponseReader* response, std::string* error) {
  TrustStore trusted;
  if (url.https) {
    Result<TrustStore> found = FindTrustStore(request.ca_file, request.system_ca);
    if (!found) {
      *error = found.error();
      return FetchStatus::kTls;
    }
    trusted = std::move(*found);
  }
  const std::string text = (url.https ? "https://" : "http://") + url.Authority() + url.target;
  const List fields = RequestFields(request);
  const std::string& host = route.proxy ? route.proxy->host : url.host;
  const std::uint16_t port = route.proxy ? *route.proxy->port : url.port;
  // An address as the host needs no resolution, and libcurl cannot read the entry of an IPv6 one.
  const List resolved = IpAddress::Parse(host) ? nullptr : Resolved(host, port, route.addresses);
  char why[CURL_ERROR_SIZE] = "";
  Exchange exchange{route.addresses, port, url.https, response, nullptr};
  const Easy easy = MakeEasy();  // ends before what it points to
  exchange.easy = easy.get();
  Set(easy.get(), CURLOPT_ERRORBUFFER, why);
  Set(easy.get(), CURLOPT_URL, text.c_str());
  Set(easy.get(), CURLOPT_HTTPHEADER, fields.get());
  Set(easy.get(), CURLOPT_RESOLVE, resolved.get());
  SetConnection(&exchange, deadline);
  if (route.proxy) SetProxy(easy.get(), *route.proxy);
  SetResponse(&exchange);
  if (url.https) {
    SetTls(easy.get(), trusted);
    SetTlsChecks(&exchange);
  }

  Pool::Handle handle = pool_->Take(trusted);
  Deadline::Outcome outcome = Deadline::Outcome::kReady;
  bool sound = false;
  const CURLcode code = Run(handle.multi.get(), easy.get(), deadline, &outcome, &sound);
  if (sound) pool_->Return(std::move(handle));
  *error = why[0] != '\0' ? why : curl_easy_strerror(code);
  return Conclude(exchange, code, outcome, error);
}

}  // namespace assay::remote
