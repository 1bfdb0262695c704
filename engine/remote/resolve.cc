#include "engine/remote/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace assay::remote {
namespace {

// Answer: shared by the asking and the resolving thread.
struct Answer {
  std::mutex mutex;
  std::condition_variable_any there;
  std::optional<Result<std::vector<std::string>>> result;
};

}  // namespace

Result<std::vector<std::string>> SystemResolve(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error == EAI_NONAME || error == EAI_ADDRFAMILY) {
    // A machine with no address but loopback has no configured family, and still may name itself.
    hints.ai_flags = 0;
    error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (error != 0) return Error{::gai_strerror(error)};
  std::vector<std::string> found;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address = nullptr;
    if (each->ai_family == AF_INET) address = &reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr;
    if (each->ai_family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr;
    if (address != nullptr && ::inet_ntop(each->ai_family, address, text, sizeof text) != nullptr)
      found.emplace_back(text);
  }
  ::freeaddrinfo(list);
  return found;
}

Resolution Resolve(const ResolveFunction& resolve, const std::string& host, const Deadline& deadline) {
  Resolution resolution;
  const auto answer = std::make_shared<Answer>();
  try {
    std::thread([answer, resolve, host] {
      Result<std::vector<std::string>> result = resolve(host);
      const std::lock_guard lock(answer->mutex);
      answer->result.emplace(std::move(result));
      answer->there.notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    resolution.outcome = Deadline::Outcome::kReady;
    resolution.error = error.what();
    return resolution;
  }
  std::unique_lock lock(answer->mutex);
  if (!answer->there.wait_until(lock, deadline.stop(), deadline.end(), [&] { return answer->result.has_value(); })) {
    resolution.outcome = deadline.stop().stop_requested() ? Deadline::Outcome::kStopped : Deadline::Outcome::kTimeout;
    return resolution;
  }
  resolution.outcome = Deadline::Outcome::kReady;
  if (!*answer->result) {
    resolution.error = answer->result->error();
    return resolution;
  }
  for (const std::string& text : **answer->result) {
    if (const auto address = IpAddress::Parse(text)) resolution.addresses.push_back(*address);
  }
  if (resolution.addresses.empty()) resolution.error = "the name has no address";
  return resolution;
}

}  // namespace assay::remote
