#include "bench/suite/workload.h"

#include <algorithm>
#include <ctime>
#include <span>

#include "engine/base/check.h"
#include "engine/base64url/base64url.h"
#include "tools/load/hostile.h"

namespace assay::bench {
namespace {

// RFC 9068 section 2.2 claims, made up to `size` bytes by one more.
std::string Payload(const std::string& issuer, std::size_t number, std::size_t size) {
  const std::int64_t now = Now();
  std::string json = "{\"iss\":\"" + issuer + "\",\"aud\":\"" + kAudience + "\",\"sub\":\"user-" +
                     std::to_string(number) +
                     "\",\"client_id\":\"bench\",\"scope\":\"read write\",\"iat\":" + std::to_string(now - 60) +
                     ",\"exp\":" + std::to_string(now + 86400) + ",\"jti\":\"" + cli::TokenMaker::RandomId() + "\"";
  static constexpr std::string_view kMore = ",\"session\":\"";
  if (size > json.size() + kMore.size() + 2) {
    json += kMore;
    std::string filler;
    const std::size_t wanted = size - json.size() - 2;
    while (filler.size() < wanted) filler += cli::TokenMaker::RandomId();
    json += filler.substr(0, wanted) + '"';
  }
  return json + '}';
}

// A token whose header, a different one for each, names a key that nobody has: fills whatever
// remembers headers.
std::string UnknownKid(const generate::Token& token) {
  std::string header = token.header_json;
  const std::string start = "\"kid\":\"";
  const std::size_t at = header.find(start) + start.size();
  header.replace(at, header.find('"', at) - at, cli::TokenMaker::RandomId());
  return base64url::Encode(header) + '.' + token.payload + '.' + token.signature;
}

// The last character before the signature is outside the alphabet: all of the payload is read first.
std::string BadLastCharacter(const generate::Token& token) {
  std::string payload = token.payload;
  payload.back() = '*';
  return token.header + '.' + payload + '.' + token.signature;
}

// The payload's JSON lacks its last brace: all of it is read first.
std::string UnclosedPayload(const generate::Token& token) {
  const std::string json = token.payload_json.substr(0, token.payload_json.size() - 1);
  return token.header + '.' + base64url::Encode(json) + '.' + token.signature;
}

struct OwnKind {
  const char* name;
  Reason reason;
  std::string (*make)(const generate::Token&);
};
constexpr OwnKind kOwnKinds[] = {
    {"bad base64url at the payload's end", Reason::kBadBase64url, BadLastCharacter},
    {"a payload that is not closed", Reason::kBadPayloadJson, UnclosedPayload},
    {"a flood of distinct headers, kid unknown", Reason::kKeyNotFound, UnknownKid},
};

Reason ReasonOf(std::string_view word) {
#define ASSAY_BENCH_REASON(name, number, text) \
  if (word == text) return Reason::k##name;
  ASSAY_REASONS(ASSAY_BENCH_REASON)
#undef ASSAY_BENCH_REASON
  ASSAY_CHECK(false);
}

// True for `part` of the calls, evenly.
class Share {
 public:
  explicit Share(double part) : part_(part) {}
  bool Next() {
    due_ += part_;
    if (due_ < 1) return false;
    due_ -= 1;
    return true;
  }

 private:
  double part_;
  double due_ = 0;
};

}  // namespace

std::int64_t Now() {
  static const std::int64_t now = std::time(nullptr);
  return now;
}

Realm::Realm(const std::vector<Algorithm>& algorithms, std::size_t keys_per_algorithm) {
  for (std::size_t i = 0; i < keys_per_algorithm; ++i) {
    for (const Algorithm algorithm : algorithms) {
      const std::string kid = "key-" + std::string(AlgorithmName(algorithm)) + '-' + std::to_string(i);
      signers_.emplace_back(load::SigningKey::Generate(algorithm, 2048, kid));
    }
  }
}

std::string Realm::Issuer(std::size_t issuer) const { return "https://as" + std::to_string(issuer) + ".example.com"; }

std::string Realm::JwkSet(std::size_t issuer) const {
  std::vector<std::string> jwks;
  for (std::size_t i = issuer * kKeysOfAnIssuer; i < std::min(signers_.size(), (issuer + 1) * kKeysOfAnIssuer); ++i) {
    jwks.push_back(signers_[i].key.PublicJwk());
  }
  return load::JwkSet(jwks);
}

std::string Realm::Token(std::size_t number, std::size_t bytes) const {
  const std::size_t signer = number % signers_.size();
  const cli::TokenMaker& maker = signers_[signer].maker;
  // What header, dots and signature leave of a token's length, decoded.
  const std::size_t fixed = maker.Make("").size();
  const std::size_t payload = base64url::DecodedSize(bytes > fixed ? bytes - fixed : 0);
  return maker.Make(Payload(Issuer(signer / kKeysOfAnIssuer), number, payload));
}

EngineConfig Realm::Config() const {
  EngineConfig config;
  for (std::size_t i = 0; i < issuers(); ++i) {
    IssuerConfig& issuer = config.issuers.emplace_back();
    issuer.policy.issuer = Issuer(i);
    issuer.policy.audiences = {kAudience};
    issuer.keys = {KeySource::Kind::kInline, JwkSet(i)};
  }
  return config;
}

std::shared_ptr<Engine> Realm::MakeEngine(std::size_t cache_kib) const {
  EngineConfig config = Config();
  config.limits.verdict_cache_kib = cache_kib;
  Result<std::shared_ptr<Engine>> engine = Engine::Create(std::move(config));
  ASSAY_CHECK(engine.ok());
  return *engine;
}

Tokens MakeTokens(const Realm& realm, std::size_t count, std::size_t bytes, std::optional<Algorithm> only) {
  Tokens tokens;
  for (std::size_t number = 0; tokens.size() < count; ++number) {
    if (only && realm.key(number).algorithm() != *only) continue;
    tokens.Add(realm.Token(number, bytes));
  }
  return tokens;
}

Tokens MakeRepeated(const Tokens& distinct, std::size_t count, double part) {
  constexpr std::size_t kHot = 64;
  Tokens tokens;
  Share repeated(part);
  std::size_t cold = kHot;
  for (std::size_t i = 0; i < count; ++i) {
    // A stride, so that the same ones do not always meet in a batch.
    tokens.Add(distinct.storage[repeated.Next() ? i * 29 % kHot : cold++]);
    if (cold == distinct.size()) cold = kHot;
  }
  return tokens;
}

std::vector<HostileKind> HostileKinds() {
  std::vector<HostileKind> kinds;
  for (const generate::HostileKind& kind : generate::HostileKinds()) {
    kinds.push_back({kind.name, ReasonOf(kind.reason)});
  }
  for (const OwnKind& kind : kOwnKinds) kinds.push_back({kind.name, kind.reason});
  return kinds;
}

Tokens MakeHostile(const Tokens& valid, const std::string& other_text, double part, int kind) {
  const std::span<const generate::HostileKind> shared = generate::HostileKinds();
  const std::size_t kinds = shared.size() + std::size(kOwnKinds);
  generate::Token other;
  ASSAY_CHECK(generate::ParseToken(other_text, &other));
  Tokens tokens;
  Share hostile(part);
  std::size_t next = 0;
  for (const std::string& text : valid.storage) {
    if (!hostile.Next()) {
      tokens.Add(text);
      continue;
    }
    generate::Token token;
    ASSAY_CHECK(generate::ParseToken(text, &token));
    const std::size_t which = kind >= 0 ? static_cast<std::size_t>(kind) : next++ % kinds;
    if (which < shared.size()) {
      tokens.Add(shared[which].make(token, other), ReasonOf(shared[which].reason));
    } else {
      const OwnKind& mine = kOwnKinds[which - shared.size()];
      tokens.Add(mine.make(token), mine.reason);
    }
  }
  return tokens;
}

}  // namespace assay::bench
