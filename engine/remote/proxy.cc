#include "engine/remote/proxy.h"

#include <absl/strings/str_split.h>

#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "engine/remote/address.h"

namespace assay::remote {
namespace {

// NamesAddress: whether `entry` is `address`, or a network that holds it.
bool NamesAddress(std::string_view entry, const IpAddress& address) {
  const std::size_t slash = entry.find('/');
  const std::optional<IpAddress> network = IpAddress::Parse(entry.substr(0, slash));
  if (!network || network->is_v6() != address.is_v6()) return false;
  const int all = network->is_v6() ? 128 : 32;
  const std::optional<int> bits = slash == entry.npos ? all : ParseNumber<int>(entry.substr(slash + 1));
  return bits && *bits >= 0 && *bits <= all && address.IsWithin(*network, *bits);
}

bool NamesHost(std::string_view entry, std::string_view host) {
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.ends_with('.')) entry.remove_suffix(1);
  if (entry.empty() || host.size() < entry.size()) return false;
  const std::size_t at = host.size() - entry.size();
  return EqualsIgnoreCase(host.substr(at), entry) && (at == 0 || host[at - 1] == '.');
}

}  // namespace

bool IsExempt(const Url& url, std::string_view no_proxy) {
  const std::optional<IpAddress> address = IpAddress::Parse(url.host);
  for (const std::string_view entry : absl::StrSplit(no_proxy, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (entry == "*" || (address ? NamesAddress(entry, *address) : NamesHost(entry, url.host))) return true;
  }
  return false;
}

bool UsesProxy(const Url& url, const FetchRequest& request) {
  return !request.proxy.empty() && url.https && !url.IsLoopback() && !IsExempt(url, request.no_proxy);
}

}  // namespace assay::remote
