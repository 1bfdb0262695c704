// The member `keys` of an issuer in the configuration file: where its keys come from, and by which way.
#pragma once

#include "engine/config/config.h"
#include "engine/json/config_reader.h"

namespace assay {

// ReadKeySource: reads `keys` of `issuer`, whose name `config` has already.
void ReadKeySource(ConfigReader& reader, const ConfigReader::Object& issuer, IssuerConfig* config);

}  // namespace assay
