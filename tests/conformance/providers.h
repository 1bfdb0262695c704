// Provider: a source of tokens as its own documentation shows it, the configuration that serves it, and what must not
// pass for its tokens.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/config/config.h"
#include "tests/testing/signing_key.h"

namespace assay::testing {

// Variant: a provider's token with changes, signed by the same key, and how it is judged.
struct Variant {
  std::string_view what;    // empty: none
  std::string_view claims;  // a JSON merge patch (RFC 7396): null takes a claim away
  Reason reason = Reason::kUnset;
  std::string_view header = "{}";  // likewise, of the JOSE header
};

struct Provider {
  std::string_view name;
  std::string_view page;    // the documentation that shows the claims
  std::string_view issuer;  // an entry of the configuration's `issuers`, its keys from where the provider has them
  std::string_view header;  // the JOSE header
  std::string_view claims;  // without `iat` and `exp`, which are put in
  std::array<Variant, 6> variants;
  std::string_view jwk = {};  // the JWK's members beside the key, where they are not the usual ones
};

// HostedProviders: identity as a service. CloudProviders: those of clouds and of large platforms. ServerProviders:
// servers that one runs oneself, and identities of workloads.
std::span<const Provider> HostedProviders();
std::span<const Provider> CloudProviders();
std::span<const Provider> ServerProviders();

// AllProviders: those three. FindProvider: the first of this name, which must be there.
std::vector<Provider> AllProviders();
Provider FindProvider(std::string_view name);

// KeyOf: a key of the algorithm and kid that the header names; one of another `seed` is another key.
SigningKey KeyOf(const Provider& provider, unsigned seed = 0);

// TokenOf: the provider's token, with the variant's changes, signed by `key`.
std::string TokenOf(const Provider& provider, const SigningKey& key, const Variant& variant = {});

// ConfigAsWritten: read from a configuration file with the provider's entry. ConfigWith: with `changes` (a JSON merge
// patch), and `key` in place of the keys' own source, published as the provider publishes its own. A file that is
// refused is a failure of the test.
EngineConfig ConfigAsWritten(const Provider& provider);
EngineConfig ConfigWith(const Provider& provider, const SigningKey& key, std::string_view changes = "{}");

// ReadConfig: the configuration of a file with this one entry.
EngineConfig ReadConfig(const std::string& issuer);

}  // namespace assay::testing
