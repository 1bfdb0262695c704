// What of a KeyTransport contradicts the key source that it belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address_class.h"
#include "engine/base/url.h"
#include "engine/config/config.h"

namespace assay {

// TransportDefect: a member of `keys`, by its name in the configuration file, and why it may not stand there.
struct TransportDefect {
  std::string_view member;
  std::string why;
};

// FindTransportDefects: of an issuer whose URL, if it has one, is sound.
std::vector<TransportDefect> FindTransportDefects(const IssuerConfig& issuer);

// WrittenAddressClass: the class of a host that is written as an address; nothing for a name.
std::optional<AddressClass> WrittenAddressClass(const Url& url);

// PlainHttpOf: to whom the source's URL may lead by plain http.
Url::PlainHttp PlainHttpOf(const KeySource& source);

// PlainHttpHint: goes on after the refusal of the source's URL, where nothing but plain http is wrong with it; else
// empty.
std::string PlainHttpHint(const KeySource& source);

}  // namespace assay
