// Which kinds of names a server's certificate has.
#pragma once

#include <string_view>

namespace assay::remote {

// NamesHosts: whether the subjectAltName of a certificate (PEM; RFC 5280 section 4.2.1.6) has a dNSName or an
// iPAddress. False for what is no certificate. Whether a name is the wanted one is not looked at.
bool NamesHosts(std::string_view pem);

}  // namespace assay::remote
