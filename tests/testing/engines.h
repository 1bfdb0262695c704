// Engines with inline keys, for tests of the whole way.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/feeds.h"
#include "tests/testing/signing_key.h"
#include "tests/testing/token.h"

namespace assay::testing {

// Every algorithm there is.
AlgorithmSet AllAlgorithms();

// An issuer with kAudience, all algorithms, and this JWK Set.
IssuerConfig IssuerWith(std::string jwk_set, std::string_view name = kIssuer);
IssuerConfig IssuerWith(const std::vector<SigningKey>& keys, std::string_view name = kIssuer);

// An issuer whose engine checks the JWS alone (PolicyConfig::signature_only).
IssuerConfig SignatureOnlyIssuer(std::string jwk_set);

// The engine of a configuration that must be sound: a refusal ends the process with its message.
std::shared_ptr<Engine> MakeEngine(EngineConfig config);
std::shared_ptr<Engine> MakeEngine(IssuerConfig issuer);
std::shared_ptr<Engine> EngineFor(const SigningKey& key);

// InstallKeys: as a host does that fetches keys by itself. An issuer that is not configured is an error.
Result<KeySetReport> InstallKeys(const std::shared_ptr<Engine>& engine, std::string_view issuer,
                                 std::string_view jwk_set);
Result<KeySetReport> InstallKeys(const std::shared_ptr<Engine>& engine, std::size_t issuer, std::string_view jwk_set);

// The reason a new worker of `engine` gives.
Reason Judge(const std::shared_ptr<Engine>& engine, std::string_view token, std::int64_t now = kNow);

// Revokes one thing, at kNow.
Result<void> Revoke(const std::shared_ptr<Engine>& engine, const Revocation& revocation);

}  // namespace assay::testing

namespace assay {

// For GoogleTest's messages.
inline void PrintTo(Reason reason, std::ostream* out) { *out << ReasonWord(reason); }

}  // namespace assay
