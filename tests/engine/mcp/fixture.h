// A gateway in miniature: an engine, a policy, and decisions on requests with tokens of any claims.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/engine.h"
#include "engine/api/mcp.h"
#include "tests/testing/engines.h"

namespace assay::mcp {

inline constexpr std::string_view kResource = "https://mcp.example.com/mcp";
inline constexpr std::string_view kMetadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

// README's example.
inline std::string FileServerPolicy() {
  std::ifstream file(ASSAY_FILE_SERVER_POLICY, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A policy with these members besides the ones that every policy has.
inline std::string PolicyWith(std::string_view members) {
  std::string text =
      R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"])";
  if (!members.empty()) text += ',';
  text += members;
  return text + "}";
}

inline std::shared_ptr<const ScopePolicy> Compiled(const std::string& text) {
  auto policy = ScopePolicy::FromJson(text, "policy.json");
  if (!policy) {
    ADD_FAILURE() << policy.error();
    std::abort();
  }
  return *policy;
}

inline std::string Call(std::string_view method, std::string_view params = "") {
  std::string text = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + '"';
  if (!params.empty()) text += ",\"params\":" + std::string(params);
  return text + "}";
}
inline std::string CallTool(std::string_view name) {
  return Call("tools/call", "{\"name\":\"" + std::string(name) + "\",\"arguments\":{}}");
}

using Fields = std::vector<HeaderField>;

class Gateway {
 public:
  // `adjust`: changes the engine's policy for the one issuer.
  explicit Gateway(const std::string& policy, const std::function<void(PolicyConfig&)>& adjust = {})
      : policy_(Compiled(policy)), key_(testing::SigningKey::Make(Algorithm::kES256)) {
    IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{key_});
    issuer.policy.audiences = {policy_->resource()};
    if (adjust) adjust(issuer.policy);
    issuers_ = {issuer.policy};
    engine_ = testing::MakeEngine(issuer);
    worker_.emplace(engine_);
    auto checker = Checker::Create(policy_, issuers_);
    if (!checker) std::abort();
    checker_.emplace(std::move(*checker));
  }

  // A token for the policy's resource with `members` (`"scope":"a b"`, may be empty) besides the usual ones.
  std::string Token(std::string_view members = "") const {
    std::string claims = R"({"iss":")" + std::string(testing::kIssuer) +
                         R"(","sub":"user-1","client_id":"client-1","aud":")" + policy_->resource() + R"(","exp":)" +
                         std::to_string(testing::kNow + 600);
    if (!members.empty()) claims += ',';
    claims += members;
    return testing::Sign(key_, testing::HeaderOf(key_), claims + "}");
  }
  std::string TokenFor(std::string_view scopes) const { return Token("\"scope\":\"" + std::string(scopes) + "\""); }

  // The whole way, as checker.h shows it.
  Decision Decide(const Fields& fields, const std::string& body, std::string_view http_method = "POST",
                  std::int64_t now = testing::kNow) {
    fields_ = fields;
    body_ = body;
    const RequestHead head = ReadHead(fields_, http_method);
    std::string_view token;
    const Reason reason = checker_->ExtractToken(head, &token);
    return reason == Reason::kUnset ? checker_->Decide(worker_->Validate(token, now), head, {body_})
                                    : checker_->Refuse(reason, head, {body_});
  }
  // With a bearer token, and with headers of one's own behind it.
  Decision DecideWith(const std::string& token, const std::string& body, Fields more = {},
                      std::string_view http_method = "POST") {
    bearer_ = "Bearer " + token;
    more.insert(more.begin(), {"Authorization", bearer_});
    return Decide(more, body, http_method);
  }
  Decision DecideFor(std::string_view scopes, const std::string& body) { return DecideWith(TokenFor(scopes), body); }

  const ScopePolicy& policy() const { return *policy_; }
  const testing::SigningKey& key() const { return key_; }
  Checker& checker() { return *checker_; }
  Worker& worker() { return *worker_; }
  std::string Challenge(const Decision& decision) const { return ChallengeFor(*policy_, decision); }

 private:
  std::shared_ptr<const ScopePolicy> policy_;
  testing::SigningKey key_;
  std::vector<PolicyConfig> issuers_;
  std::shared_ptr<Engine> engine_;
  std::optional<Worker> worker_;
  std::optional<Checker> checker_;
  Fields fields_;
  std::string body_;
  std::string bearer_;
};

inline std::string Joined(std::span<const std::string_view> scopes) {
  std::string out;
  for (const std::string_view scope : scopes) out += (out.empty() ? "" : " ") + std::string(scope);
  return out;
}

// "allow", or status, reason and the scopes to ask for.
inline std::string Summary(const Decision& decision) {
  if (decision.allowed()) return "allow";
  std::string text = std::to_string(decision.status) + ' ' + std::string(ReasonWord(decision.reason));
  if (!decision.scopes_needed.empty()) text += ' ' + Joined(decision.scopes_needed);
  return text;
}

}  // namespace assay::mcp
