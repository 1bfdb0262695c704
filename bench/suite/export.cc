#include <openssl/bio.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>

#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/base/check.h"
#include "engine/jwks/jwk_set.h"
#include "tools/load/hostile.h"

namespace assay::bench {
namespace {

std::string Pem(const std::string& jwk, Algorithm algorithm) {
  const Result<std::vector<jwks::Jwk>> set = jwks::ReadJwkSet(jwk, {algorithm});
  ASSAY_CHECK(set.ok() && set->size() == 1 && set->front().key != nullptr);
  const bssl::UniquePtr<BIO> memory(BIO_new(BIO_s_mem()));
  ASSAY_CHECK(PEM_write_bio_PUBKEY(memory.get(), set->front().key->evp()) == 1);
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  ASSAY_CHECK(BIO_mem_contents(memory.get(), &bytes, &size) == 1);
  return {reinterpret_cast<const char*>(bytes), size};
}

void Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  ASSAY_CHECK(!file.fail());
}

}  // namespace

void ExportForRunners(const std::string& path, std::size_t count) {
  const std::filesystem::path folder = path;
  std::filesystem::create_directories(folder);
  for (const Algorithm algorithm : {Algorithm::kES256, Algorithm::kRS256}) {
    const Realm realm({algorithm}, 1);
    const std::string name(AlgorithmName(algorithm));
    const std::string jwk = realm.key(0).PublicJwk();
    Write(folder / (name + ".jwk"), jwk);
    Write(folder / (name + ".pem"), Pem(jwk, algorithm));
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) lines += realm.Token(i, 800) + '\n';
    Write(folder / (name + ".tokens"), lines);
    // Another payload under the same signature, and one changed character of the signature.
    generate::Token token;
    ASSAY_CHECK(generate::ParseToken(realm.Token(0, 800), &token));
    std::string tampered;
    for (const generate::HostileKind& kind : generate::HostileKinds()) {
      if (kind.reason == std::string_view("bad_signature")) tampered += kind.make(token, token) + '\n';
    }
    Write(folder / (name + ".tampered"), tampered);
    Write(folder / "issuer", realm.Issuer(0));
  }
  Write(folder / "audience", kAudience);
  Write(folder / "now", std::to_string(Now()));
}

}  // namespace assay::bench
