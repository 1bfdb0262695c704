#include "engine/remote/resolve.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>

#include "engine/base/signals_blocked.h"

namespace assay::remote {
namespace {

// Answer: shared by the asking and the resolving thread.
struct Answer {
  bool Ended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return stopped || result.has_value(); }

  absl::Mutex mutex;
  std::optional<Result<std::vector<std::string>>> result ABSL_GUARDED_BY(mutex);
  bool stopped ABSL_GUARDED_BY(mutex) = false;
};

// Call: `resolve` on a thread that has no caller: what it throws, as when memory runs out, is its failure.
Result<std::vector<std::string>> Call(const ResolveFunction& resolve, const std::string& host) noexcept {
  try {
    try {
      return resolve(host);
    } catch (const std::exception& thrown) {
      return Error{thrown.what()};
    }
  } catch (...) {           // of another type, or no memory for its words
    return Error{"threw"};  // short enough to need none
  }
}

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
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, ::freeaddrinfo);
  std::vector<std::string> found;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address = nullptr;
    if (each->ai_family == AF_INET) address = &reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr;
    if (each->ai_family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr;
    if (address != nullptr && ::inet_ntop(each->ai_family, address, text, sizeof text) != nullptr)
      found.emplace_back(text);
  }
  return found;
}

Resolution Resolve(const ResolveFunction& resolve, const std::string& host, const Deadline& deadline) {
  Resolution resolution;
  const auto answer = std::make_shared<Answer>();
  try {
    const SignalsBlocked for_it;
    std::thread([answer, resolve, host] {
      Result<std::vector<std::string>> result = Call(resolve, host);
      const absl::MutexLock lock(&answer->mutex);
      answer->result.emplace(std::move(result));
    }).detach();
  } catch (const std::system_error& error) {
    resolution.outcome = Deadline::Outcome::kReady;
    resolution.error = error.what();
    return resolution;
  }
  const std::stop_callback stop(deadline.stop(), [&answer = *answer] {
    const absl::MutexLock lock(&answer.mutex);
    answer.stopped = true;
  });
  const absl::MutexLock lock(&answer->mutex);
  const absl::Duration left = absl::FromChrono(deadline.Left());
  if (!answer->mutex.AwaitWithTimeout(absl::Condition(answer.get(), &Answer::Ended), left)) {
    resolution.outcome = Deadline::Outcome::kTimeout;
    return resolution;
  }
  if (!answer->result) {
    resolution.outcome = Deadline::Outcome::kStopped;
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
