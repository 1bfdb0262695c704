#include <array>
#include <cmath>
#include <deque>
#include <memory>

#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/base/check.h"
#include "engine/base64url/base64url.h"
#include "engine/claims/claims.h"
#include "engine/digest/sha256_batch.h"
#include "engine/json/strict.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "engine/jwks/prepare.h"
#include "engine/jws/compact.h"
#include "engine/jws/header.h"
#include "engine/policy/policy.h"
#include "engine/verify/batch.h"

namespace assay::bench {
namespace {

constexpr std::size_t kTokens = 2048;
constexpr std::size_t kBytes = 800;
constexpr std::size_t kBatch = 256;

std::string Padded(std::string_view encoded) {
  std::string bytes(base64url::DecodedSize(encoded.size()) + json::StrictParser::kPadding, '\0');
  ASSAY_CHECK(base64url::Decode(encoded, bytes.data()) == base64url::kOk);
  return bytes;
}

std::string_view Unpadded(const std::string& bytes) {
  return std::string_view(bytes).substr(0, bytes.size() - json::StrictParser::kPadding);
}

// Every step's input for every token, made by the steps before it.
struct Prepared {
  Prepared(const Realm& realm, Algorithm algorithm_in)
      : algorithm(algorithm_in),
        tokens(MakeTokens(realm, kTokens, kBytes, algorithm)),
        engine(realm.MakeEngine()),
        policy(Policy::Build(realm.Config().issuers[0].policy).value()) {
    Result<std::vector<jwks::Jwk>> set = jwks::ReadJwkSet(realm.JwkSet(0), policy.algorithms());
    ASSAY_CHECK(set.ok());
    jwks::PrepareTables(*set, nullptr, Limits{}.table_memory_mib * 1024 * 1024);
    keys = std::make_unique<jwks::KeySet>(std::move(*set));
    for (const std::string_view token : tokens.views) {
      jws::Compact& split = compact.emplace_back();
      ASSAY_CHECK(jws::Split(token, Limits{}.token_bytes, &split) == Reason::kUnset);
      header_texts.push_back(Padded(split.header));
      payloads.push_back(Padded(split.payload));
      signatures.push_back(Padded(split.signature));
      ASSAY_CHECK(jws::ReadHeader(Unpadded(header_texts.back()), policy.algorithms(), parser, kept,
                                  &headers.emplace_back()) == Reason::kUnset);
      json::Document document;
      ASSAY_CHECK(parser.Parse(Unpadded(payloads.back()), kept, &document) == json::Status::kOk);
      std::string_view bad;
      ASSAY_CHECK(claims.emplace_back().Read(Unpadded(payloads.back()), document.members, &bad) == Reason::kUnset);
      const jwks::KeySet::Choice choice = keys->Choose(&headers.back().kid, algorithm);
      ASSAY_CHECK(choice.jwk != nullptr);
      jobs.push_back({choice.jwk->key.get(), algorithm, split.signing_input, Unpadded(signatures.back()),
                      SignatureStatus::kUnchecked});
      signing_inputs.push_back(split.signing_input);
    }
  }

  const Algorithm algorithm;
  const Tokens tokens;
  const std::shared_ptr<Engine> engine;
  const Policy policy;
  std::unique_ptr<jwks::KeySet> keys;
  json::StrictParser parser;
  Arena kept;
  std::deque<std::string> header_texts, payloads, signatures;
  std::deque<jws::Header> headers;
  std::deque<Claims> claims;
  std::vector<jws::Compact> compact;
  std::vector<SignatureJob> jobs;
  std::vector<std::string_view> signing_inputs;
};

// A step as work: `step(i)` for each token, true when its result was right.
template <typename Step>
Work Each(Step step) {
  return [step](std::size_t first, std::size_t count) {
    bool good = true;
    for (std::size_t i = first; i < first + count; ++i) good &= step(i);
    return good;
  };
}

// Digest and signature in batches, by a verifier and with jobs of its own.
Work Signatures(const Prepared& p) {
  auto verifier = std::make_shared<BatchVerifier>(**ChooseKernel(p.engine->kernel()));
  auto all = std::make_shared<std::vector<SignatureJob>>(p.jobs);
  return [verifier, all](std::size_t first, std::size_t count) {
    const std::span<SignatureJob> jobs = std::span(*all).subspan(first, count);
    for (SignatureJob& job : jobs) job.status = SignatureStatus::kUnchecked;
    verifier->Verify(jobs);
    bool good = true;
    for (const SignatureJob& job : jobs) good &= job.status == SignatureStatus::kValid;
    return good;
  };
}

struct Stage {
  const char* name;
  Work work;
};

std::vector<Stage> Stages(Prepared& p) {
  auto arena = std::make_shared<Arena>(4 * 1024 * 1024);
  const AlgorithmSet allowed = p.policy.algorithms();
  const std::int64_t now = Now();
  const auto fresh_arena = [arena](Work work) -> Work {
    return [arena, work = std::move(work)](std::size_t first, std::size_t count) {
      arena->Reset();
      return work(first, count);
    };
  };
  return {
      {"split", Each([&p](std::size_t i) {
         jws::Compact compact;
         return jws::Split(p.tokens.views[i], Limits{}.token_bytes, &compact) == Reason::kUnset;
       })},
      {"base64url", fresh_arena(Each([&p, arena](std::size_t i) {
         bool good = true;
         for (const std::string_view part : {p.compact[i].header, p.compact[i].payload, p.compact[i].signature}) {
           char* const out = arena->Allocate<char>(base64url::DecodedSize(part.size()) + json::StrictParser::kPadding);
           good &= base64url::Decode(part, out) == base64url::kOk;
         }
         return good;
       }))},
      {"header", fresh_arena(Each([&p, arena, allowed](std::size_t i) {
         jws::Header header;
         return jws::ReadHeader(Unpadded(p.header_texts[i]), allowed, p.parser, *arena, &header) == Reason::kUnset;
       }))},
      {"payload", fresh_arena(Each([&p, arena](std::size_t i) {
         json::Document document;
         Claims claims;
         std::string_view bad;
         const std::string_view text = Unpadded(p.payloads[i]);
         return p.parser.Parse(text, *arena, &document) == json::Status::kOk &&
                claims.Read(text, document.members, &bad) == Reason::kUnset;
       }))},
      {"key lookup",
       Each([&p](std::size_t i) { return p.keys->Choose(&p.headers[i].kid, p.algorithm).jwk != nullptr; })},
      {"digest",
       [&p, digests = std::make_shared<std::array<Sha256Digest, kBatch>>()](std::size_t first, std::size_t count) {
         Sha256Batch(std::span(p.signing_inputs).subspan(first, count), std::span(*digests).first(count));
         return true;  // what it is worth shows in the signature
       }},
      {"digest and signature", Signatures(p)},
      {"policy", fresh_arena(Each([&p, arena, now](std::size_t i) {
         Detail detail;
         return p.policy.Evaluate(p.headers[i], {p.claims[i], *arena}, {}, now, &detail) == Reason::kUnset;
       }))},
      {"whole",
       [&p, now, worker = std::make_shared<Worker>(p.engine),
        verdicts = std::make_shared<std::vector<Verdict>>(kBatch)](std::size_t first, std::size_t count) {
         const std::span<Verdict> out = std::span(*verdicts).first(count);
         worker->ValidateBatch(std::span(p.tokens.views).subspan(first, count), now, out);
         bool good = true;
         for (const Verdict& verdict : out) good &= verdict.accepted();
         return good;
       }},
  };
}

}  // namespace

nlohmann::ordered_json MeasureStages(const Plan& plan) {
  const Realm realm({Algorithm::kES256, Algorithm::kRS256}, 1);
  std::deque<Prepared> prepared;
  std::vector<Contender> contenders;
  const auto add = [&](const char* section, std::string name, Algorithm algorithm, std::vector<Work> threads) {
    Contender& added = contenders.emplace_back();
    added.section = section;
    added.name = std::move(name);
    added.about = {{"alg", std::string(AlgorithmName(algorithm))}};
    added.tokens = kTokens;
    added.batch = kBatch;
    added.threads = std::move(threads);
  };
  for (const Algorithm algorithm : {Algorithm::kES256, Algorithm::kRS256}) {
    Prepared& each = prepared.emplace_back(realm, algorithm);
    for (Stage& stage : Stages(each)) add("stages", stage.name, algorithm, {std::move(stage.work)});
    std::vector<Work> own;  // of each thread: its memory is the same in every row
    for (const std::size_t threads : ThreadCounts()) {
      while (own.size() < threads) own.push_back(Signatures(each));
      add("signature threads", ThreadsName(threads), algorithm, own);
      contenders.back().timing = Timing::kOwnCores;
    }
  }
  Measure(contenders, plan);
  const auto difference = [](double whole, double signature) { return 1e9 / whole - 1e9 / signature; };
  Contender* signature = nullptr;
  for (Contender& each : contenders) {
    if (each.name == "digest and signature") signature = &each;
    if (each.name != "whole") continue;
    each.about["ns_without_signature"] = std::round(10 * MedianOfRounds(each, *signature, difference)) / 10;
  }
  return ToJson(contenders);
}

}  // namespace assay::bench
