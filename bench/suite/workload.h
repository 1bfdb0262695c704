// Workloads of the benchmark suite: keys, tokens of a wanted size, and the engine that knows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/engine.h"
#include "tools/load/token_maker.h"

namespace assay::bench {

inline constexpr char kAudience[] = "https://mcp.example.com/mcp";

// When the tokens of this process are judged: the time of its start. They are valid for a day, so that
// libraries which can only read the clock accept them too.
std::int64_t Now();

// Fresh keys, and issuers that have at most 250 of them each (the engine's limit is 256).
class Realm {
 public:
  Realm(const std::vector<Algorithm>& algorithms, std::size_t keys_per_algorithm);

  // A valid access token (RFC 9068 claims) of about `bytes` bytes, with a `jti` of its own. `number`
  // says whose: neighbours have different keys, and algorithms by turns.
  std::string Token(std::size_t number, std::size_t bytes) const;

  // For every issuer.
  EngineConfig Config() const;

  // Its workers have `cache_kib` each for tokens that they have accepted; 0: nothing is remembered.
  std::shared_ptr<Engine> MakeEngine(std::size_t cache_kib = 0) const;

  std::size_t issuers() const { return (signers_.size() + kKeysOfAnIssuer - 1) / kKeysOfAnIssuer; }
  std::string Issuer(std::size_t issuer) const;
  std::string JwkSet(std::size_t issuer) const;

  const load::SigningKey& key(std::size_t number) const { return signers_[number % signers_.size()].key; }

 private:
  static constexpr std::size_t kKeysOfAnIssuer = 250;

  struct Signer {
    explicit Signer(load::SigningKey key_in) : key(std::move(key_in)), maker(key, "JWT") {}
    load::SigningKey key;
    cli::TokenMaker maker;
  };

  std::deque<Signer> signers_;  // addresses stay
};

// Tokens with the verdicts that they must get.
struct Tokens {
  void Add(std::string token, Reason reason = Reason::kAccepted) {
    storage.push_back(std::move(token));
    views.push_back(storage.back());
    expected.push_back(reason);
  }
  std::size_t size() const { return views.size(); }

  // Points the views at copies that lie side by side. How tokens were made, and into which pages, would show otherwise.
  void Pack() {
    std::size_t bytes = 0;
    for (const std::string_view view : views) bytes += view.size();
    packed.reserve(bytes);
    for (std::string_view& view : views) {
      packed += view;
      view = std::string_view(packed).substr(packed.size() - view.size());
    }
  }

  std::deque<std::string> storage;
  std::string packed;
  std::vector<std::string_view> views;
  std::vector<Reason> expected;
};

// `count` distinct valid tokens: of all the realm's keys by turns, or of those of one algorithm.
Tokens MakeTokens(const Realm& realm, std::size_t count, std::size_t bytes, std::optional<Algorithm> only = {});

// `count` tokens, of which `part` (0..1) are drawn from the first 64, and the others are the others by turns.
Tokens MakeRepeated(const Tokens& distinct, std::size_t count, double part);

struct HostileKind {
  std::string name;
  Reason reason;
};

// What hostile tokens there are.
std::vector<HostileKind> HostileKinds();

// As many tokens, of which `part` (0..1) are hostile, each made from a valid one: of kind number `kind`,
// or of all kinds by turns with kind -1. `other` is a valid token of another key and algorithm.
Tokens MakeHostile(const Tokens& valid, const std::string& other, double part, int kind);

}  // namespace assay::bench
