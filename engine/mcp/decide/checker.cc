#include "engine/mcp/decide/checker.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/explain.h"
#include "engine/mcp/decide/grants.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/ruling.h"
#include "engine/mcp/decide/token_check.h"
#include "engine/mcp/request/credential.h"
#include "engine/mcp/request/transport.h"
#include "engine/mcp/request/uri.h"
#include "engine/policy/checks.h"

namespace assay::mcp {
namespace {

constexpr int kHeaderMismatch = -32020;  // JSON-RPC error of MCP 2026-07-28
constexpr int kRetryAfterSeconds = 5;
constexpr std::size_t kMaxUnauthenticatedBytes = 64 * 1024;  // of a body that is read without a valid token

void Deny(Reason reason, int status, ChallengeKind challenge, Decision* decision) {
  decision->reason = reason;
  decision->status = status;
  decision->challenge = challenge;
}

void DenyForNow(Reason reason, Decision* decision) {
  Deny(reason, 503, ChallengeKind::kNone, decision);
  decision->retry_after_seconds = kRetryAfterSeconds;
}

// DenyToken: keys and revocations that are not at hand are the gateway's fault, not the token's.
void DenyToken(Reason reason, Decision* decision) {
  if (reason == Reason::kKeysUnavailable || reason == Reason::kKeyPending || reason == Reason::kRevocationUnavailable) {
    DenyForNow(reason, decision);
  } else if (reason == Reason::kInsufficientScope) {
    Deny(reason, 403, ChallengeKind::kInsufficientScope, decision);
  } else {
    Deny(reason, 401, ChallengeKind::kInvalidToken, decision);
  }
}

Decision Undecided(const char* why) {
  Decision decision;
  DenyForNow(Reason::kUnset, &decision);
  decision.explanation.before = why;
  return decision;
}

// DecideOrRefuse: what `decide` makes of a decision; should memory run out, a refusal. So too should it throw what
// nothing in it throws: a request that finds a defect of ours costs itself its answer, not the host its process.
template <typename Decide>
Decision DecideOrRefuse(const Decide& decide) noexcept {
  try {
    Decision decision;
    decide(&decision);
    return decision;
  } catch (const std::bad_alloc&) {
    return Undecided("memory ran out");
  } catch (const std::exception&) {
    return Undecided("a defect of this library");
  }
}

void DenyRequest(Reason reason, Decision* decision) {
  switch (reason) {
    case Reason::kMethodNotAllowed:
      return Deny(reason, 405, ChallengeKind::kNone, decision);
    case Reason::kBodyTooLarge:
      return Deny(reason, 413, ChallengeKind::kNone, decision);
    case Reason::kBodyEncoding:
      return Deny(reason, 415, ChallengeKind::kNone, decision);
    case Reason::kRequestMismatch:
      decision->jsonrpc_error = kHeaderMismatch;
      break;
    default:
      break;
  }
  Deny(reason, 400, ChallengeKind::kNone, decision);
}

// AsksForMore: whether another rule asks for what one does not; null: there is none.
bool AsksForMore(const Rule* other, const Rule* than) {
  if (other == nullptr) return false;
  if (than == nullptr) return !other->IsSatisfiedBy({});
  return !std::all_of(than->alternatives.begin(), than->alternatives.end(),
                      [&](const Alternative& alternative) { return other->IsSatisfiedBy(alternative.needed); });
}

}  // namespace

struct Checker::Impl {
  Impl(std::shared_ptr<const ScopePolicy> policy_in, TokenCheck token_check_in)
      : source(std::move(policy_in)),
        policy(source->compiled()),
        token_check(std::move(token_check_in)),
        grant_reader(policy) {
    scopes_granted.reserve(policy.scopes().size());
  }

  void Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body, Decision* decision);
  void Refuse(Reason reason, const RequestHead& head, const RequestBody& body, Decision* decision);
  bool DecideByHead(const RequestHead& head, Decision* decision) const;
  void DenyOrigin(const RequestHead& head, Decision* decision) const;
  Reason Read(const RequestHead& head, const RequestBody& body, Request* out);
  bool IsRuledOtherwise(std::string_view uri);
  bool IsHostRuledOtherwise(std::string_view uri, std::string_view host);
  void Judge(const Verdict& verdict, const Request& request, Decision* decision);
  void AskForMore(const Verdict& verdict, const Ruling& ruling, const Granted& granted, Decision* decision);
  std::span<const std::string_view> ScopesFor(const Ruling& ruling, const ScopeBits& granted,
                                              const ScopeBits* possible);
  void AskForScopes(const RequestHead& head, const RequestBody& body, Decision* decision);
  void AskForScopesOf(const Ruling& ruling, Decision* decision);
  std::span<const Access> Permitted(const Verdict& verdict, std::span<const std::string_view> names);

  const std::shared_ptr<const ScopePolicy> source;
  const CompiledPolicy& policy;  // of source
  TokenCheck token_check;
  GrantReader grant_reader;
  RequestReader reader;
  std::string other_uri;                         // of IsRuledOtherwise() and IsHostRuledOtherwise()
  std::vector<std::string_view> scopes_of_both;  // what two rules need together
  std::vector<std::string_view> scopes_granted;
  assay::Detail scopes_found;  // of the last token that lacked some
  std::vector<Access> access;
};

Checker::Checker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

const ScopePolicy& Checker::policy() const { return *impl_->source; }

Result<Checker> Checker::Create(std::shared_ptr<const ScopePolicy> policy, std::span<const PolicyConfig> issuers) {
  Result<TokenCheck> token_check = TokenCheck::Create(*policy, issuers);
  if (!token_check) return Error{token_check.error()};
  return Checker(std::make_unique<Impl>(std::move(policy), std::move(*token_check)));
}

Reason Checker::ExtractToken(const RequestHead& head, std::string_view* token) const {
  const bool takes_dpop = impl_->token_check.schemes() != Schemes::kBearer;
  return mcp::ExtractToken(head, token, takes_dpop ? Dpop::kAccepted : Dpop::kRefused);
}

bool Checker::WantsBody(const RequestHead& head) const {
  return ReadHttpMethod(head.http_method) == HttpMethod::kPost &&
         impl_->policy.config().header_mode != HeaderMode::kHeaders;
}

Schemes Checker::schemes() const { return impl_->token_check.schemes(); }

void Checker::Impl::DenyOrigin(const RequestHead& head, Decision* decision) const {
  Deny(Reason::kOriginDenied, 403, ChallengeKind::kNone, decision);
  decision->explanation = {"the origin ", head.origin.value, " is none of the policy's allowed_origins"};
  if (policy.config().allowed_origins.empty()) decision->explanation.after = " is not the resource's own";
  if (head.origin.count > 1) decision->explanation = {"Origin is repeated"};
}

// DecideByHead: decides on what needs no credential: a foreign origin, a preflight, a method that is never served.
// Whether it did.
bool Checker::Impl::DecideByHead(const RequestHead& head, Decision* decision) const {
  const std::optional<HeaderMode> mode = policy.config().header_mode;
  decision->schemes = token_check.schemes();
  decision->uses_dpop = HasDpopScheme(head);
  if (head.origin.present() && (head.origin.count > 1 || !IsAllowedOrigin(*source, head.origin.value))) {
    DenyOrigin(head, decision);
    return true;
  }
  decision->origin = head.origin.value;
  if (IsPreflight(head)) {
    Deny(Reason::kPreflight, 204, ChallengeKind::kNone, decision);
    decision->preflight = {head.requested_headers.value};
    decision->allow = AllowedMethods(head, mode);
    decision->explanation = {"a preflight is answered and not passed on"};
    return true;
  }
  if (IsMethodAllowed(head, mode)) return false;
  DenyRequest(Reason::kMethodNotAllowed, decision);
  decision->allow = AllowedMethods(head, mode);
  const HttpMethod method = ReadHttpMethod(head.http_method);
  const bool was_once = method == HttpMethod::kGet || method == HttpMethod::kDelete;
  decision->explanation = {"the HTTP method ", head.http_method,
                           was_once
                               ? " is only in versions up to 2025-11-25, and this request or the policy is for later"
                               : " is none of MCP's"};
  return true;
}

void Checker::Impl::Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body,
                           Decision* decision) {
  if (DecideByHead(head, decision)) return;
  const Reason reason = token_check.Check(verdict, decision->uses_dpop, &decision->explanation);
  if (reason != Reason::kAccepted) {
    DenyToken(reason, decision);
    AskForScopes(head, body, decision);
    decision->is_reported = source->in_report_mode() &&
                            token_check.MayBeReported(verdict, reason, decision->uses_dpop) &&
                            Read(head, body, &decision->request) == Reason::kUnset;
    return;
  }
  decision->explanation = {};
  decision->principal = PrincipalOf(verdict);
  const Reason form = Read(head, body, &decision->request);
  if (form == Reason::kUnset) {
    Judge(verdict, decision->request, decision);
  } else {
    DenyRequest(form, decision);
  }
}

void Checker::Impl::Refuse(Reason reason, const RequestHead& head, const RequestBody& body, Decision* decision) {
  if (DecideByHead(head, decision)) return;
  if (reason == Reason::kCredentialMissing) {
    Deny(reason, 401, ChallengeKind::kAnonymous, decision);
    decision->explanation = {WhyNoCredential(head)};
    return AskForScopes(head, body, decision);
  }
  // RFC 6750 section 3.1.
  Deny(reason, 400, ChallengeKind::kInvalidRequest, decision);
  decision->explanation = {reason == Reason::kCredentialRepeated
                               ? "there is more than one credential: header lines, a list in one, or the query"
                               : "what the Authorization header holds is not the syntax of a token"};
}

Decision Checker::Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body) noexcept {
  return DecideOrRefuse([&](Decision* decision) { impl_->Decide(verdict, head, body, decision); });
}

void Checker::Prefetch(const ValidatedRequest& request) const {
  constexpr std::size_t kMost = 2048;  // of a body: what is named stands at its front
  __builtin_prefetch(request.head.method.value.data());
  __builtin_prefetch(request.head.name.value.data());
  if (impl_->policy.config().header_mode == HeaderMode::kHeaders) return;
  PrefetchLines(request.body.text.data(), std::min(request.body.text.size(), kMost));
}

Decision Checker::Refuse(Reason reason, const RequestHead& head, const RequestBody& body) noexcept {
  return DecideOrRefuse([&](Decision* decision) { impl_->Refuse(reason, head, body, decision); });
}

// Read: reads the request. A resource that a server may read as another one is well-formed only where a rule has its
// exact name: it must not go by a broader rule, and miss the rule of the resource that is meant.
Reason Checker::Impl::Read(const RequestHead& head, const RequestBody& body, Request* out) {
  const Reason reason = reader.Read(head, body, policy.config().header_mode, out);
  if (reason != Reason::kUnset) return reason;
  const std::string_view uri = out->target == Target::kResource ? out->name : out->resource;
  if (uri.empty()) return Reason::kUnset;
  const bool has_one_reading = policy.resources().HasExact(uri) || (!HasOtherReading(uri) && !IsRuledOtherwise(uri));
  if (has_one_reading && !IsHostRuledOtherwise(uri, out->host_as_sent)) return Reason::kUnset;
  out->defect = "the resource's URI could be read as another one's";
  return Reason::kRequestMalformed;
}

// IsHostRuledOtherwise: whether the rule for the URI with its host as it was sent asks for more; empty: it is the same.
bool Checker::Impl::IsHostRuledOtherwise(std::string_view uri, std::string_view host) {
  if (host.empty()) return false;
  const std::string_view normal = SplitUriTemplate(uri)->host;
  const auto begin = static_cast<std::size_t>(normal.data() - uri.data());
  other_uri.assign(uri.substr(0, begin)).append(host).append(uri.substr(begin + normal.size()));
  return AsksForMore(policy.resources().Find(other_uri), policy.resources().Find(uri));
}

// IsRuledOtherwise: whether the rule for what a server may take this URI for asks for more: many pass over a slash at
// the end of a path, where an empty segment is, and a query that they do not know.
bool Checker::Impl::IsRuledOtherwise(std::string_view uri) {
  const RuleTable& rules = policy.resources();
  const Rule* const rule = rules.Find(uri);
  const auto is_other = [&](std::string_view other) { return AsksForMore(rules.Find(other), rule); };
  const std::string_view path = uri.substr(0, uri.find('?'));
  other_uri.assign(path).push_back('!');
  // A rule that says which query goes by it is meant for that one.
  const bool looks_at_query = rule != nullptr && rules.Find(other_uri) != rule;
  if (path.size() != uri.size() && !looks_at_query && is_other(path)) return true;
  if (path.ends_with('/')) return is_other(path.substr(0, path.size() - 1));
  other_uri.back() = '/';
  return is_other(other_uri);
}

// AskForScopes: a challenge asks for what the operation needs, where the request says it; else for the policy's
// default. Without a valid token nothing is granted, so that the first of equal alternatives is named. AskForScopesOf:
// where the request was read.
void Checker::Impl::AskForScopes(const RequestHead& head, const RequestBody& body, Decision* decision) {
  if (decision->challenge == ChallengeKind::kNone) return;
  decision->scopes_needed = policy.default_scopes();
  if (body.text.size() > kMaxUnauthenticatedBytes) return;
  if (Read(head, body, &decision->request) != Reason::kUnset) return;
  AskForScopesOf(RulingOn(policy, decision->request), decision);
}

void Checker::Impl::AskForScopesOf(const Ruling& ruling, Decision* decision) {
  decision->scopes_needed = policy.default_scopes();
  if (!ruling.IsNamed()) return;
  const auto scopes = ScopesFor(ruling, {}, nullptr);
  if (!scopes.empty()) decision->scopes_needed = scopes;
}

// ScopesFor: what to ask for: of each rule its nearest alternative. Requires rules that `possible`, if given,
// satisfies.
std::span<const std::string_view> Checker::Impl::ScopesFor(const Ruling& ruling, const ScopeBits& granted,
                                                           const ScopeBits* possible) {
  const auto nearest = [&](const Rule* rule) -> std::span<const std::string_view> {
    if (rule == nullptr) return {};
    return Nearest(*rule, granted, possible)->scopes;
  };
  const auto scopes = nearest(ruling.rule);
  const auto more = nearest(ruling.resource_rule);
  if (more.empty()) return scopes;
  scopes_of_both.assign(scopes.begin(), scopes.end());
  for (const std::string_view scope : more) {
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes_of_both.push_back(scope);
  }
  return scopes_of_both;
}

void Checker::Impl::Judge(const Verdict& verdict, const Request& request, Decision* decision) {
  const Ruling ruling = RulingOn(policy, request);
  Granted granted;
  if (ruling.IsNamed() && ruling.HasRules()) {
    if (const Reason reason = grant_reader.Read(verdict, &granted); reason != Reason::kUnset) {
      decision->explanation.detail = &grant_reader.wrong_type();
      Deny(reason, 401, ChallengeKind::kInvalidToken, decision);
      return AskForScopesOf(ruling, decision);
    }
  }
  const Access access_to = AccessTo(ruling, granted);
  decision->is_reported = source->in_report_mode() && access_to != Access::kPermitted;
  switch (access_to) {
    case Access::kPermitted:
      decision->reason = Reason::kAccepted;
      decision->status = 200;
      return;
    case Access::kScopesMissing:
      return AskForMore(verdict, ruling, granted, decision);
    case Access::kDenied:
      break;
  }
  Deny(Reason::kToolDenied, 403, ChallengeKind::kNone, decision);
  if (!ruling.IsNamed()) {
    decision->explanation = WhyNoRule(request);
    return;
  }
  decision->explanation = WhyUserMayNot(policy, ruling, granted);
  decision->explanation.needed = ScopesFor(ruling, *granted.user, nullptr);
}

// AskForMore: denies with a challenge: a token with more scopes would be allowed.
void Checker::Impl::AskForMore(const Verdict& verdict, const Ruling& ruling, const Granted& granted,
                               Decision* decision) {
  Deny(Reason::kInsufficientScope, 403, ChallengeKind::kInsufficientScope, decision);
  decision->scopes_needed = ScopesFor(ruling, *granted.all, granted.user);
  scopes_found = {};
  SetScopes(verdict.scopes(), token_check.ScopeClaim(verdict), *verdict.claims(), &scopes_found);
  decision->explanation.detail = &scopes_found;
  if (policy.config().challenge_scopes != ChallengeScopes::kGrantedAndNeeded) return;
  const ScopeBits held = grant_reader.HasLiterally(verdict);
  scopes_granted.clear();
  for (std::size_t i = 0; i < policy.scopes().size(); ++i) {
    if (held.Contains(i)) scopes_granted.push_back(policy.scopes()[i]);
  }
  decision->scopes_granted = scopes_granted;
}

std::span<const Access> Checker::Impl::Permitted(const Verdict& verdict, std::span<const std::string_view> names) {
  access.assign(names.size(), Access::kDenied);
  Explanation why;
  Granted granted;
  if (token_check.Check(verdict, std::nullopt, &why) != Reason::kAccepted) return access;
  (void)grant_reader.Read(verdict, &granted);  // nothing is granted by claims of a wrong type
  for (std::size_t i = 0; i < names.size(); ++i) {
    Request request;
    request.target = Target::kTool;
    request.name = names[i];
    const Ruling ruling = RulingOn(policy, request);
    access[i] = AccessTo(ruling, granted);
  }
  return access;
}

std::span<const Access> Checker::Permitted(const Verdict& verdict, std::span<const std::string_view> names) noexcept {
  try {
    return impl_->Permitted(verdict, names);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace assay::mcp
