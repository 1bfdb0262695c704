// Checker: may this request, with this token, be passed on to the MCP server?
//
//   RequestHead head = ReadHead(fields);
//   std::string_view token;
//   Reason reason = ExtractToken(head, &token);
//   Decision decision = reason == Reason::kUnset ? checker.Decide(worker.Validate(token, now), head, body)
//                                                : checker.Refuse(reason, head, body);
//   if (!decision.allowed()) answer(decision.status, ChallengeFor(policy, decision));
//
// A decision is a pure function of policy, verdict and request. The order is MCP's: origin, credential,
// token, form of the request, then what its operation needs. What no rule names is denied.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/base/result.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/request.h"
#include "engine/pipeline/verdict.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

// Principal: who acts. A gateway binds sessions, state handles, audit records and rate limits to it: a session id is no
// authentication; this is. Views of the verdict.
struct Principal {
  std::optional<std::string_view> issuer;
  std::optional<std::string_view> subject;
  std::optional<std::string_view> client_id;

  // Key: one string for the three: the same for the same principal, and different for any other.
  ASSAY_EXPORT std::string Key() const;
};

// ChallengeKind: which challenge (WWW-Authenticate header) an answer has (RFC 6750 section 3).
enum class ChallengeKind : std::uint8_t {
  kNone,
  kAnonymous,          // no credential was given: no error code
  kInvalidRequest,     // 400
  kInvalidToken,       // 401
  kInsufficientScope,  // 403
};

struct Decision {
  Reason reason = Reason::kUnset;
  int status = 403;
  ChallengeKind challenge = ChallengeKind::kNone;
  // scopes_needed: exactly the scopes to ask for: all that the operation needs. Views of the policy.
  std::span<const std::string_view> scopes_needed;
  int retry_after_seconds = 0;         // of a 503
  std::optional<int> jsonrpc_error;    // -32020 when header and body disagree
  std::optional<Principal> principal;  // of a valid token, whatever the decision
  Request request;                     // as far as it was read; views of the checker's memory

  bool allowed() const { return IsAccepted(reason); }
};

// ValidatedRequest: one request of a batch, with the verdict on its token. Views and pointers must stay valid until its
// decision is used no longer.
struct ValidatedRequest {
  const Verdict* verdict = nullptr;  // not null
  RequestHead head;
  RequestBody body;
};

// Checker: decides on requests by one policy. One per thread, like a Worker. Nothing is allocated once it has seen the
// largest request.
class ASSAY_EXPORT Checker {
 public:
  // Create: a checker for `policy`. `issuers`: the policies of the engine whose verdicts are judged, in its order.
  // Refuses an engine that accepts tokens meant for others: each issuer's audiences must hold the policy's resource.
  static Result<Checker> Create(std::shared_ptr<const ScopePolicy> policy, std::span<const PolicyConfig> issuers);

  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;
  ~Checker();

  // Decide: the decision on a request whose token got this verdict. The token's own audiences must hold the policy's
  // resource or one of its `audiences`, whatever else the engine accepts by now, and its issuer must be the one that
  // had its index at Create(). Its scopes stand in the claim that the engine's policy named when the token was
  // validated. Views in the decision live until this checker's next call, and as long as verdict and request do. Should
  // memory run out, the request is refused with 503 and the reason `unset`.
  Decision Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body) noexcept;

  // DecideBatch: Decide() for each request, in order, handed to visit(index, decision) at once: the decision's views of
  // the checker's memory live until `visit` returns. While one request is decided on, what the next ones need comes
  // into the cache, so that no host must see to that.
  template <typename Visitor>
  void DecideBatch(std::span<const ValidatedRequest> requests, Visitor&& visit) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (i + kPrefetchDistance < requests.size()) Prefetch(requests[i + kPrefetchDistance]);
      visit(i, Decide(*requests[i].verdict, requests[i].head, requests[i].body));
    }
  }

  // Refuse: the decision on a request that has no token to validate, for the reason that ExtractToken() gave. Likewise
  // as to views and memory.
  Decision Refuse(Reason reason, const RequestHead& head, const RequestBody& body) noexcept;

  const ScopePolicy& policy() const;

 private:
  static constexpr std::size_t kPrefetchDistance = 4;  // in requests
  void Prefetch(const ValidatedRequest& request) const;

  struct Impl;
  explicit Checker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::mcp
