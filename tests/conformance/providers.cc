#include "tests/conformance/providers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/testing/token.h"

namespace assay::testing {

using nlohmann::json;

std::vector<Provider> AllProviders() {
  std::vector<Provider> all;
  for (const auto providers : {HostedProviders(), CloudProviders(), ServerProviders()}) {
    all.insert(all.end(), providers.begin(), providers.end());
  }
  return all;
}

Provider FindProvider(std::string_view name) {
  const std::vector<Provider> all = AllProviders();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provider& one) { return one.name == name; });
  if (found == all.end()) std::abort();
  return *found;
}

SigningKey KeyOf(const Provider& provider, unsigned seed) {
  const json header = json::parse(provider.header);
  return SigningKey::Make(*ParseAlgorithm(header.at("alg").get<std::string>()), header.at("kid"), seed);
}

std::string TokenOf(const Provider& provider, const SigningKey& key, const Variant& variant) {
  json header = json::parse(provider.header), claims = json::parse(provider.claims);
  claims["iat"] = kNow - 60;
  claims["exp"] = kNow + 600;
  if (!variant.what.empty()) {
    header.merge_patch(json::parse(variant.header));
    claims.merge_patch(json::parse(variant.claims));
  }
  return Sign(key, header.dump(), claims.dump());
}

EngineConfig ReadConfig(const std::string& issuer) {
  Result<EngineConfig> config = EngineConfig::FromJson(R"({"version": 1, "issuers": [)" + issuer + "]}", "assay.json");
  EXPECT_TRUE(config.ok()) << config.error();
  return config ? std::move(*config) : EngineConfig();
}

EngineConfig ConfigAsWritten(const Provider& provider) { return ReadConfig(std::string(provider.issuer)); }

EngineConfig ConfigWith(const Provider& provider, const SigningKey& key, std::string_view changes) {
  const std::string jwk = provider.jwk.empty() ? key.PublicJwk() : key.JwkWith(provider.jwk);
  json issuer = json::parse(provider.issuer);
  issuer.merge_patch(json::parse(changes));
  issuer["keys"] = {{"inline", json::parse(JwkSet({jwk}))}};
  return ReadConfig(issuer.dump());
}

}  // namespace assay::testing
