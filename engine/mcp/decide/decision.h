// Decision: what is to become of one MCP request, and what to answer when it is not passed on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/mcp/request/request.h"
#include "engine/pipeline/verdict.h"

namespace assay::mcp {

// Principal: who acts. A gateway binds sessions, state handles, audit records and rate limits to it: a session id is no
// authentication; this is. Views of the verdict.
struct Principal {
  std::optional<std::string_view> issuer;
  std::optional<std::string_view> tenant;
  std::optional<std::string_view> subject;
  std::optional<std::string_view> client_id;

  // Key: one string for the four: the same for the same principal, and different for any other. Nothing where the token
  // names neither a subject nor a client: all such tokens of an issuer would share it.
  ASSAY_EXPORT std::optional<std::string> Key() const;
};

// PrincipalOf: who acts with an accepted token whose claims were read.
ASSAY_EXPORT Principal PrincipalOf(const Verdict& verdict);

// ChallengeKind: which challenge (WWW-Authenticate header) an answer has (RFC 6750 section 3).
enum class ChallengeKind : std::uint8_t {
  kNone,
  kAnonymous,          // no credential was given: no error code
  kInvalidRequest,     // 400
  kInvalidToken,       // 401
  kInsufficientScope,  // 403
};

// Schemes: under which authentication schemes a token counts.
enum class Schemes : std::uint8_t {
  kBearer,
  kDpop,  // RFC 9449: every token must be bound to a key
  kBoth,
};

// Access: what a token can have of an operation.
enum class Access : std::uint8_t {
  kDenied,         // nothing, and no more scopes would help
  kScopesMissing,  // a token with more scopes would be allowed
  kPermitted,
};

// Explanation: what Decision::Detail() is made of: `before "subject" after`, or `detail after`, and the scopes that the
// operation needs; or what the verdict says.
struct Explanation {
  const char* before = nullptr;
  std::string_view subject = {};  // of the request or of the policy, never of the token
  const char* after = "";
  const Verdict* verdict = nullptr;
  const Detail* detail = nullptr;                 // of a check of the checker's own, in its memory
  std::span<const std::string_view> needed = {};  // views of the policy
};

// Preflight: what the answer to a preflight is made of. A view of the request.
struct Preflight {
  std::string_view requested_headers;
};

struct Decision {
  Reason reason = Reason::kUnset;
  int status = 403;
  ChallengeKind challenge = ChallengeKind::kNone;
  Schemes schemes = Schemes::kBearer;
  bool uses_dpop = false;  // the request's own scheme
  // scopes_needed: exactly the scopes that the operation needs. Views of the policy.
  std::span<const std::string_view> scopes_needed;
  // scopes_granted: what a challenge names besides, where the policy's challenge_scopes is "granted_and_needed": the
  // policy's scopes that the token itself has.
  std::span<const std::string_view> scopes_granted;
  bool is_reported = false;            // see report_only()
  int retry_after_seconds = 0;         // of a 503
  std::string_view allow;              // the methods that a 405 names
  std::optional<int> jsonrpc_error;    // -32020 when header and body disagree
  std::optional<Principal> principal;  // of a valid token, whatever the decision
  std::string_view origin;             // the request's, where the policy allows it; a view of the request
  std::optional<Preflight> preflight;  // of an answer
  Request request;                     // as far as it was read; views of the checker's memory
  Explanation explanation;

  // allowed: whether the request may be passed on. A preflight may not: the host answers it.
  bool allowed() const { return IsAccepted(reason); }
  bool is_answer() const { return reason == Reason::kPreflight; }

  // report_only: of a denial by a policy whose `mode` is "report": a gateway that offers report mode may let the
  // request pass, and shows reason and Detail(). It is still a denial, with the status that it would have. Only for
  //  - audience_missing, wrong_audience, insufficient_scope and tool_denied of a token that the engine accepted;
  //  - what Verdict::report_only() covers, where the token's issuer was in report mode at Checker::Create() as well: a
  //    reload ends it with the next verdict, and begins it with the next checker;
  // and for well-formed requests alone. Never without a credential, so that nobody gets rid of the reports by sending
  // none; for a foreign origin, a request that may be read in two ways, a preflight, a token under a scheme that is not
  // its own, or claims of a wrong type.
  bool report_only() const { return is_reported && !allowed() && !is_answer(); }

  // Detail: one line for people: what was wrong and what would have to be there. Empty when allowed. Not stable,
  // allocates, escapes what came from the request, shows nothing of a token but what Verdict::Detail() does.
  ASSAY_EXPORT std::string Detail() const;
};

}  // namespace assay::mcp
