// Proxy: an HTTP proxy through which https URLs are fetched, by CONNECT (RFC 9110 section 9.3.6).
//
// What the proxy connects to cannot be seen from here: the address of a name is the proxy's to find. So a name that a
// document brings must be of the origin that the document came from: see Discover().
#pragma once

#include <string_view>

#include "engine/base/url.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

// IsExempt: whether `no_proxy` names the URL's host: `*`, or a list, with commas or blanks, of names (those below them
// included), addresses and networks (10.0.0.0/8). Entries that are none of these name nothing.
bool IsExempt(const Url& url, std::string_view no_proxy);

// UsesProxy: whether `url` is fetched through the request's proxy: not plain http, this machine, or what is exempt.
bool UsesProxy(const Url& url, const FetchRequest& request);

}  // namespace assay::remote
