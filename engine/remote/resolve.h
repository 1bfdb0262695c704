// Name resolution (DNS) with a deadline, which getaddrinfo lacks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/remote/address.h"
#include "engine/remote/deadline.h"

namespace assay::remote {

// ResolveFunction: gives a name's addresses as text, in the order in which to try them. May block; must stay callable
// after whoever asked has gone. What it throws is a failure to resolve.
using ResolveFunction = std::function<Result<std::vector<std::string>>(const std::string& host)>;

// SystemResolve: getaddrinfo.
Result<std::vector<std::string>> SystemResolve(const std::string& host);

struct Resolution {
  Deadline::Outcome outcome = Deadline::Outcome::kTimeout;
  std::vector<IpAddress> addresses;  // with kReady; empty for a reason
  std::string error;
};

// Resolve: runs `resolve` on a detached thread, and abandons it there at the deadline.
Resolution Resolve(const ResolveFunction& resolve, const std::string& host, const Deadline& deadline);

}  // namespace assay::remote
