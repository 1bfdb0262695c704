// Shapes: what a value that someone gives for a provider's configuration may look like. Each gives what is wrong, or
// nothing. Whatever goes into a URL is held to characters that cannot change which URL it is; whatever else is compared
// with claims has no spelling that people take for another: ASCII alone, no quotes, braces or wildcards.
#pragma once

#include <string_view>

namespace assay::cli {

using Shape = std::string_view (*)(std::string_view value);

// AnyText: an identifier that the provider or its administrator chose. Word: one of A-Z a-z 0-9 . _ - alone. LowerWord:
// one of a-z 0-9 - alone.
std::string_view AnyText(std::string_view value);
std::string_view Word(std::string_view value);
std::string_view LowerWord(std::string_view value);
std::string_view Digits(std::string_view value);
std::string_view Guid(std::string_view value);      // as Entra writes them, in lower case
std::string_view HexTag(std::string_view value);    // 64 digits, in lower case
std::string_view HostName(std::string_view value);  // in lower case, with a dot, without a port

// IssuerUrl: an https: URL without query, to be compared byte for byte. RealmUrl: one of Keycloak's. OktaServer: one of
// a custom authorization server. Origin: scheme, host and port of a web page.
std::string_view IssuerUrl(std::string_view value);
std::string_view RealmUrl(std::string_view value);
std::string_view OktaServer(std::string_view value);
std::string_view Origin(std::string_view value);

std::string_view EntraAudience(std::string_view value);
std::string_view CognitoPool(std::string_view value);
std::string_view CloudflareTeam(std::string_view value);
std::string_view IapAudience(std::string_view value);
std::string_view GitRef(std::string_view value);
std::string_view ServiceAccount(std::string_view value);
std::string_view TrustDomain(std::string_view value);
std::string_view SpiffeId(std::string_view value);

}  // namespace assay::cli
