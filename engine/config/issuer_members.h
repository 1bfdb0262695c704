// The members of a configuration file's issuer that say what its tokens must satisfy.
#pragma once

#include <optional>
#include <string_view>

#include "engine/json/config_reader.h"
#include "engine/policy/policy_config.h"

namespace assay {

// kIssuerMembers: the names of all members of an issuer.
inline constexpr std::string_view kIssuerMembers[] = {
    "issuer",         "subject_trust_domain", "audiences",     "audience_from",   "algorithms",      "keys",
    "leeway_seconds", "token_type",           "claims",        "required_claims", "max_age_seconds", "scope_claim",
    "scopes",         "client_claim",         "session_claim", "token_id_claim",  "tenant_claim",    "header",
    "without_kid",    "accept_confirmation",  "refresh"};

// ParseWithoutKid: a value of `without_kid`.
std::optional<WithoutKid> ParseWithoutKid(std::string_view word);

// ReadPolicy: all that PolicyConfig holds. What ValidatePolicy() refuses is a defect of the member that it names.
void ReadPolicy(ConfigReader& reader, const ConfigReader::Object& issuer, PolicyConfig* policy);

}  // namespace assay
