#include "tests/engine/remote/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "engine/base/check.h"

namespace assay::testing {

Peer::Peer(int fd, SSL_CTX* context) : fd_(fd) {
  if (context == nullptr) return;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd_);
}

Peer::~Peer() {
  if (ssl_ != nullptr && fd_ >= 0) SSL_shutdown(ssl_.get());
}

bool Peer::Accept() { return ssl_ == nullptr || SSL_accept(ssl_.get()) == 1; }

std::string Peer::ReadRequest() {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got =
        ssl_ != nullptr ? SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return "";
    request.append(buffer, static_cast<std::size_t>(got));
  }
  return request;
}

bool Peer::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                         : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::Reply(std::string_view body, std::string_view fields, std::string_view status) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  return Send(text.append(fields).append("\r\n").append(body));
}

void Peer::Reset() {
  const linger now = {1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Cut();
}

void Peer::Cut() {
  ssl_.reset();
  // The number stays taken until the server closes it: a reset happens at close, which dup2 is.
  const int null = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::dup2(null, fd_);
  ::close(null);
  fd_ = -1;
}

void Peer::Relay(int port) {
  const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ASSAY_CHECK(::connect(to, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  for (bool open = true; open;) {
    pollfd ends[] = {{fd_, POLLIN, 0}, {to, POLLIN, 0}};
    if (::poll(ends, 2, -1) <= 0) continue;
    for (const int from : {0, 1}) {
      if (ends[from].revents == 0) continue;
      char buffer[4096];
      const ssize_t got = ::recv(ends[from].fd, buffer, sizeof buffer, 0);
      open = got > 0 && ::send(ends[1 - from].fd, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
      if (!open) break;
    }
  }
  ::close(to);
}

void Peer::AwaitClose() {
  char buffer[4096];
  while (fd_ >= 0 && ::recv(fd_, buffer, sizeof buffer, 0) > 0) {
  }
}

LoopbackServer::LoopbackServer(Handler handler, const Certificate* certificate, int max_tls_version)
    : handler_(std::move(handler)) {
  if (certificate != nullptr) {
    context_.reset(SSL_CTX_new(TLS_server_method()));
    ASSAY_CHECK(max_tls_version == 0 ||
                (SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION) &&
                 SSL_CTX_set_max_proto_version(context_.get(), static_cast<std::uint16_t>(max_tls_version))));
    ASSAY_CHECK(SSL_CTX_use_certificate(context_.get(), certificate->x509.get()) &&
                SSL_CTX_use_PrivateKey(context_.get(), certificate->key.get()));
  }
  listen_fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSAY_CHECK(::bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listen_fd_, 256) == 0 &&
              ::getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  listener_ = std::thread([this] { Listen(); });
}

LoopbackServer::~LoopbackServer() {
  Refuse();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_fds_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void LoopbackServer::Refuse() {
  if (!listener_.joinable()) return;
  ::shutdown(listen_fd_, SHUT_RDWR);
  listener_.join();
  ::close(listen_fd_);
}

void LoopbackServer::SetHandler(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

std::string LoopbackServer::Url(std::string_view target, std::string_view host) const {
  return (context_ != nullptr ? "https://" : "http://") + std::string(host) + ':' + std::to_string(port_) +
         std::string(target);
}

void LoopbackServer::Listen() {
  // A client that has gone must not end the test; only these threads are spared the signal, so that
  // one of the client's own would show.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (;;) {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    open_fds_.push_back(fd);
    threads_.emplace_back([this, fd, handler = handler_] {
      {
        Peer peer(fd, context_.get());
        if (peer.Accept()) handler(peer);
      }
      const std::lock_guard inner(mutex_);
      std::erase(open_fds_, fd);
      ::close(fd);
    });
  }
}

LoopbackServer::Handler Serve(std::string body, std::string fields, std::string status) {
  return [=](Peer& peer) {
    if (!peer.ReadRequest().empty()) peer.Reply(body, fields, status);
  };
}

}  // namespace assay::testing
