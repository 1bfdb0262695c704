// Host names to addresses, with a deadline that getaddrinfo does not have.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/remote/address.h"
#include "engine/remote/patience.h"

namespace assay::remote {

// Gives a name's addresses as text, in the order in which to try them. May block; must stay callable
// after whoever asked has gone.
using ResolveFunction = std::function<Result<std::vector<std::string>>(const std::string& host)>;

// getaddrinfo.
Result<std::vector<std::string>> SystemResolve(const std::string& host);

struct Resolution {
  Patience::Outcome outcome = Patience::Outcome::kTimeout;
  std::vector<IpAddress> addresses;  // with kReady; empty for a reason
  std::string error;
};

// Runs `resolve` on a thread of its own, and leaves it there when patience ends first.
Resolution Resolve(const ResolveFunction& resolve, const std::string& host, const Patience& patience);

}  // namespace assay::remote
