// assay mint: signed tokens for tests and load.
#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

#include "engine/base/limits.h"
#include "engine/json/strict.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/commands/key_from_jwk.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/options.h"
#include "tools/load/token_maker.h"

namespace assay::cli {
namespace {

constexpr std::int64_t kMaxTtl = 10LL * 365 * 24 * 3600;
constexpr std::size_t kTokensPerPiece = 64;

struct MintOptions {
  CLI::Option *key, *claims, *typ, *count, *ttl, *no_exp, *now, *threads;
};

// Payload: the payload of each token: the given claims, and `iat`, `exp`, `jti` where they are not given.
class Payload {
 public:
  Payload(const JsonObject& claims, const MintOptions& options) {
    const std::int64_t now = Number(options.now, std::time(nullptr), 0, INT64_MAX / 2);
    const std::int64_t ttl = Number(options.ttl, 3600, -kMaxTtl, kMaxTtl);
    if (claims.Find("exp") != nullptr && Given(options.ttl)) {
      throw InputError{"--ttl, and `exp` in --claims: give one of them"};
    }
    own_id_ = claims.Find("jti") == nullptr;
    if (!own_id_ && Number(options.count, 1, 1, INT64_MAX) > 1) {
      throw InputError{"`jti` in --claims would be the same in all tokens; leave it out with --count"};
    }
    json::AppendMinified(claims.raw(), &start_);
    start_.pop_back();  // the closing brace
    const auto add = [&](std::string_view name, std::int64_t value) {
      if (claims.Find(name) != nullptr) return;
      AppendName(name);
      start_ += std::to_string(value);
    };
    add("iat", now);
    if (!Given(options.no_exp)) add("exp", now + ttl);
    if (own_id_) AppendName("jti");
  }

  std::string Make() const { return own_id_ ? start_ + '"' + TokenMaker::RandomId() + "\"}" : start_ + '}'; }

 private:
  void AppendName(std::string_view name) {
    if (start_ != "{") start_ += ',';
    start_ += '"';
    start_ += name;
    start_ += "\":";
  }

  std::string start_;
  bool own_id_;
};

// Mint: threads make pieces of the output; the calling thread writes them.
class Mint {
 public:
  Mint(const TokenMaker& maker, const Payload& payload, std::uint64_t count)
      : maker_(maker), payload_(payload), left_(count) {}

  void Run(std::size_t threads) {
    std::vector<std::thread> pool;
    for (std::size_t i = 0; i < threads; ++i) pool.emplace_back([this] { Work(); });
    std::exception_ptr failure;
    try {
      WriteAll(threads);
    } catch (...) {
      failure = std::current_exception();
      const std::lock_guard lock(mutex_);
      left_ = 0;
      stopped_ = true;
      room_.notify_all();
    }
    for (std::thread& thread : pool) thread.join();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  static constexpr std::size_t kMostPieces = 256;  // waiting to be written

  void Work() {
    std::unique_lock lock(mutex_);
    while (left_ > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kTokensPerPiece));
      left_ -= count;
      lock.unlock();
      std::string piece;
      for (std::size_t i = 0; i < count; ++i) {
        maker_.Append(payload_.Make(), &piece);
        piece += '\n';
      }
      lock.lock();
      room_.wait(lock, [&] { return pieces_.size() < kMostPieces || stopped_; });
      pieces_.push_back(std::move(piece));
      ready_.notify_one();
    }
    ++finished_;
    ready_.notify_one();
  }

  void WriteAll(std::size_t threads) {
    std::vector<std::string> pieces;
    for (bool done = false; !done;) {
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return !pieces_.empty() || finished_ == threads; });
        pieces.swap(pieces_);
        done = finished_ == threads;
        room_.notify_all();
      }
      for (const std::string& piece : pieces) WriteStdout(piece);
      pieces.clear();
    }
  }

  const TokenMaker& maker_;
  const Payload& payload_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  std::vector<std::string> pieces_;
  std::uint64_t left_;
  std::size_t finished_ = 0;
  bool stopped_ = false;
};

JsonObject ReadClaims(const std::string& text) {
  if (!text.starts_with('@')) return JsonObject(text, "--claims");
  const std::string path = text.substr(1);
  return JsonObject(ReadFile(path, kMaxTokenBytesCeiling), path);
}

int RunMint(const MintOptions& options) {
  const std::string key_path = Text(options.key);
  std::vector<JsonObject> jwks = ReadJwks(ReadFile(key_path, kMaxJwkSetBytes), key_path);
  if (jwks.size() != 1) throw InputError{key_path + " holds several keys; give a file with one"};
  const load::SigningKey key = KeyFromJwk(jwks.front(), key_path);
  if (!key.has_private()) throw InputError{key_path + " holds a public key; a private one is needed to sign"};
  const auto count = static_cast<std::uint64_t>(Number(options.count, 1, 1, 1'000'000'000));
  const Payload payload(ReadClaims(Text(options.claims)), options);
  const TokenMaker maker(key, Text(options.typ, "at+jwt"));
  const std::int64_t cpus = std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 256);
  const auto threads = static_cast<std::uint64_t>(Number(options.threads, cpus, 1, 256));
  const std::uint64_t pieces = (count + kTokensPerPiece - 1) / kTokensPerPiece;
  Mint(maker, payload, count).Run(static_cast<std::size_t>(std::min(threads, pieces)));
  return kExitGood;
}

}  // namespace

void AddMint(CLI::App& app, Action* action) {
  CLI::App* mint = app.add_subcommand("mint", "Make signed tokens for tests and load");
  mint->footer(
      "Each token gets a `jti` of its own, and `iat` and `exp` unless the claims have them.\n"
      "A negative --ttl makes tokens that have expired.");
  MintOptions options;
  options.key = AddValue(mint, "--key", "FILE", "Private key (JWK), as `assay keygen` makes")->required();
  options.claims =
      AddValue(mint, "--claims", "JSON|@FILE", "Claims of every token: a JSON object, or a file that holds one")
          ->required();
  options.typ =
      AddValue(mint, "--typ", "T", "Token type in the header, default at+jwt (RFC 9068); empty leaves it out");
  options.count = AddValue(mint, "--count", "N", "How many, default 1");
  options.ttl = AddValue(mint, "--ttl", "SECONDS", "From `iat` to `exp`, default 3600");
  options.no_exp = AddFlag(mint, "--no-exp", "Leave `exp` out")->excludes(options.ttl);
  options.now = AddValue(mint, "--now", "UNIX", "Issue at this time instead of the clock's");
  options.threads = AddValue(mint, "--threads", "N", "Threads that sign, default one for each CPU");
  mint->callback([=] { *action = [=] { return RunMint(options); }; });
}

}  // namespace assay::cli
