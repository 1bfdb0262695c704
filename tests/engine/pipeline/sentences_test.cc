// What a detail says is true of the token, and does not read as if the token were good.
#include <gtest/gtest.h>

#include <functional>

#include "tests/security/attack.h"

namespace assay::testing {
namespace {

using Adjust = std::function<void(PolicyConfig&)>;

// DetailOf: what the refusal of a token with these members says, by a policy that is adjusted. `without` is a member of
// the usual claims that it does not have.
std::string DetailOf(const std::string& members, const Adjust& adjust, std::string_view without = "") {
  IssuerConfig issuer = IssuerWith({Ours(), OurRsa()});
  adjust(issuer.policy);
  Worker worker(MakeEngine(std::move(issuer)));
  return worker.Validate(WithPayload(ClaimsWith(without, members)), kNow).Detail();
}

// The last name of a path alone may be that of a claim that is there.
TEST(Sentences, NameAClaimInsideOfAnotherByItsPath) {
  const Adjust scopes = [](PolicyConfig& policy) {
    policy.scopes = {{"realm_access", "roles"}, ScopeForm::kArray};
    policy.required_scopes = {"admin"};
  };
  EXPECT_EQ(DetailOf(R"("roles":["admin"])", scopes, "scope"),
            R"(the token has no realm_access/roles, the scope claim; wanted "admin")");
  EXPECT_EQ(DetailOf(R"("realm_access":{"roles":["user"]})", scopes),
            R"("realm_access/roles" is ["user"]; wanted "admin")");
  EXPECT_EQ(DetailOf(R"("roles":["admin"],"realm_access":{"roles":7})", scopes)
                .find(R"("realm_access/roles" is a number; wanted an array of strings)"),
            0u);
  EXPECT_EQ(DetailOf(R"("azp":"a","x":{"azp":7})", [](auto& policy) { policy.identity.client = {"x", "azp"}; }),
            R"("x/azp" is a number; wanted a string without NUL)");
  const Adjust audience = [](PolicyConfig& policy) {
    policy.audience_from = AudienceFrom{{"x", "azp"}, {"web"}};
    policy.token_type = "at+jwt";
  };
  EXPECT_EQ(DetailOf(R"("azp":"web")", audience, "aud"),
            R"(the token has no aud, and no "x/azp", which stands in for it; wanted "web")");
  EXPECT_EQ(DetailOf(R"("azp":"web","x":{"azp":"w"})", audience, "aud"),
            R"("x/azp", which stands in for aud, is "w"; wanted "web")");
}

// What is wanted can be seen in what was found, and yet it does not do.
TEST(Sentences, DoNotReadAsIfARuleHeld) {
  const auto rule = [](const std::string& members, ClaimOperator op, std::vector<std::string> values) {
    return DetailOf(members, [&](PolicyConfig& policy) { policy.claim_rules = {{{"c"}, op, std::move(values)}}; });
  };
  EXPECT_EQ(rule(R"("c":["a"])", ClaimOperator::kIn, {"a"}),
            R"("c" is ["a"]; wanted "a", a string (`has` is for arrays))");
  EXPECT_EQ(rule(R"("c":["a"])", ClaimOperator::kIn, {"a", "b"}),
            R"("c" is ["a"]; wanted "a" or 1 other, a string (`has` is for arrays))");
  EXPECT_EQ(rule(R"("c":7)", ClaimOperator::kIn, {"7"}), R"("c" is 7; wanted "7", a string)");
  EXPECT_EQ(rule(R"("c":"b a")", ClaimOperator::kIn, {"a"}),
            R"("c" is "b a"; wanted "a" as the whole string (`words` is for strings of words))");
  EXPECT_EQ(rule(R"("c":"ab")", ClaimOperator::kIn, {"a"}), R"("c" is "ab"; wanted "a")");
  EXPECT_EQ(rule(R"("c":["a",7])", ClaimOperator::kHas, {"a"}),
            R"("c" is ["a",7]; wanted an array of strings alone that holds "a")");
  EXPECT_EQ(rule(R"("c":["a b"])", ClaimOperator::kHas, {"a"}),
            R"("c" is ["a b"]; wanted an array of strings alone that holds "a", as an item of its own)");
  EXPECT_EQ(rule(R"("c":"a,b")", ClaimOperator::kWords, {"a"}),
            R"("c" is "a,b"; wanted a string with the word "a", between spaces)");
  const auto required = [](const std::string& members) {
    return DetailOf(members, [](PolicyConfig& policy) { policy.required_claims = {{{"c"}, {"7"}}}; });
  };
  EXPECT_EQ(required(R"("c":[7])"), R"("c" is [7]; wanted an array that holds "7")");
  EXPECT_EQ(required(R"("c":"6 7")"),
            R"("c" is "6 7"; wanted "7" as the whole string (`words` is for strings of words))");
}

TEST(Sentences, DoNotReadAsIfScopesAndStandInsWereThere) {
  const auto scopes = [](const std::string& scope, ScopeForm form) {
    const Adjust adjust = [&](PolicyConfig& policy) {
      policy.scopes.form = form;
      policy.required_scopes = {"a:b"};
    };
    return DetailOf("\"scope\":" + scope, adjust, "scope");
  };
  EXPECT_EQ(scopes(R"("x a:b,c")", ScopeForm::kString), R"("scope" is "x a:b,c"; wanted "a:b", between spaces)");
  EXPECT_EQ(scopes(R"(["a:b c"])", ScopeForm::kArray), R"("scope" is ["a:b c"]; wanted "a:b", as an item of its own)");
  EXPECT_EQ(scopes(R"("x")", ScopeForm::kString), R"("scope" is "x"; wanted "a:b")");
  const Adjust audience = [](PolicyConfig& policy) {
    policy.audience_from = AudienceFrom{{"azp"}, {"web"}};
    policy.token_type = "at+jwt";
  };
  EXPECT_EQ(DetailOf(R"("azp":["web"])", audience, "aud"),
            R"("azp", which stands in for aud, is ["web"]; wanted "web", a string)");
}

// The kind of a value is not all that its type asks for.
TEST(Sentences, DoNotReadAsIfATypeWereRight) {
  const Adjust none = [](PolicyConfig&) {};
  EXPECT_EQ(DetailOf(R"("aud":["a",7])", none, "aud"),
            R"("aud" is an array with other items; wanted a string or an array of strings)");
  EXPECT_EQ(DetailOf(R"("exp":1e99)", none, "exp"), R"("exp" is a number of more than 64 bits; wanted a number)");
  EXPECT_EQ(DetailOf(R"("sub":"a\u0000")", none, "sub"), R"("sub" is a string with NUL; wanted a string without NUL)");
  EXPECT_EQ(DetailOf(R"("cnf":{"jkt":""})", [](auto& policy) { policy.accept_confirmation = {"jkt"}; }),
            R"("jkt" is an empty string; wanted a string that is not empty)");
}

TEST(Sentences, SayThatAMemberIsOfTheHeader) {
  const Adjust rule = [](PolicyConfig& policy) { policy.header_rules = {{"signer", {"arn:1", "arn:2"}}}; };
  EXPECT_EQ(DetailOf("", rule), R"("signer" in the header is missing; wanted "arn:1" or 1 other)");
  IssuerConfig issuer = IssuerWith({Ours()});
  rule(issuer.policy);
  Worker worker(MakeEngine(issuer));
  const auto detail = [&](const std::string& signer) {
    return worker.Validate(WithHeader(HeaderOf(Ours(), "\"signer\":" + signer)), kNow).Detail();
  };
  EXPECT_EQ(detail(R"("arn:3")"), R"("signer" in the header is "arn:3"; wanted "arn:1" or 1 other)");
  EXPECT_EQ(detail(R"(["arn:1"])"), R"("signer" in the header is ["arn:1"]; wanted "arn:1" or 1 other, a string)");
}

TEST(Sentences, SayWhatTheKeysAreForWhereNoneFits) {
  const std::string nameless = Sign(OurRsa(), R"({"alg":"RS256"})", ValidClaims());
  const auto detail = [&](const IssuerConfig& issuer) {
    Worker worker(MakeEngine(issuer));
    const Verdict& verdict = worker.Validate(nameless, kNow);
    EXPECT_EQ(verdict.reason(), Reason::kKeyNotFound);
    return verdict.Detail();
  };
  IssuerConfig issuer = IssuerWith({Ours()});
  EXPECT_EQ(detail(issuer), "no kid; no key of the set is for RS256; those that it has are for ES256");
  issuer.policy.without_kid = WithoutKid::kTry;
  EXPECT_EQ(detail(issuer), "no kid; no key of the set is for RS256; those that it has are for ES256");
  std::string bound = OurRsa().PublicJwk();
  bound.insert(1, R"("issuer":"https://other.example",)");
  issuer.keys = IssuerWith("{\"keys\":[" + bound + "]}").keys;
  EXPECT_EQ(detail(issuer), "no kid; no key for its alg is this issuer's and valid now");
}

TEST(Sentences, SayWhatTheHeaderOfASvidHas) {
  IssuerConfig domain = IssuerWith(JwkSet({Ours().JwkWith(R"("use":"jwt-svid","alg":"ES256","kid":"k")")}));
  domain.policy.issuer.clear();
  domain.policy.subject_trust_domain = "td.example";
  domain.policy.algorithms = {Algorithm::kES256};
  Worker worker(MakeEngine(domain));
  const auto detail = [&](const std::string& header) {
    const std::string claims =
        R"({"sub":"spiffe://td.example/a","aud":")" + std::string(kAudience) + R"(","exp":1700000600})";
    return worker.Validate(Sign(Ours(), header, claims), kNow).Detail();
  };
  EXPECT_EQ(detail(HeaderOf(Ours())), R"(typ is "at+jwt"; wanted "JWT")");
  EXPECT_EQ(detail(R"({"alg":"ES256"})"), R"(no kid; a JWT-SVID has one; the set has "k")");
}

TEST(Sentences, SayHowOldATokenMayBe) {
  EXPECT_EQ(DetailOf(
                "\"iat\":1699999900", [](PolicyConfig& policy) { policy.max_age_seconds = 60; }, "iat"),
            "iat 1699999900 is 100 s before now; max_age_seconds is 60, leeway_seconds 0");
}

// Of a trust domain the same string is the right one, in another place.
TEST(Sentences, SayHowATokenNamesATrustDomain) {
  IssuerConfig domain = IssuerWith({Ours()});
  domain.policy.issuer.clear();
  domain.policy.subject_trust_domain = "td.example";
  domain.policy.algorithms = {Algorithm::kES256};
  const auto detail = [&](const std::shared_ptr<Engine>& engine, const std::string& members) {
    Worker worker(engine);
    return worker.Validate(WithPayload(R"({"aud":"a","exp":1700000600,)" + members + "}"), kNow).Detail();
  };
  const auto alone = MakeEngine(domain);
  const std::string wanted = R"(; wanted a sub of the trust domain "spiffe://td.example")";
  const std::string named = ", a configured trust domain, and tokens of one have no iss";
  EXPECT_EQ(detail(alone, R"("iss":"spiffe://td.example","sub":"spiffe://td.example/a")"),
            R"(iss is "spiffe://td.example")" + named);
  EXPECT_EQ(detail(alone, R"("iss":"spiffe://td.example/a")"), R"(iss is "spiffe://td.example/a")" + named);
  EXPECT_EQ(detail(alone, R"("iss":"https://x.example")"),
            R"(iss is "https://x.example", and only trust domains are configured: tokens of one have no iss)");
  EXPECT_EQ(detail(alone, R"("sub":"spiffe://td.example")"),
            R"(the token has no iss, and sub is "spiffe://td.example", which is no SPIFFE ID with a path)" + wanted);
  EXPECT_EQ(detail(alone, R"("sub":"spiffe://other.example/a")"),
            R"(the token has no iss, and sub is "spiffe://other.example/a", which is of none of the configured trust )"
            "domains" +
                wanted);
  EXPECT_EQ(detail(alone, R"("jti":"x")"), "the token has neither iss nor sub" + wanted);

  EngineConfig config;
  config.issuers = {domain, IssuerWith({Ours()}), IssuerWith({Ours()}, "https://b.example")};
  const auto several = MakeEngine(config);
  EXPECT_EQ(detail(several, R"("iss":"https://x.example")"),
            R"(iss is "https://x.example", which is none of the configured issuers; wanted "https://issuer.example" )"
            "or 1 other");
  EXPECT_EQ(detail(several, R"("iss":"spiffe://td.example")"), R"(iss is "spiffe://td.example")" + named);
  EXPECT_EQ(detail(several, R"("jti":"x")"), R"(the token has no iss; wanted "https://issuer.example" or 1 other)");
  EXPECT_EQ(detail(several, R"("sub":"x")"),
            R"(the token has no iss, and sub is "x", which is no SPIFFE ID with a path)" + wanted);
}

}  // namespace
}  // namespace assay::testing
