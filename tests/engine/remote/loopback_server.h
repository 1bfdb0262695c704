// LoopbackServer: a server on 127.0.0.1 that does whatever a test tells it, politely or not.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/engine/remote/test_ca.h"

namespace assay::testing {

// The server's side of one connection.
class Peer {
 public:
  Peer(int fd, SSL_CTX* context);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // The TLS handshake; nothing to do without TLS. False when it fails.
  bool Accept();
  // The request's head; empty when the client has gone.
  std::string ReadRequest();
  // False once the client has gone.
  bool Send(std::string_view bytes);
  // Sends a whole response. `fields` is whole lines.
  bool Reply(std::string_view body, std::string_view fields = "", std::string_view status = "200 OK");
  // Ends the connection with a TCP reset.
  void Reset();
  // Ends TCP without TLS's goodbye.
  void Cut();
  // Passes bytes on to 127.0.0.1 and this port, and back, until one side closes. Without TLS of its own.
  void Relay(int port);
  // Waits until the client has closed.
  void AwaitClose();

 private:
  int fd_;
  bssl::UniquePtr<SSL> ssl_;
};

class LoopbackServer {
 public:
  using Handler = std::function<void(Peer&)>;

  // Plain HTTP, or TLS with this certificate, up to a version (0: any). Handlers run on a thread for each connection.
  explicit LoopbackServer(Handler handler, const Certificate* certificate = nullptr, int max_tls_version = 0);
  ~LoopbackServer();

  std::string Url(std::string_view target = "/jwks", std::string_view host = "127.0.0.1") const;
  int port() const { return port_; }
  int connections() const { return connections_; }

  // Every later connection gets this handler.
  void SetHandler(Handler handler);
  // The listening socket closes: connections are refused from here on.
  void Refuse();

 private:
  void Listen();

  int listen_fd_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  bssl::UniquePtr<SSL_CTX> context_;
  std::mutex mutex_;
  Handler handler_;
  std::vector<int> open_fds_;
  std::vector<std::thread> threads_;
  std::thread listener_;
};

// A handler that gives every request this body with these fields.
LoopbackServer::Handler Serve(std::string body, std::string fields = "", std::string status = "200 OK");

}  // namespace assay::testing
