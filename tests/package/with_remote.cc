// A host that uses OpenSSL 3 and libcurl itself: it serves keys by the one, fetches them by the other, and by
// assay::remote, which uses both, beside an engine with BoringSSL's functions of the same names.
#include <assay/engine.h>
#include <assay/remote/refresher.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace {

// Serves `body` once per connection, until the listening socket is shut down.
void Serve(int listening, SSL_CTX* context, const std::string& body) {
  for (int fd; (fd = ::accept(listening, nullptr, nullptr)) >= 0; ::close(fd)) {
    SSL* const ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    char request[4096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0) {
      const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
  }
}

// What the host's own libcurl fetches from there.
std::string Fetch(const std::string& url, const char* ca_file) {
  std::string body;
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t count, void* out) {
        static_cast<std::string*>(out)->append(bytes, count);
        return count;
      });
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_cleanup(easy);
  return code == CURLE_OK ? body : curl_easy_strerror(code);
}

}  // namespace

// A JWK Set's file, the issuer, a token, the server's certificate and its key.
int main(int argc, char** argv) {
  if (argc != 6) return 4;
  std::ifstream file(argv[1]);
  const std::string keys((std::istreambuf_iterator<char>(file)), {});
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(context, argv[4], SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, argv[5], SSL_FILETYPE_PEM) != 1) {
    return 4;
  }
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening, 8) != 0) return 4;
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  std::thread server([&] { Serve(listening, context, keys); });

  assay::IssuerConfig issuer;
  issuer.policy.issuer = argv[2];
  issuer.policy.audiences = {"https://mcp.example.com/mcp"};
  const std::string url = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/jwks";
  issuer.keys = {assay::KeySource::Kind::kUrl, url};
  bool same = Fetch(url, argv[4]) == keys;
  auto engine = assay::Engine::Create({.issuers = {issuer}});
  int result = 2;
  if (engine) {
    assay::remote::RefresherOptions options;
    options.ca_file = argv[4];
    assay::remote::Refresher refresher(*engine, options);
    refresher.Start();
    refresher.AwaitFirstFetches(std::chrono::seconds(20));
    assay::Worker worker(*engine);
    const assay::Verdict& verdict = worker.Validate(argv[3], std::time(nullptr));
    std::printf("%s %s %s %s\n", verdict.accepted() ? "accept" : "reject",
                std::string(assay::ReasonWord(verdict.reason())).c_str(),
                verdict.accepted() ? std::string(verdict.claims()->subject().value_or("")).c_str() : "",
                refresher.Status()[0].last_error.c_str());
    result = verdict.accepted() ? 0 : 1;
  }
  same &= Fetch(url, argv[4]) == keys;
  if (!same) result = 5;
  ::shutdown(listening, SHUT_RDWR);
  server.join();
  ::close(listening);
  SSL_CTX_free(context);
  return result;
}
