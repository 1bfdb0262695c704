// The names of all members of a configuration file, object by object: what the reader takes.
#pragma once

#include <string_view>

namespace assay {

inline constexpr std::string_view kFileMembers[] = {"version", "issuers", "limits", "revocation"};
inline constexpr std::string_view kIssuerMembers[] = {"issuer",          "subject_trust_domain",
                                                      "audiences",       "audience_from",
                                                      "algorithms",      "keys",
                                                      "leeway_seconds",  "token_type",
                                                      "claims",          "required_claims",
                                                      "max_age_seconds", "scope_claim",
                                                      "scopes",          "client_claim",
                                                      "session_claim",   "token_id_claim",
                                                      "tenant_claim",    "header",
                                                      "without_kid",     "accept_confirmation",
                                                      "refresh",         "mode"};
inline constexpr std::string_view kAudienceFromMembers[] = {"claim", "in"};
inline constexpr std::string_view kClaimRuleMembers[] = {"claim", "in", "is", "has", "words", "prefix", "exists"};
inline constexpr std::string_view kScopesMembers[] = {"claim", "form", "granted_by"};
inline constexpr std::string_view kHeaderRuleMembers[] = {"name", "in"};
inline constexpr std::string_view kKeysMembers[] = {
    "discover",          "url",      "file",     "inline",
    "pem_file",          "x509_url", "ca_file",  "system_ca",
    "bearer_token_file", "proxy",    "no_proxy", "plain_http_is_dangerous",
    "private_addresses"};
inline constexpr std::string_view kRefreshMembers[] = {"min_seconds", "max_seconds", "cooldown_seconds",
                                                       "max_stale_seconds"};
inline constexpr std::string_view kLimitsMembers[] = {"token_bytes", "object_members", "table_memory_mib",
                                                      "verdict_cache_kib"};
inline constexpr std::string_view kRevocationMembers[] = {"file", "redis", "max_stale_seconds",
                                                          "max_token_lifetime_seconds"};
inline constexpr std::string_view kRedisMembers[] = {"url",     "user",        "password_file",
                                                     "ca_file", "entries_key", "stream_key"};

}  // namespace assay
