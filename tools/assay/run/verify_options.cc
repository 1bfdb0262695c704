#include "tools/assay/run/verify_options.h"

#include <algorithm>

#include "engine/config/claim_members.h"
#include "engine/config/issuer_members.h"
#include "engine/config/known_issuers.h"
#include "engine/jwks/jwk_set.h"
#include "engine/policy/issuer_names.h"
#include "engine/verify/registry.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/claim_argument.h"

namespace assay::cli {
namespace {

constexpr std::int64_t kMaxSeconds = 10LL * 365 * 24 * 3600;

// RequireUsableKey: throws InputError unless `text` holds a key that can verify. The engine makes the same demand; here
// the message can name the file.
void RequireUsableKey(const std::string& source, std::string_view text, AlgorithmSet algorithms) {
  const auto set = jwks::ReadJwkSet(text, algorithms);
  if (!set) throw InputError{source + ": " + set.error()};
  std::string why = set->empty() ? ": it is empty" : "";
  for (const jwks::Jwk& jwk : *set) {
    if (jwk.key != nullptr) return;
    why += why.empty() ? ": " : "; ";
    if (jwk.has_kid) why += "kid \"" + jwk.kid + "\": ";
    why += jwk.unusable_because;
  }
  if (why.find("private") != std::string::npos) {
    why += " (`assay jwks` makes the public set of a private key)";
  }
  throw InputError{source + " holds no key that can verify" + why};
}

// RequirementOf: what is required of this claim, added where nothing is yet: several values of one claim go together.
RequiredClaim& RequirementOf(PolicyConfig* policy, ClaimPath claim) {
  auto& all = policy->required_claims;
  const auto known = std::find_if(all.begin(), all.end(), [&](const RequiredClaim& one) { return one.claim == claim; });
  return known != all.end() ? *known : all.emplace_back(RequiredClaim{std::move(claim)});
}

}  // namespace

PolicyOptions::PolicyOptions(CLI::App* app) {
  const auto value = [app](const char* name, const char* type, const char* help) {
    return AddValue(app, name, type, help)->group("What is checked");
  };
  const auto repeated = [app](const char* name, const char* type, const char* help) {
    return AddRepeated(app, name, type, help)->group("What is checked");
  };
  const auto flag = [app](const char* name, const char* help) {
    return AddFlag(app, name, help)->group("What is checked");
  };
  jwks_ = value("--jwks", "FILE|URL",
                "JWK Set, or one JWK: the keys that may have signed. An https: URL (or http: to this "
                "machine) is fetched, and fetched again as it changes");
  discover_ = flag("--discover", "Find the keys by the metadata of --issuer, which is its URL");
  issuer_ =
      value("--issuer", "S", "Required value of `iss`. Without it the claim is not checked, and a warning says so");
  audience_ = repeated("--audience", "S", "Accepted audience; repeatable. Required, unless --any-audience");
  any_audience_ = flag("--any-audience", "Accept tokens that are meant for other services");
  alg_ = value("--alg", "A[,A]",
               "Allowed algorithms, default ES256,RS256. All: ES256 ES384 ES512 RS256 RS384 RS512 "
               "PS256 PS384 PS512 EdDSA Ed25519");
  typ_ = value("--typ", "T",
               "Required token type: `any` (default; types known not to be access tokens are "
               "refused even so), or a media type such as at+jwt");
  require_scope_ = repeated("--require-scope", "S", "Scope that the token must grant; repeatable");
  require_claim_ =
      repeated("--require-claim", "CLAIM[=VALUE]",
               "Claim that must be there, or have this value; repeatable: a string must be one of a claim's values, an "
               "array must hold all. CLAIM is a name, or a JSON list of names from the root inwards");
  scope_claim_ = value("--scope-claim", "CLAIM", "Claim that holds the scopes, default scope");
  scope_form_ = value("--scope-form", "FORM",
                      "How it holds them: string (separated by spaces), array, either, or keys (an object's names); "
                      "default string for scope, either for others");
  audience_from_ =
      repeated("--audience-from", "CLAIM=VALUE",
               "Claim that stands in for the audience in tokens without any `aud`, and its value; "
               "repeatable for further values. Needs --typ, or --require-claim for what tells access tokens");
  accept_confirmation_ = repeated("--accept-confirmation", "MEMBER",
                                  "Member of `cnf`, such as jkt, whose proof is checked elsewhere: the command checks "
                                  "none, and warns; repeatable");
  without_kid_ = value("--without-kid", "unique|try",
                       "A token without kid: verified by the only key that fits (unique, the default), or tried with "
                       "up to 4");
  leeway_ = value("--leeway", "SECONDS", "Tolerated clock difference, default 0, at most 300");
  now_ = value("--now", "UNIX", "Evaluate at this time instead of the clock's");
  no_exp_required_ = flag("--no-exp-required", "A missing `exp` is not a rejection");
  max_age_ = value("--max-age", "SECONDS", "Reject tokens whose `iat` is older, missing, or in the future");
  signature_only_ = flag("--signature-only",
                         "Check header, key and signature alone; the payload may be any bytes and "
                         "no claim is checked. For conformance vectors");
  revocations_ =
      value("--revocations", "FILE|URL",
            "Revoked tokens: a file of JSON lines, which is watched, or a redis:// or rediss:// URL, which is "
            "followed");
  redis_.emplace(app, revocations_);
  config_ = value("--config", "FILE", "JSON configuration with several issuers, instead of the options above");

  for (CLI::Option* option : {jwks_, discover_, issuer_, audience_, any_audience_, alg_, typ_, require_scope_,
                              require_claim_, leeway_, no_exp_required_, max_age_, signature_only_, revocations_,
                              scope_claim_, scope_form_, audience_from_, accept_confirmation_, without_kid_}) {
    config_->excludes(option);
  }
  any_audience_->excludes(audience_);
  any_audience_->excludes(audience_from_);
  jwks_->excludes(discover_);
  for (CLI::Option* option : {issuer_, audience_, typ_, require_scope_, require_claim_, max_age_, revocations_,
                              scope_claim_, scope_form_, audience_from_, accept_confirmation_}) {
    signature_only_->excludes(option);
  }
}

EngineConfig PolicyOptions::Build(std::vector<std::string>* warnings, const std::string& default_audience) const {
  EngineConfig config = Given(config_) ? ReadConfig(Text(config_)) : FromOptions(warnings, default_audience);
  AppendWarnings(config, warnings);
  return config;
}

std::optional<std::int64_t> PolicyOptions::Now() const {
  if (!Given(now_)) return std::nullopt;
  return Number(now_, 0, 0, INT64_MAX / 2);
}

KeySource PolicyOptions::Keys(AlgorithmSet algorithms) const {
  if (Given(discover_)) {
    if (!Given(issuer_)) throw InputError{"--discover needs --issuer: whose keys are to be found?"};
    return {KeySource::Kind::kDiscover, ""};
  }
  if (!Given(jwks_)) throw InputError{"--jwks, --discover or --config is required: whose tokens are these?"};
  const std::string source = Text(jwks_);
  if (source.find("://") != std::string::npos) return {KeySource::Kind::kUrl, source};
  std::string text = ReadFile(source, kMaxJwkSetBytes);
  RequireUsableKey(source, text, algorithms);
  return {KeySource::Kind::kInline, std::move(text)};
}

EngineConfig PolicyOptions::FromOptions(std::vector<std::string>* warnings, const std::string& default_audience) const {
  EngineConfig config;
  IssuerConfig& issuer = config.issuers.emplace_back();
  PolicyConfig& policy = issuer.policy;
  policy.algorithms = Algorithms();
  issuer.keys = Keys(policy.algorithms);
  policy.signature_only = Given(signature_only_);
  policy.issuer_mode = IssuerMode::kUnchecked;
  if (policy.signature_only) {
    policy.any_audience_is_dangerous = true;
    warnings->push_back("--signature-only: no claim is checked");
    return config;
  }
  const bool says_audience = Given(audience_) || Given(any_audience_) || Given(audience_from_);
  if (!says_audience && default_audience.empty()) {
    throw InputError{"--audience is required (or --any-audience, to accept tokens meant for others)"};
  }
  policy.audiences = says_audience ? Texts(audience_) : std::vector<std::string>{default_audience};
  for (const std::string& audience : policy.audiences) {
    if (audience.empty()) throw InputError{"--audience is empty"};
    if (const std::string_view why = WhyDoubtfulAudience(audience); !why.empty()) {
      warnings->push_back("--audience " + Printable(audience) + ": " + std::string(why));
    }
  }
  policy.any_audience_is_dangerous = Given(any_audience_);
  if (Given(issuer_)) {
    policy.issuer_mode = IssuerMode::kFixed;
    policy.issuer = Text(issuer_);
    for (const std::string_view why : {WhyDoubtful(policy.issuer), WhyNoTokenNames(policy.issuer)}) {
      if (!why.empty()) warnings->push_back("--issuer: " + std::string(why));
    }
    if (policy.issuer.empty()) throw InputError{"--issuer is empty"};
    if (policy.issuer.find_first_of("{}") != std::string::npos) {
      throw InputError{
          "--issuer holds a brace: an issuer is compared byte for byte. Give the tenant's own name; for several "
          "tenants a configuration file (--config) has templates"};
    }
  } else {
    warnings->push_back("`iss` is not checked; give --issuer to check it");
  }
  ReadChecks(&policy, warnings);
  if (const std::string_view owner = KnownIssuer(policy).MissingOwner(); !owner.empty()) {
    warnings->push_back("whoever asks this issuer for a token chooses its audience; say whose tokens are meant, by " +
                        std::string(owner) + ": --require-claim NAME=VALUE");
  }
  if (Given(revocations_)) {
    const std::string from = Text(revocations_);
    if (from.empty()) throw InputError{"--revocations is empty"};
    if (RedisOptions::IsRedis(from)) {
      config.revocation.redis = redis_->Build(from);
    } else {
      config.revocation.file = from;
    }
  }
  return config;
}

void PolicyOptions::ReadChecks(PolicyConfig* policy, std::vector<std::string>* warnings) const {
  policy->token_type = Text(typ_, "any");
  policy->required_scopes = Texts(require_scope_);
  for (const std::string& text : Texts(require_claim_)) {
    ClaimArgument argument = ReadClaimArgument("--require-claim", text, warnings);
    RequiredClaim& required = RequirementOf(policy, std::move(argument.claim));
    if (argument.value) required.values.push_back(std::move(*argument.value));
  }
  if (Given(scope_claim_) || Given(scope_form_)) policy->scopes = Scopes(warnings);
  if (Given(audience_from_)) policy->audience_from = AudienceStandIn(warnings);
  policy->accept_confirmation = Texts(accept_confirmation_);
  const std::string word = Text(without_kid_, "unique");
  if (const auto known = ParseWithoutKid(word)) {
    policy->without_kid = *known;
  } else {
    throw InputError{"--without-kid must be unique or try, not `" + word + "`"};
  }
  policy->leeway_seconds = Number(leeway_, 0, 0, kMaxLeewaySeconds);
  policy->expiry_required = !Given(no_exp_required_);
  if (Given(max_age_)) policy->max_age_seconds = Number(max_age_, 0, 0, kMaxSeconds);
}

ScopeSource PolicyOptions::Scopes(std::vector<std::string>* warnings) const {
  ScopeSource source;
  const bool other_claim = Given(scope_claim_);
  if (other_claim) {
    const ClaimArgument argument = ReadClaimArgument("--scope-claim", Text(scope_claim_), warnings);
    if (argument.value) throw InputError{"--scope-claim names a claim, and no value"};
    source.claim = argument.claim;
  }
  // `scope` is a string by its specification; others are written in either way.
  const std::string form = Text(scope_form_, source.claim == ClaimPath{"scope"} ? "string" : "either");
  if (const auto known = ParseScopeForm(form)) {
    source.form = *known;
    return source;
  }
  throw InputError{"--scope-form must be string, array, either or keys, not `" + form + "`"};
}

AudienceFrom PolicyOptions::AudienceStandIn(std::vector<std::string>* warnings) const {
  AudienceFrom from;
  for (const std::string& text : Texts(audience_from_)) {
    ClaimArgument argument = ReadClaimArgument("--audience-from", text, warnings);
    if (!argument.value || argument.value->empty())
      throw InputError{"--audience-from needs a value, as in CLAIM=VALUE"};
    if (!from.claim.empty() && from.claim != argument.claim) throw InputError{"--audience-from names two claims"};
    from.claim = std::move(argument.claim);
    from.in.push_back(std::move(*argument.value));
  }
  return from;
}

AlgorithmSet PolicyOptions::Algorithms() const {
  AlgorithmSet set;
  for (const std::string& name : SplitCommas("--alg", Text(alg_, "ES256,RS256"))) {
    const auto algorithm = ParseAlgorithm(name);
    if (!algorithm) throw InputError{"--alg: `" + name + "` is not an algorithm that Assay verifies"};
    set.Add(*algorithm);
  }
  return set;
}

void AppendWarnings(const EngineConfig& config, std::vector<std::string>* warnings) {
  warnings->insert(warnings->end(), config.warnings.begin(), config.warnings.end());
  for (const IssuerConfig& issuer : config.issuers) {
    if (issuer.policy.accept_confirmation.empty()) continue;
    const std::string name = EntryName(issuer.policy);
    warnings->push_back((name.empty() ? "" : Printable(name) + ": ") +
                        "bound tokens (`cnf`) are accepted, and no proof of possession is checked here");
  }
}

EngineConfig ReadConfig(const std::string& path) {
  auto config = EngineConfig::FromJson(ReadFile(path, kMaxConfigBytes), path);
  if (!config) throw ConfigDefects{config.error()};
  return std::move(config).value();
}

CLI::Option* AddKernelOption(CLI::App* app) {
  return AddValue(app, "--kernel", "NAME", "Signature kernel, instead of the best that this CPU runs")
      ->envname("ASSAY_KERNEL");
}

std::string KernelName(const CLI::Option* option) {
  const std::string name = Text(option);
  const Result<const Kernel*> kernel = ChooseKernel(name);
  if (!kernel) throw InputError{(name.empty() ? "" : "kernel " + name + ": ") + kernel.error()};
  return name;
}

}  // namespace assay::cli
