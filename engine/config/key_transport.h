// What of a KeyTransport contradicts the key source that it belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address_class.h"
#include "engine/base/url.h"
#include "engine/config/config.h"
#include "engine/config/member_defect.h"

namespace assay {

// SourceUrl: where the first request goes for keys that are fetched. Fails where no fetch would go there, and names the
// way out where there is one. `rule` stands before what is wrong with text that is no URL.
Result<Url> SourceUrl(const IssuerConfig& issuer, std::string_view rule = {});

// FindTransportDefects: of an issuer whose URL, if it has one, is sound.
std::vector<MemberDefect> FindTransportDefects(const IssuerConfig& issuer);

// WrittenAddressClass: the class of a host that is written as an address; nothing for a name.
std::optional<AddressClass> WrittenAddressClass(const Url& url);

// PlainHttpOf: to whom the source's URL may lead by plain http.
Url::PlainHttp PlainHttpOf(const KeySource& source);

}  // namespace assay
