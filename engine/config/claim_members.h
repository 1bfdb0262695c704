// Members of a configuration that name claims, as issuers of tokens and MCP policies have them.
#pragma once

#include <optional>
#include <string_view>

#include "engine/claims/claim_path.h"
#include "engine/json/config_reader.h"
#include "engine/policy/policy_config.h"

namespace assay {

// ReadClaimPath: a claim: a string (a claim of the token itself) or a list of names, from the root inwards. False when
// it is absent or, with a defect, wrong. A string that looks like more than one name is warned of.
bool ReadClaimPath(ConfigReader& reader, const ConfigReader::Object& object, std::string_view name, ClaimPath* path);
bool ReadClaimPath(ConfigReader& reader, const ConfigReader::Item& item, ClaimPath* path);

// ReadAudienceFrom: {"claim": …, "in": […]}.
std::optional<AudienceFrom> ReadAudienceFrom(ConfigReader& reader, const ConfigReader::Object& object);

// ReadClaimRules: the list `claims` of an issuer.
void ReadClaimRules(ConfigReader& reader, const ConfigReader::Object& issuer, std::vector<ClaimRule>* rules);

// ReadScopeSource: {"claim": …, "form": …, "granted_by": […]}.
void ReadScopeSource(ConfigReader& reader, const ConfigReader::Object& issuer, ScopeSource* source);

// ParseScopeForm: a value of `form`.
std::optional<ScopeForm> ParseScopeForm(std::string_view word);

// WhyDoubtful: why a token has hardly this text: it looks like a pattern or a placeholder, or was copied with more than
// is meant. Empty where nothing is known against it. WhyDoubtfulAudience: the same of an audience, which may be
// several.
std::string_view WhyDoubtful(std::string_view text);
std::string_view WhyDoubtfulAudience(std::string_view audience);

// WarnOfText: of a doubtful one.
void WarnOfText(ConfigReader& reader, const ConfigReader::Item& item);

// ReadStrings: a list of distinct strings, each with WarnOfText(). False when it is absent or wrong.
bool ReadStrings(ConfigReader& reader, const ConfigReader::Object& object, std::string_view name,
                 std::vector<std::string>* out);

}  // namespace assay
