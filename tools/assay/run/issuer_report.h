// What a configuration says of an issuer, for people.
#pragma once

#include <string>

#include "engine/config/config.h"

namespace assay::cli {

// AppendIssuer: its name on a line, and below it a line for everything that its tokens must satisfy and for where its
// keys come from. No secrets.
void AppendIssuer(std::string* out, const IssuerConfig& issuer);

}  // namespace assay::cli
