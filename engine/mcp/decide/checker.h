// Checker: may this request, with this token, be passed on to the MCP server?
//
//   RequestHead head = ReadHead(fields, method);
//   std::string_view token;
//   Reason reason = checker.ExtractToken(head, &token);
//   Decision decision = reason == Reason::kUnset ? checker.Decide(worker.Validate(token, now), head, body)
//                                                : checker.Refuse(reason, head, body);
//   if (!decision.allowed()) answer(decision.status, AnswerHeaders(policy, decision));
//
// A decision is a pure function of policy, verdict and request. The order is MCP's: origin, HTTP method, credential,
// token, form of the request, then what its operation needs. What no rule names is denied. A preflight is neither
// allowed nor a denial: it is answered.
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
#include "engine/mcp/decide/decision.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/request.h"
#include "engine/pipeline/verdict.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

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
  // Refuses an engine that accepts tokens meant for others: each issuer's audiences must hold the policy's resource,
  // or the issuer has `audience_from` and the policy's `audience_from_issuers` lists it.
  static Result<Checker> Create(std::shared_ptr<const ScopePolicy> policy, std::span<const PolicyConfig> issuers);

  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;
  ~Checker();

  // ExtractToken: as mcp::ExtractToken(); under the scheme DPoP only where the policy requires tokens that are bound to
  // a key, or an issuer of the engine accepts them. Whoever configures either checks the proof of each such request.
  Reason ExtractToken(const RequestHead& head, std::string_view* token) const;

  // WantsBody: whether the decision on an authentic request with this head needs its body. Decide() without one says
  // all that the head alone decides, and `request_malformed` or `request_mismatch` where it does not.
  bool WantsBody(const RequestHead& head) const;

  // schemes: under which schemes tokens count. Whoever checks no proofs serves none but kBearer.
  Schemes schemes() const;

  // Decide: the decision on a request whose token got this verdict. The token's own audiences must hold the policy's
  // resource or one of its `audiences`, whatever else the engine accepts by now, and its issuer must be the one that
  // had its index at Create(). A token without `aud` goes by the policy's `audience_from_issuers`. Its scopes stand in
  // the claim that the engine's policy named when the token was validated. A token with `cnf.jkt` counts under the
  // scheme DPoP of `head` only, one without under any other only. Views in the decision live until this checker's next
  // call, and as long as verdict and request do. Should memory run out, the request is refused with 503 and the reason
  // `unset`.
  Decision Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body) noexcept;
  Decision Decide(const Verdict&& verdict, const RequestHead& head, const RequestBody& body) = delete;

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

  // Permitted: for each tool name what a token with this verdict may have of it, so that a gateway can take from a
  // tools/list reply what it may not call (by a policy in report mode it takes nothing: this says what it would). All
  // denied where the token itself is refused. Views the checker's memory, until its next call; empty should memory run
  // out: then nothing is permitted. What a request calls is judged by Decide() regardless.
  std::span<const Access> Permitted(const Verdict& verdict, std::span<const std::string_view> names) noexcept;

  const ScopePolicy& policy() const;

 private:
  static constexpr std::size_t kPrefetchDistance = 4;  // in requests
  void Prefetch(const ValidatedRequest& request) const;

  struct Impl;
  explicit Checker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::mcp
