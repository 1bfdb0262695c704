#include "engine/config/key_transport.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <span>

#include "engine/base/proxy_url.h"

namespace assay {
namespace {

// Defects: those found so far.
class Defects {
 public:
  // RefuseIf: for a member that is there, and must not be.
  void RefuseIf(bool is_wrong, std::string_view member, std::string why) {
    if (is_wrong) found_.push_back({member, std::move(why)});
  }
  std::vector<MemberDefect> Take() { return std::move(found_); }

 private:
  std::vector<MemberDefect> found_;
};

// IsDiscoverable: whether metadata can be asked for: of one issuer that has one name.
bool IsDiscoverable(const PolicyConfig& policy) {
  return policy.issuer_aliases.empty() && policy.issuer_template.pattern.empty() && policy.subject_trust_domain.empty();
}

void CheckPlainHttp(const IssuerConfig& issuer, const Url& url, Defects* defects) {
  constexpr std::string_view kMember = "plain_http_is_dangerous";
  const KeyTransport& transport = issuer.keys.transport;
  if (!transport.plain_http_is_dangerous) return;
  // Metadata by plain http would let whoever is on the way name any key set.
  if (issuer.keys.kind != KeySource::Kind::kUrl) {
    const std::string_view way_out = url.https ? "" : ": give the keys' url, that of a JWK Set";
    return defects->RefuseIf(true, kMember, "is for a url only" + std::string(way_out));
  }
  defects->RefuseIf(url.https, kMember, "says nothing of an https: URL: leave it out");
  defects->RefuseIf(!url.https && WrittenAddressClass(url) == AddressClass::kPublic, kMember,
                    "is for private addresses, and this URL names a public one");
  defects->RefuseIf(!transport.proxy.value_or("").empty(), kMember, "cannot be together with a proxy");
}

void CheckProxy(const KeyTransport& transport, const Url& url, Defects* defects) {
  const std::string proxy = transport.proxy.value_or("");
  if (proxy.empty()) {
    const bool exempts = !transport.no_proxy.value_or("").empty();
    return defects->RefuseIf(transport.proxy && exempts, "no_proxy",
                             "says nothing where proxy says that there is none");
  }
  const Result<Authority> parsed = ParseProxy(proxy);
  defects->RefuseIf(!parsed, "proxy", parsed ? "" : "is " + parsed.error());
  defects->RefuseIf(!url.https, "proxy", "is for https only");
}

// PlainHttpHint: goes on after the refusal of the URL to which the first request would go, where nothing but plain http
// is wrong with it; else empty.
std::string PlainHttpHint(const IssuerConfig& issuer, std::string_view url) {
  if (!Url::Parse(url, Url::PlainHttp::kAnywhere)) return "";
  const std::string where = ", or, for a host in a network that nobody else can be in, ";
  if (issuer.keys.kind == KeySource::Kind::kUrl) {
    return where + "say plain_http_is_dangerous (as an option: --plain-http-is-dangerous)";
  }
  // Of metadata and certificates that is never said.
  return where +
         "give the keys' url, for which plain_http_is_dangerous can be said (as options: --jwks URL "
         "--plain-http-is-dangerous)";
}

}  // namespace

std::optional<AddressClass> WrittenAddressClass(const Url& url) {
  std::array<std::uint8_t, 16> address{};
  const bool is_v6 = url.host_kind == HostKind::kIpv6;
  if (url.host_kind == HostKind::kName) return std::nullopt;
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, url.host.c_str(), address.data()) != 1) return AddressClass::kForbidden;
  return ClassOfAddress(std::span(address).first(is_v6 ? 16 : 4));
}

Url::PlainHttp PlainHttpOf(const KeySource& source) {
  return source.transport.plain_http_is_dangerous ? Url::PlainHttp::kAnywhere : Url::PlainHttp::kThisMachine;
}

Result<Url> SourceUrl(const IssuerConfig& issuer, std::string_view rule) {
  const bool discovers = issuer.keys.kind == KeySource::Kind::kDiscover;
  if (discovers && !IsDiscoverable(issuer.policy)) {
    return Error{"keys are discovered for one issuer by its one name; give the keys' url"};
  }
  const std::string& text = discovers ? issuer.policy.issuer : issuer.keys.value;
  Result<Url> url = Url::Parse(text, discovers ? Url::PlainHttp::kThisMachine : PlainHttpOf(issuer.keys));
  if (!url) return Error{std::string(rule) + url.error() + PlainHttpHint(issuer, text)};
  // No option lets a fetch go to an address that is no host's.
  if (WrittenAddressClass(*url) == AddressClass::kForbidden) return Error{url->host + " may not be connected to"};
  // Metadata is looked for below the issuer's path (RFC 8414 section 3.1), and the issuer has no query (section 2).
  if (discovers && url->target.find('?') != std::string::npos) return Error{"the issuer has a query"};
  return url;
}

std::vector<MemberDefect> FindTransportDefects(const IssuerConfig& issuer) {
  const KeyTransport& transport = issuer.keys.transport;
  Defects defects;
  if (!IsFetched(issuer.keys)) {
    constexpr char kNotFetched[] = "says nothing of keys that are not fetched";
    defects.RefuseIf(!transport.ca_file.empty(), "ca_file", kNotFetched);
    defects.RefuseIf(transport.system_ca, "system_ca", kNotFetched);
    defects.RefuseIf(!transport.bearer_token_file.empty(), "bearer_token_file", kNotFetched);
    defects.RefuseIf(transport.proxy.has_value(), "proxy", kNotFetched);
    defects.RefuseIf(transport.no_proxy.has_value(), "no_proxy", kNotFetched);
    defects.RefuseIf(transport.plain_http_is_dangerous, "plain_http_is_dangerous", kNotFetched);
    defects.RefuseIf(transport.private_addresses, "private_addresses", kNotFetched);
    return defects.Take();
  }
  const Result<Url> url = SourceUrl(issuer);
  if (!url) return defects.Take();  // that is a defect of its own
  defects.RefuseIf(!transport.ca_file.empty() && !url->https, "ca_file", "vouches for nobody by plain http");
  defects.RefuseIf(transport.system_ca && transport.ca_file.empty(), "system_ca", "is so without a ca_file to add to");
  defects.RefuseIf(!transport.bearer_token_file.empty() && !url->https, "bearer_token_file",
                   "would be sent by plain http");
  CheckPlainHttp(issuer, *url, &defects);
  CheckProxy(transport, *url, &defects);
  return defects.Take();
}

}  // namespace assay
