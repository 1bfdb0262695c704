// Connection: a client socket to one address, plain or TLS. Every wait ends by the deadline.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "engine/remote/address.h"
#include "engine/remote/deadline.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

class Connection {
 public:
  // Connection: `deadline` must outlive it.
  explicit Connection(const Deadline& deadline) : deadline_(deadline) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Each gives kOk, or the status of the failure, of which error() tells more.

  // Connect: connects to this very address, whatever the host's name means meanwhile.
  FetchStatus Connect(const IpAddress& address, std::uint16_t port, std::chrono::milliseconds at_most);
  // StartTls: the handshake; the server must prove to be `host`.
  FetchStatus StartTls(SSL_CTX* context, const std::string& host, bool host_is_name);
  FetchStatus Send(std::string_view bytes);
  // Receive: some bytes; none at the orderly end. A TLS connection that ends without a close_notify is kMalformed:
  // anyone on the way can do that (truncation attack).
  FetchStatus Receive(char* buffer, std::size_t size, std::size_t* received);

  const std::string& error() const { return error_; }

 private:
  FetchStatus Fail(FetchStatus status, std::string error);
  FetchStatus FailBy(Deadline::Outcome outcome, std::string_view doing);
  FetchStatus SendRaw(std::string_view bytes);
  FetchStatus ReceiveRaw(char* buffer, std::size_t size, std::size_t* received);
  FetchStatus Flush();
  FetchStatus Advance(int result, std::string_view doing, bool* peer_closed);

  const Deadline& deadline_;
  int fd_ = -1;
  // ssl_: null for a plain connection. Its BIOs are memory BIOs: this class moves the bytes itself, with MSG_NOSIGNAL,
  // which BoringSSL's socket BIO does not know.
  bssl::UniquePtr<SSL> ssl_;
  std::string error_;
};

}  // namespace assay::remote
