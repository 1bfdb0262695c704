// By which way an issuer's keys are fetched: what the host says for all issuers (RefresherOptions), and what an
// issuer's own KeyTransport says instead.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/config/config.h"
#include "engine/remote/fetcher.h"
#include "engine/remote/refresher.h"

namespace assay::remote {

inline constexpr std::size_t kMaxBearerTokenBytes = 16 * 1024;
inline constexpr std::size_t kMaxPemBytes = std::size_t{16} << 20;  // of certificates that vouch for a server

// ReadBearerToken: what the file holds, without the line's end behind it. The messages hold no part of it.
Result<std::string> ReadBearerToken(const std::string& path);

// KeyRequest: a request to the origin of the configured URL, or of the issuer that is discovered, with all but the URL.
// Fails where the bearer token cannot be read.
Result<FetchRequest> KeyRequest(const RefresherOptions& options, const IssuerConfig& issuer);

// WithholdToken: takes the bearer token out of a request to any other origin.
void WithholdToken(const IssuerConfig& issuer, FetchRequest* request);

// CaFileOf: the path of the certificates that vouch for the issuer's server; empty: the system's do.
std::string CaFileOf(const RefresherOptions& options, const IssuerConfig& issuer);

// SourceText: tells what keys were fetched from, and by whose word, from every other such thing; holds no secret. Of an
// issuer without a KeyTransport, under options without a CA file and a proxy: its URL, or `discovery`.
std::string SourceText(const RefresherOptions& options, const IssuerConfig& issuer);

}  // namespace assay::remote
