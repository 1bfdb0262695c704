#include "engine/mcp/decide/checker.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/ruling.h"
#include "engine/mcp/decide/scope_memo.h"
#include "engine/mcp/request/uri.h"
#include "engine/policy/checks.h"

namespace assay::mcp {
namespace {

constexpr int kHeaderMismatch = -32020;  // JSON-RPC error of MCP 2026-07-28
constexpr int kRetryAfterSeconds = 5;
constexpr std::size_t kMaxUnauthenticatedBytes = 64 * 1024;  // of a body that is read without a valid token
constexpr ScopeBits kNoScopes;

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

// DecideOrRefuse: what `decide` makes of a decision; should memory run out, a refusal.
template <typename Decide>
Decision DecideOrRefuse(const Decide& decide) noexcept {
  Decision decision;
  try {
    decide(&decision);
  } catch (const std::bad_alloc&) {
    decision = {};
    DenyForNow(Reason::kUnset, &decision);
  }
  return decision;
}

void DenyRequest(Reason reason, Decision* decision) {
  Deny(reason, 400, ChallengeKind::kNone, decision);
  if (reason == Reason::kRequestMismatch) decision->jsonrpc_error = kHeaderMismatch;
}

// ValidateIssuer: fails for an issuer whose tokens must not be decided on for this resource.
Result<void> ValidateIssuer(const PolicyConfig& issuer, const std::string& resource) {
  if (issuer.any_audience_is_dangerous || issuer.signature_only) {
    return Error{"accepts tokens for any audience; MCP requires that they are meant for this resource"};
  }
  if (!issuer.required_scopes.empty()) {
    return Error{
        "has required scopes of its own; they belong into the policy's rules, where a challenge can name them"};
  }
  const std::vector<std::string> spellings = AudienceSpellings(resource);
  const bool named = std::any_of(issuer.audiences.begin(), issuer.audiences.end(), [&](const std::string& audience) {
    return std::find(spellings.begin(), spellings.end(), audience) != spellings.end();
  });
  if (!named) return Error{"does not require the policy's resource as audience"};
  return {};
}

}  // namespace

std::string Principal::Key() const {
  std::string key;
  for (const auto& part : {issuer, subject, client_id}) {
    key += part ? std::to_string(part->size()) + ':' : "-";
    key += part.value_or(std::string_view());
  }
  return key;
}

struct Checker::Impl {
  // Issuer: what of an issuer's policy a decision needs.
  struct Issuer {
    std::string name;
    IssuerMode mode;
  };

  Impl(std::shared_ptr<const ScopePolicy> policy_in, std::vector<Issuer> issuers_in)
      : source(std::move(policy_in)), policy(source->compiled()), issuers(std::move(issuers_in)) {
    own_audiences = AudienceSpellings(source->resource());
    for (const std::string& audience : policy.config().audiences) {
      const std::vector<std::string> spellings = AudienceSpellings(audience);
      own_audiences.insert(own_audiences.end(), spellings.begin(), spellings.end());
    }
  }

  void Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body, Decision* decision);
  void Refuse(Reason reason, const RequestHead& head, const RequestBody& body, Decision* decision);
  bool DenyOrigin(const RequestHead& head, Decision* decision) const;
  Reason CheckToken(const Verdict& verdict);
  Reason Read(const RequestHead& head, const RequestBody& body, Request* out);
  void Judge(const Verdict& verdict, const Request& request, Decision* decision);
  bool Satisfies(const Verdict& verdict, const Ruling& ruling, Decision* decision);
  std::span<const std::string_view> ScopesFor(const Ruling& ruling, const ScopeBits& granted,
                                              const ScopeBits* possible);
  const ScopeBits& GrantedToToken(const Verdict& verdict);
  const ScopeBits* GrantedToUser(const Claims& claims);
  void AskForScopes(const RequestHead& head, const RequestBody& body, Decision* decision);

  const std::shared_ptr<const ScopePolicy> source;
  const CompiledPolicy& policy;  // of source
  const std::vector<Issuer> issuers;
  std::vector<std::string> own_audiences;
  RequestReader reader;
  Arena arena;
  ScopeMemo scope_memo;
  ScopeMemo role_memo;
  std::vector<std::string_view> scopes_of_both;  // what two rules need together
};

Checker::Checker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

const ScopePolicy& Checker::policy() const { return *impl_->source; }

Result<Checker> Checker::Create(std::shared_ptr<const ScopePolicy> policy, std::span<const PolicyConfig> issuers) {
  if (issuers.empty()) return Error{"the engine has no issuers"};
  std::vector<Impl::Issuer> known;
  for (const PolicyConfig& issuer : issuers) {
    if (const auto valid = ValidateIssuer(issuer, policy->resource()); !valid) {
      const std::string name = issuer.issuer.empty() ? "the engine" : "issuer " + issuer.issuer;
      return Error{name + " " + valid.error() + " (" + policy->resource() + ")"};
    }
    known.push_back({issuer.issuer, issuer.issuer_mode});
  }
  return Checker(std::make_unique<Impl>(std::move(policy), std::move(known)));
}

bool Checker::Impl::DenyOrigin(const RequestHead& head, Decision* decision) const {
  if (!head.origin.present()) return false;
  if (head.origin.count == 1 && IsAllowedOrigin(*source, head.origin.value)) return false;
  Deny(Reason::kOriginDenied, 403, ChallengeKind::kNone, decision);
  return true;
}

// CheckToken: kAccepted for the verdict on a valid token that is meant for this resource. An engine that was reloaded
// since Create() may accept tokens for another one, or have other issuers.
Reason Checker::Impl::CheckToken(const Verdict& verdict) {
  if (!verdict.accepted()) return verdict.reason();
  if (verdict.claims() == nullptr) return Reason::kUnset;
  arena.Reset();
  Detail detail;
  const Reason reason = CheckAudience(own_audiences, *verdict.claims(), arena, &detail);
  if (reason != Reason::kUnset) return reason;
  const auto index = static_cast<std::size_t>(verdict.issuer_index());
  if (index >= issuers.size()) return Reason::kIssuerUnknown;
  const Issuer& issuer = issuers[index];
  const bool is_same = issuer.mode == IssuerMode::kUnchecked ||
                       SameText(verdict.claims()->issuer().value_or(std::string_view()), issuer.name);
  return is_same ? Reason::kAccepted : Reason::kIssuerUnknown;
}

void Checker::Impl::Decide(const Verdict& verdict, const RequestHead& head, const RequestBody& body,
                           Decision* decision) {
  if (DenyOrigin(head, decision)) return;
  if (const Reason reason = CheckToken(verdict); reason != Reason::kAccepted) {
    DenyToken(reason, decision);
    return AskForScopes(head, body, decision);
  }
  const Claims* const claims = verdict.claims();
  decision->principal = {verdict.issuer(), claims->subject(), verdict.client_id()};
  const Reason reason = Read(head, body, &decision->request);
  if (reason == Reason::kUnset) {
    Judge(verdict, decision->request, decision);
  } else {
    DenyRequest(reason, decision);
  }
}

void Checker::Impl::Refuse(Reason reason, const RequestHead& head, const RequestBody& body, Decision* decision) {
  if (DenyOrigin(head, decision)) return;
  // RFC 6750 section 3.1.
  if (reason != Reason::kCredentialMissing) return Deny(reason, 400, ChallengeKind::kInvalidRequest, decision);
  Deny(reason, 401, ChallengeKind::kAnonymous, decision);
  AskForScopes(head, body, decision);
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
  if (uri.empty() || !HasOtherReading(uri) || policy.resources().HasExact(uri)) return Reason::kUnset;
  out->defect = "the resource's URI could be read as another one's";
  return Reason::kRequestMalformed;
}

// AskForScopes: a challenge asks for what the operation needs, where the request says it; else for the policy's
// default. Without a valid token nothing is granted, so that the first of equal alternatives is named.
void Checker::Impl::AskForScopes(const RequestHead& head, const RequestBody& body, Decision* decision) {
  if (decision->challenge == ChallengeKind::kNone) return;
  decision->scopes_needed = policy.default_scopes();
  if (body.text.size() > kMaxUnauthenticatedBytes) return;
  if (Read(head, body, &decision->request) != Reason::kUnset) return;
  const Ruling ruling = RulingOn(policy, decision->request);
  if (ruling.rule == nullptr && !ruling.any_valid_token) return;
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

// GrantedToToken: what the token was given, with all that it implies; the engine has checked the claim's type.
const ScopeBits& Checker::Impl::GrantedToToken(const Verdict& verdict) {
  const json::Value* const scopes = verdict.scopes();
  if (scopes == nullptr) return kNoScopes;
  return *scope_memo.Get(scopes->raw, [&](ScopeBits* bits) {
    ForEachScope(*scopes, arena, [&](std::string_view scope) {
      policy.GrantScope(scope, bits);
      return true;
    });
    return true;
  });
}

// GrantedToUser: what its user may do, likewise. Null when the role claim is of a type that it cannot have.
const ScopeBits* Checker::Impl::GrantedToUser(const Claims& claims) {
  const json::Value* const roles = claims.Find(policy.config().role_claim);
  if (roles == nullptr) return &kNoScopes;
  return role_memo.Get(roles->raw, [&](ScopeBits* bits) {
    // A role's name may hold spaces: one string is one role.
    if (json::IsString(*roles)) {
      policy.GrantRole(roles->text, bits);
      return true;
    }
    if (!json::IsArrayOfStrings(*roles)) return false;
    ForEachScope(*roles, arena, [&](std::string_view role) {
      policy.GrantRole(role, bits);
      return true;
    });
    return true;
  });
}

void Checker::Impl::Judge(const Verdict& verdict, const Request& request, Decision* decision) {
  const Ruling ruling = RulingOn(policy, request);
  const bool is_named = ruling.rule != nullptr || ruling.any_valid_token;
  const bool has_rules = ruling.rule != nullptr || ruling.resource_rule != nullptr;
  if (!is_named || (has_rules && !Satisfies(verdict, ruling, decision))) {
    if (decision->reason == Reason::kUnset) Deny(Reason::kToolDenied, 403, ChallengeKind::kNone, decision);
    return;
  }
  decision->reason = Reason::kAccepted;
  decision->status = 200;
}

// Satisfies: whether the verdict's token may do what the rules protect. Where asking for more scopes or for another
// token would help, `decision` says so.
bool Checker::Impl::Satisfies(const Verdict& verdict, const Ruling& ruling, Decision* decision) {
  const Grants grants = policy.config().grants;
  arena.Reset();
  const ScopeBits* by_user = nullptr;
  if (grants != Grants::kToken) {
    by_user = GrantedToUser(*verdict.claims());
    if (by_user == nullptr) {
      Deny(Reason::kBadClaimType, 401, ChallengeKind::kInvalidToken, decision);
      return false;
    }
    // What the user may not do, no new token would help with: a challenge would lead nowhere.
    if (!IsSatisfiedBy(ruling, *by_user)) return false;
    if (grants == Grants::kUser) return true;
  }
  const ScopeBits* granted = &GrantedToToken(verdict);
  ScopeBits to_both;
  if (by_user != nullptr) {
    to_both = *granted;
    to_both &= *by_user;
    granted = &to_both;
  }
  if (IsSatisfiedBy(ruling, *granted)) return true;
  Deny(Reason::kInsufficientScope, 403, ChallengeKind::kInsufficientScope, decision);
  decision->scopes_needed = ScopesFor(ruling, *granted, by_user);
  return false;
}

}  // namespace assay::mcp
