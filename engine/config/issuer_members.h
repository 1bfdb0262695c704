// The members of a configuration file's issuer that say what its tokens must satisfy.
#pragma once

#include <optional>
#include <string_view>

#include "engine/json/config_reader.h"
#include "engine/policy/policy_config.h"

namespace assay {

// ParseWithoutKid: a value of `without_kid`.
std::optional<WithoutKid> ParseWithoutKid(std::string_view word);

// ReadPolicy: all that PolicyConfig holds. What ValidatePolicy() refuses is a defect of the member that it names.
void ReadPolicy(ConfigReader& reader, const ConfigReader::Object& issuer, PolicyConfig* policy);

}  // namespace assay
