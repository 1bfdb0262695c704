#include "engine/remote/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/remote/tls_context.h"

namespace assay::remote {

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

FetchStatus Connection::Fail(FetchStatus status, std::string error) {
  error_ = std::move(error);
  return status;
}

FetchStatus Connection::FailBy(Deadline::Outcome outcome, std::string_view doing) {
  if (outcome == Deadline::Outcome::kStopped) return Fail(FetchStatus::kStopped, "stopped");
  return Fail(FetchStatus::kTimeout, "timed out while " + std::string(doing));
}

FetchStatus Connection::Connect(const IpAddress& address, std::uint16_t port, std::chrono::milliseconds at_most) {
  if (fd_ >= 0) ::close(fd_);
  sockaddr_storage to;
  const socklen_t size = address.ToSocket(port, &to);
  fd_ = ::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd_ < 0) return Fail(FetchStatus::kUnreachable, std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), size) == 0) return FetchStatus::kOk;
  int error = errno;
  if (error == EINPROGRESS || error == EINTR) {
    const Deadline::Outcome outcome = deadline_.Wait(fd_, POLLOUT, at_most);
    if (outcome != Deadline::Outcome::kReady) return FailBy(outcome, "connecting to " + address.Text());
    socklen_t length = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  }
  if (error == 0) return FetchStatus::kOk;
  return Fail(FetchStatus::kUnreachable, "cannot connect to " + address.Text() + ": " + std::strerror(error));
}

FetchStatus Connection::SendRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Fail(FetchStatus::kUnreachable, std::string("cannot send: ") + std::strerror(errno));
    const Deadline::Outcome outcome = deadline_.Wait(fd_, POLLOUT);
    if (outcome != Deadline::Outcome::kReady) return FailBy(outcome, "sending");
  }
  return FetchStatus::kOk;
}

FetchStatus Connection::ReceiveRaw(char* buffer, std::size_t size, std::size_t* received) {
  for (;;) {
    // Also where data is always there: an endless reply ends with the deadline.
    if (const auto outcome = deadline_.Check(); outcome != Deadline::Outcome::kReady)
      return FailBy(outcome, "receiving");
    const ssize_t got = ::recv(fd_, buffer, size, 0);
    if (got >= 0) {
      *received = static_cast<std::size_t>(got);
      return FetchStatus::kOk;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Fail(FetchStatus::kUnreachable, std::string("cannot receive: ") + std::strerror(errno));
    const Deadline::Outcome outcome = deadline_.Wait(fd_, POLLIN);
    if (outcome != Deadline::Outcome::kReady) return FailBy(outcome, "receiving");
  }
}

// Sends what TLS has put into its memory.
FetchStatus Connection::Flush() {
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  BIO* const out = SSL_get_wbio(ssl_.get());
  if (!BIO_mem_contents(out, &bytes, &size) || size == 0) return FetchStatus::kOk;
  const FetchStatus status = SendRaw({reinterpret_cast<const char*>(bytes), size});
  BIO_reset(out);
  return status;
}

// After a TLS call that gave `result` <= 0: brings the bytes that it waits for. kOk: call again.
FetchStatus Connection::Advance(int result, std::string_view doing, bool* peer_closed) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) {
    *peer_closed = true;
    return FetchStatus::kOk;
  }
  std::string why = error == SSL_ERROR_SSL ? TakeTlsError() : "";
  const FetchStatus flushed = Flush();  // an alert that says why, too
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    const long verdict = SSL_get_verify_result(ssl_.get());
    // Otherwise there is no verdict on a certificate, or an old one.
    const bool is_about_certificate = why == "CERTIFICATE_VERIFY_FAILED";
    if (is_about_certificate && verdict != X509_V_OK) why = X509_verify_cert_error_string(verdict);
    return Fail(FetchStatus::kTls, "TLS failed while " + std::string(doing) + ": " + why);
  }
  if (flushed != FetchStatus::kOk) return flushed;
  char buffer[16 * 1024];
  std::size_t received = 0;
  if (const FetchStatus status = ReceiveRaw(buffer, sizeof buffer, &received); status != FetchStatus::kOk)
    return status;
  if (received == 0) {
    return Fail(SSL_in_init(ssl_.get()) ? FetchStatus::kTls : FetchStatus::kMalformed,
                "the connection was cut while " + std::string(doing));
  }
  if (BIO_write(SSL_get_rbio(ssl_.get()), buffer, static_cast<int>(received)) != static_cast<int>(received)) {
    return Fail(FetchStatus::kTls, "out of memory");
  }
  return FetchStatus::kOk;
}

FetchStatus Connection::StartTls(SSL_CTX* context, const std::string& host, bool host_is_name) {
  ssl_.reset(SSL_new(context));
  bssl::UniquePtr<BIO> in(BIO_new(BIO_s_mem()));
  bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  if (ssl_ == nullptr || in == nullptr || out == nullptr || !ExpectHost(ssl_.get(), host, host_is_name)) {
    return Fail(FetchStatus::kTls, "TLS cannot be set up for this host");
  }
  // Empty memory means "not yet", not "the end".
  BIO_set_mem_eof_return(in.get(), -1);
  BIO_set_mem_eof_return(out.get(), -1);
  SSL_set_bio(ssl_.get(), in.release(), out.release());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return Flush();
    bool closed = false;
    const FetchStatus status = Advance(result, "shaking hands", &closed);
    if (status != FetchStatus::kOk) return status;
    if (closed) return Fail(FetchStatus::kTls, "the server closed the connection while shaking hands");
  }
}

FetchStatus Connection::Send(std::string_view bytes) {
  if (ssl_ == nullptr) return SendRaw(bytes);
  while (!bytes.empty()) {
    ERR_clear_error();
    const int written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    bool closed = false;
    const FetchStatus status = Advance(written, "sending", &closed);
    if (status != FetchStatus::kOk) return status;
    if (closed) return Fail(FetchStatus::kUnreachable, "the server closed the connection");
  }
  return Flush();
}

FetchStatus Connection::Receive(char* buffer, std::size_t size, std::size_t* received) {
  if (ssl_ == nullptr) return ReceiveRaw(buffer, size, received);
  for (;;) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
    if (got > 0) {
      *received = static_cast<std::size_t>(got);
      return FetchStatus::kOk;
    }
    bool closed = false;
    const FetchStatus status = Advance(got, "receiving", &closed);
    if (status != FetchStatus::kOk) return status;
    if (!closed) continue;
    *received = 0;
    return FetchStatus::kOk;
  }
}

}  // namespace assay::remote
