#include "tools/load/bench_rows.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/prepare.h"
#include "engine/verify/batch.h"
#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

constexpr std::size_t kTokenBytes = 800;

// MakePayload: RFC 9068 claims, made up to `size` bytes by one more.
std::string MakePayload(std::size_t number, std::size_t size) {
  std::string json = "{\"iss\":\"" + std::string(Workload::kIssuer) + "\",\"aud\":\"" +
                     std::string(Workload::kAudience) + "\",\"sub\":\"user-" + std::to_string(number) +
                     "\",\"client_id\":\"bench\",\"scope\":\"read write\",\"iat\":1699999940,"
                     "\"exp\":1700003600,\"jti\":\"" +
                     TokenMaker::RandomId() + "\",\"session\":\"";
  const std::size_t wanted = size > json.size() + 2 ? size - json.size() - 2 : 0;
  std::string filler;
  while (filler.size() < wanted) filler += TokenMaker::RandomId();
  json += filler.substr(0, wanted);
  return json + "\"}";
}

std::string DecodeSignature(std::string_view token) {
  const std::string_view encoded = token.substr(token.rfind('.') + 1);
  std::string bytes(base64url::DecodedSize(encoded.size()), '\0');
  ASSAY_CHECK(base64url::Decode(encoded, bytes.data()) == base64url::kOk);
  return bytes;
}

std::shared_ptr<Engine> Make(const EngineConfig& config) {
  auto engine = Engine::Create(config);
  if (!engine) throw InputError{engine.error()};
  return *engine;
}

const std::uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

// BoringsslRow: BoringSSL's verification one by one, hashing included, by its most direct calls.
class BoringsslRow : public Row {
 public:
  explicit BoringsslRow(const Workload& workload)
      : work_(workload), ec_(EVP_PKEY_get0_EC_KEY(workload.key->evp())), rsa_(EVP_PKEY_get0_RSA(workload.key->evp())) {
    ERR_clear_error();
  }

  bool Check(std::size_t first, std::size_t count) override {
    bool good = true;
    for (std::size_t i = first; i < first + count; ++i) {
      good &= CheckOne(work_.signing_inputs[i], work_.signatures[i]);
    }
    return good;
  }

  bool RefusesForged() override {
    const bool refused = !CheckOne(work_.signing_inputs[0], DecodeSignature(work_.forged));
    ERR_clear_error();
    return refused;
  }

 private:
  bool CheckOne(std::string_view input, std::string_view signature) const {
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(Bytes(input), input.size(), digest);
    if (rsa_ != nullptr) {
      return RSA_verify(NID_sha256, digest, sizeof digest, Bytes(signature), signature.size(), rsa_) == 1;
    }
    const std::size_t half = signature.size() / 2;
    const bssl::UniquePtr<ECDSA_SIG> parsed(ECDSA_SIG_new());
    BIGNUM* const r = BN_bin2bn(Bytes(signature), half, nullptr);
    BIGNUM* const s = BN_bin2bn(Bytes(signature) + half, half, nullptr);
    ASSAY_CHECK(ECDSA_SIG_set0(parsed.get(), r, s) == 1);
    return ECDSA_do_verify(digest, sizeof digest, parsed.get(), ec_) == 1;
  }

  const Workload& work_;
  EC_KEY* const ec_;
  RSA* const rsa_;
};

class SignatureRow : public Row {
 public:
  SignatureRow(const Workload& workload, std::size_t batch)
      : work_(workload), jobs_(batch), verifier_(**ChooseKernel(workload.engine->kernel())) {}

  bool Check(std::size_t first, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      jobs_[i] = {work_.key.get(), work_.algorithm, work_.signing_inputs[first + i], work_.signatures[first + i],
                  SignatureStatus::kUnchecked};
    }
    const std::span<SignatureJob> jobs(jobs_.data(), count);
    verifier_.Verify(jobs);
    bool good = true;
    for (const SignatureJob& job : jobs) good &= job.status == SignatureStatus::kValid;
    return good;
  }

  bool RefusesForged() override {
    const std::string signature = DecodeSignature(work_.forged);
    jobs_[0] = {work_.key.get(), work_.algorithm, work_.signing_inputs[0], signature, SignatureStatus::kUnchecked};
    verifier_.Verify({jobs_.data(), 1});
    return jobs_[0].status == SignatureStatus::kBad;
  }

 private:
  const Workload& work_;
  std::vector<SignatureJob> jobs_;
  BatchVerifier verifier_;
};

// WholeRow: everything, in batches. With an engine that keeps verdicts, tokens after their second round are known.
class WholeRow : public Row {
 public:
  WholeRow(const Workload& workload, std::shared_ptr<Engine> engine, std::size_t batch)
      : work_(workload), worker_(std::move(engine)), verdicts_(batch) {}

  bool Check(std::size_t first, std::size_t count) override {
    const std::span<Verdict> verdicts(verdicts_.data(), count);
    worker_.ValidateBatch(std::span(work_.tokens).subspan(first, count), Workload::kNow, verdicts);
    bool good = true;
    for (const Verdict& verdict : verdicts) good &= verdict.accepted();
    return good;
  }

  bool RefusesForged() override {
    return worker_.Validate(work_.forged, Workload::kNow).reason() == Reason::kBadSignature;
  }

 private:
  const Workload& work_;
  Worker worker_;
  std::vector<Verdict> verdicts_;
};

class SingleRow : public Row {
 public:
  explicit SingleRow(const Workload& workload) : work_(workload), worker_(workload.engine) {}

  bool Check(std::size_t first, std::size_t count) override {
    bool good = true;
    for (std::size_t i = first; i < first + count; ++i) {
      good &= worker_.Validate(work_.tokens[i], Workload::kNow).accepted();
    }
    return good;
  }

  bool RefusesForged() override {
    return worker_.Validate(work_.forged, Workload::kNow).reason() == Reason::kBadSignature;
  }

 private:
  const Workload& work_;
  Worker worker_;
};

}  // namespace

Workload::Workload(Algorithm algorithm_in, std::size_t count, const std::string& kernel, const std::string& kid)
    : algorithm(algorithm_in) {
  const auto signer = load::SigningKey::Generate(algorithm, 2048, kid);
  public_jwk = signer.PublicJwk();
  const TokenMaker maker(signer, "at+jwt");
  // What the header and the signature leave of a token's length, decoded.
  const std::size_t fixed = maker.Make("").size();
  const std::size_t payload_bytes = base64url::DecodedSize(kTokenBytes - fixed);
  for (std::size_t i = 0; i < count; ++i) storage.push_back(maker.Make(MakePayload(i, payload_bytes)));
  for (const std::string& token : storage) {
    tokens.push_back(token);
    signing_inputs.push_back(std::string_view(token).substr(0, token.rfind('.')));
    signatures.push_back(DecodeSignature(token));
  }
  forged = storage[0];
  char& middle = forged[forged.rfind('.') + 20];
  middle = middle == 'A' ? 'B' : 'A';

  auto jwks = jwks::ReadJwkSet(public_jwk, {algorithm});
  ASSAY_CHECK(jwks.ok() && jwks->size() == 1 && jwks->front().key != nullptr);
  // As the engine prepares its keys.
  jwks::PrepareTables(*jwks, nullptr, Limits{}.table_memory_mib * 1024 * 1024);
  key = jwks->front().key;
  EngineConfig config;
  IssuerConfig& issuer = config.issuers.emplace_back();
  issuer.policy.issuer = kIssuer;
  issuer.policy.audiences = {kAudience};
  issuer.policy.algorithms = {algorithm};
  issuer.policy.token_type = "at+jwt";
  issuer.keys = {KeySource::Kind::kInline, public_jwk};
  config.kernel = kernel;
  caching_engine = Make(config);
  config.limits.verdict_cache_kib = 0;
  engine = Make(config);
}

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kBoringssl:
      return "boringssl";
    case Mode::kSignature:
      return "signature";
    case Mode::kWhole:
      return "whole";
    case Mode::kSingle:
      return "single";
    case Mode::kCached:
      return "cached";
  }
  return "";
}

std::size_t TokenCount(Mode mode, const Workload& workload) {
  constexpr std::size_t kKept = 1024;  // what a worker's verdict cache holds by default, and some more
  return mode == Mode::kCached ? std::min(kKept, workload.tokens.size()) : workload.tokens.size();
}

std::size_t CallSize(Mode mode, std::size_t batch) {
  return mode == Mode::kBoringssl || mode == Mode::kSingle ? 1 : batch;
}

std::unique_ptr<Row> MakeRow(Mode mode, const Workload& workload, std::size_t batch) {
  switch (mode) {
    case Mode::kBoringssl:
      return std::make_unique<BoringsslRow>(workload);
    case Mode::kSignature:
      return std::make_unique<SignatureRow>(workload, batch);
    case Mode::kWhole:
      return std::make_unique<WholeRow>(workload, workload.engine, batch);
    case Mode::kSingle:
      return std::make_unique<SingleRow>(workload);
    case Mode::kCached:
      return std::make_unique<WholeRow>(workload, workload.caching_engine, batch);
  }
  return nullptr;
}

}  // namespace assay::cli
