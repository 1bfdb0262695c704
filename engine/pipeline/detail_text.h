// Details in words, where verdicts and decisions on requests say the same. Not installed.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/detail.h"
#include "engine/base/reason.h"

namespace assay {

// Quoted: `text` in quotes and escaped, cut where a hostile one would flood a log line. Shortened: likewise JSON, as it
// stands in the token.
std::string Quoted(std::string_view text);
std::string Shortened(std::string_view json);

// WantedText: `; wanted "x" or 2 others`, with `how` before it; empty when nothing can be named.
std::string WantedText(const Detail& detail, std::string_view how = "");

// IssuerText: of kIssuerMissing and kIssuerUnknown; `value` is one of these where a trust domain is wanted, or named.
inline constexpr std::int64_t kTrustDomain = 1, kTrustDomainWithoutSub = 2;
std::string IssuerText(Reason reason, const Detail& detail);

// ClaimTypeText: of kBadClaimType; `wanted` is a type.
std::string ClaimTypeText(const Detail& detail);

// AudienceText: of kAudienceMissing and kWrongAudience.
std::string AudienceText(Reason reason, const Detail& detail);

// RuleText: of kClaimMissing and kClaimMismatch.
std::string RuleText(Reason reason, const Detail& detail);

// Apart: how `wanted` has to stand in what was found, `, between spaces` say, where it can be seen there and yet is
// none of its words or items; else empty.
std::string_view Apart(std::string_view found, std::string_view wanted);

// ScopesText: what SetScopes() has set: the scopes that the token has, or that it has none.
std::string ScopesText(const Detail& detail);

}  // namespace assay
