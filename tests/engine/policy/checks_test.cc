#include "engine/policy/checks.h"
#include "engine/policy/claim_rules.h"

#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

class CheckTimeTest : public testing::TokenFixture {
 protected:
  Reason At(std::int64_t now, const std::string& claims) { return CheckTime(policy_, ClaimsOf(claims), now, &detail_); }
  PolicyConfig policy_;
};
using CheckAudienceTest = testing::TokenFixture;
using CheckTypeTest = testing::TokenFixture;
using CheckClaimsTest = testing::TokenFixture;

TEST_F(CheckTimeTest, ExpEqualToNowIsExpired) {
  EXPECT_EQ(At(99, R"({"exp":100})"), Reason::kUnset);
  EXPECT_EQ(At(100, R"({"exp":100})"), Reason::kExpired);
  EXPECT_EQ(At(101, R"({"exp":100})"), Reason::kExpired);
}

TEST_F(CheckTimeTest, AFractionCountsAgainstTheToken) {
  EXPECT_EQ(At(100, R"({"exp":100.9})"), Reason::kExpired);
  EXPECT_EQ(At(99, R"({"exp":100.9})"), Reason::kUnset);
  EXPECT_EQ(At(100, R"({"exp":200,"nbf":100.1})"), Reason::kNotYetValid);
  EXPECT_EQ(At(101, R"({"exp":200,"nbf":100.1})"), Reason::kUnset);
}

TEST_F(CheckTimeTest, AFractionOfIatCountsAgainstTheTokenAtBothEnds) {
  policy_.max_age_seconds = 60;
  EXPECT_EQ(At(100, R"({"exp":200,"iat":100.5})"), Reason::kIssuedInFuture);
  EXPECT_EQ(At(101, R"({"exp":200,"iat":100.5})"), Reason::kUnset);
  EXPECT_EQ(At(160, R"({"exp":200,"iat":100.5})"), Reason::kUnset);
  EXPECT_EQ(At(161, R"({"exp":200,"iat":100.5})"), Reason::kTooOld);
}

TEST_F(CheckTimeTest, ExpIsRequiredUnlessThePolicySaysOtherwise) {
  EXPECT_EQ(At(100, "{}"), Reason::kExpiryMissing);
  policy_.expiry_required = false;
  EXPECT_EQ(At(100, "{}"), Reason::kUnset);
  EXPECT_EQ(At(100, R"({"exp":100})"), Reason::kExpired);
}

TEST_F(CheckTimeTest, ZeroAndNegativeExpAreExpired) {
  EXPECT_EQ(At(100, R"({"exp":0})"), Reason::kExpired);
  EXPECT_EQ(At(100, R"({"exp":-1})"), Reason::kExpired);
  EXPECT_EQ(At(0, R"({"exp":0})"), Reason::kExpired);
}

TEST_F(CheckTimeTest, NbfIsInclusive) {
  EXPECT_EQ(At(99, R"({"exp":200,"nbf":100})"), Reason::kNotYetValid);
  EXPECT_EQ(At(100, R"({"exp":200,"nbf":100})"), Reason::kUnset);
}

TEST_F(CheckTimeTest, LeewayWidensEveryBound) {
  policy_.leeway_seconds = 10;
  policy_.max_age_seconds = 50;
  EXPECT_EQ(At(109, R"({"exp":100,"iat":100})"), Reason::kUnset);
  EXPECT_EQ(At(110, R"({"exp":100,"iat":100})"), Reason::kExpired);
  EXPECT_EQ(At(90, R"({"exp":200,"nbf":100,"iat":100})"), Reason::kUnset);
  EXPECT_EQ(At(89, R"({"exp":200,"nbf":100,"iat":89})"), Reason::kNotYetValid);
  EXPECT_EQ(At(90, R"({"exp":200,"iat":101})"), Reason::kIssuedInFuture);
  EXPECT_EQ(At(160, R"({"exp":200,"iat":100})"), Reason::kUnset);
  EXPECT_EQ(At(161, R"({"exp":200,"iat":100})"), Reason::kTooOld);
}

TEST_F(CheckTimeTest, WithoutMaximumAgeIatIsNotHeldAgainstTheToken) {
  EXPECT_EQ(At(100, R"({"exp":200,"iat":9999999999})"), Reason::kUnset);
}

TEST_F(CheckTimeTest, ArithmeticSaturates) {
  policy_.leeway_seconds = 300;
  policy_.max_age_seconds = INT64_MAX;
  const std::string latest = std::to_string(INT64_MAX - 1);
  EXPECT_EQ(At(100, "{\"exp\":" + latest + "}"), Reason::kUnset);
  EXPECT_EQ(At(INT64_MAX - 1, "{\"exp\":" + latest + "}"), Reason::kUnset) << "within the leeway";
  EXPECT_EQ(At(INT64_MAX, "{\"exp\":" + latest + "}"), Reason::kExpired) << "the sum saturates at now";
  EXPECT_EQ(At(100, "{\"exp\":200,\"nbf\":-" + latest + ",\"iat\":-" + latest + "}"), Reason::kUnset);
  EXPECT_EQ(At(INT64_MIN, "{\"exp\":200,\"nbf\":-" + latest + "}"), Reason::kUnset) << "within the leeway";
  EXPECT_EQ(At(100, "{\"exp\":200,\"nbf\":" + latest + "}"), Reason::kNotYetValid);
}

TEST_F(CheckTimeTest, TheDefectsComeInOrder) {
  policy_.max_age_seconds = 10;
  EXPECT_EQ(At(100, R"({"exp":50,"nbf":200,"iat":300})"), Reason::kExpired);
  EXPECT_EQ(At(100, R"({"exp":500,"nbf":200,"iat":300})"), Reason::kNotYetValid);
  EXPECT_EQ(At(100, R"({"exp":500,"iat":300})"), Reason::kIssuedInFuture);
}

TEST_F(CheckAudienceTest, OneMemberIsExactlyOurs) {
  const std::vector<std::string> audiences = {"https://mcp.example.com/mcp", "api"};
  const auto check = [&](const std::string& aud) {
    return CheckAudience(audiences, ClaimsOf("{\"aud\":" + aud + "}"), arena_, &detail_);
  };
  for (const char* ours : {R"("api")", R"(["api"])", R"(["x","https://mcp.example.com/mcp"])", R"("\u0061pi")"}) {
    EXPECT_EQ(check(ours), Reason::kUnset) << ours;
  }
  for (const char* other :
       {R"("")", R"([])", R"("ap")", R"("apix")", R"("API")", R"(["x","y"])", R"("api ")", R"("x api")",
        R"("https://mcp.example.com/mcp/")", R"("https://mcp.example.com")", R"("HTTPS://mcp.example.com/mcp")"}) {
    EXPECT_EQ(check(other), Reason::kWrongAudience) << other;
  }
  EXPECT_EQ(CheckAudience(audiences, ClaimsOf("{}"), arena_, &detail_), Reason::kAudienceMissing);
  EXPECT_EQ(CheckAudience({}, ClaimsOf("{\"aud\":\"\"}"), arena_, &detail_), Reason::kWrongAudience);
}

TEST_F(CheckAudienceTest, NothingStandsInForAnAudThatIsThere) {
  const AudienceFrom from = {{"client_id"}, {"app"}};
  const auto check = [&](const std::string& members) {
    return CheckAudienceFrom(from, {ClaimsOf(R"({"client_id":"app")" + members + "}"), arena_}, &detail_);
  };
  EXPECT_EQ(check(""), Reason::kUnset);
  for (const char* aud : {R"("app")", R"("")", "[]"}) {
    EXPECT_EQ(check(R"(,"aud":)" + std::string(aud)), Reason::kWrongAudience) << aud;
  }
}

TEST(AudienceSpellings, ARootUriStandsForBothAndNothingElseDoes) {
  using Spellings = std::vector<std::string>;
  EXPECT_EQ(AudienceSpellings("https://h"), (Spellings{"https://h", "https://h/"}));
  EXPECT_EQ(AudienceSpellings("https://h:8443/"), (Spellings{"https://h:8443/", "https://h:8443"}));
  for (const char* single : {"https://h/mcp", "https://h/mcp/", "api", "api/", "https://", "https:///", "https://h?x",
                             "https://h#f", "urn:x:y", "https://h//"}) {
    EXPECT_EQ(AudienceSpellings(single), Spellings{single});
  }
}

TEST_F(CheckTypeTest, AWantedTypeIsComparedAsAMediaType) {
  for (const char* same : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"}) {
    EXPECT_EQ(CheckType("at+jwt", HeaderOfType(same), &detail_), Reason::kUnset) << same;
    EXPECT_EQ(CheckType("application/at+jwt", HeaderOfType(same), &detail_), Reason::kUnset) << same;
  }
  for (const char* other :
       {"", "JWT", "at+jwt ", "at+jwt;x=y", "xapplication/at+jwt", "text/at+jwt", "application/x/at+jwt"}) {
    EXPECT_EQ(CheckType("at+jwt", HeaderOfType(other), &detail_), Reason::kWrongType) << other;
  }
  EXPECT_EQ(CheckType("at+jwt", jws::Header(), &detail_), Reason::kWrongType);
}

// RFC 7515 section 4.1.9: the prefix is left out only where no other slash follows.
TEST_F(CheckTypeTest, ATypeWithASlashOfItsOwnKeepsItsPrefix) {
  EXPECT_EQ(CheckType("x/y", HeaderOfType("x/y"), &detail_), Reason::kUnset);
  EXPECT_EQ(CheckType("x/y", HeaderOfType("application/x/y"), &detail_), Reason::kWrongType);
}

TEST_F(CheckTypeTest, AnyStillRefusesWhatIsKnownToBeNoAccessToken) {
  EXPECT_EQ(CheckType("any", jws::Header(), &detail_), Reason::kUnset);
  for (const char* fine :
       {"JWT", "at+jwt", "", "example/x", "whatever", "jwt", "AT+JWT", "application/at+jwt", " at+jwt ;a=b"}) {
    EXPECT_EQ(CheckType("any", HeaderOfType(fine), &detail_), Reason::kUnset) << fine;
  }
  for (const char* refused : {"logout+jwt",
                              "dpop+jwt",
                              "secevent+jwt",
                              "statuslist+jwt",
                              "token-introspection+jwt",
                              "DPoP+JWT",
                              "application/dpop+jwt",
                              "dpop+jwt;charset=utf-8",
                              " dpop+jwt ",
                              "APPLICATION/SECEVENT+JWT ;a=b",
                              "oauth-id-jag+jwt",
                              "txntoken+jwt",
                              "wit+jwt",
                              "wpt+jwt",
                              "client-authentication+jwt",
                              "oauth-authz-req+jwt",
                              "kb+jwt",
                              "dc+sd-jwt",
                              "vc+sd-jwt",
                              "entity-statement+jwt",
                              "trust-mark+jwt",
                              "openid4vci-proof+jwt",
                              "passport",
                              "PASSporT",
                              "+jwt",
                              "secevent+jwt,",
                              "dpop+jwt\xC2\xA0",
                              "a b",
                              "application/passport",
                              "a+jwt;",
                              "x+jwt ",
                              "of-tomorrow+jwt",
                              "application/a+JWT"}) {
    EXPECT_EQ(CheckType("any", HeaderOfType(refused), &detail_), Reason::kWrongType) << refused;
  }
}

TEST_F(CheckClaimsTest, PresenceAndValue) {
  PolicyConfig config;  // the detail names one of its claims
  const auto check = [&](const char* name, std::optional<std::string> value) {
    config.required_claims = {{{name}}};
    if (value) config.required_claims[0].values = {*value};
    const Claims& claims = ClaimsOf(R"({"s":"v","n":1.0,"t":true,"z":null,"a":["v",1,"w"],"o":{"s":"v"}})");
    return ClaimRules(config).Check({claims, arena_}, &detail_);
  };
  for (const auto& [name, value] :
       {std::pair<const char*, const char*>{"s", "v"}, {"n", "1.0"}, {"t", "true"}, {"a", "v"}, {"a", "w"}}) {
    EXPECT_EQ(check(name, value), Reason::kUnset) << name;
    EXPECT_EQ(check(name, std::nullopt), Reason::kUnset) << name;
  }
  for (const auto& [name, value] :
       {std::pair<const char*, const char*>{"s", ""}, {"s", "V"}, {"n", "1"}, {"t", "false"}, {"a", "1"}, {"o", "v"}}) {
    EXPECT_EQ(check(name, value), Reason::kClaimMismatch) << name;
  }
  EXPECT_EQ(check("z", "null"), Reason::kClaimMissing);
  EXPECT_EQ(check("x", ""), Reason::kClaimMissing);
  EXPECT_EQ(check("o", std::nullopt), Reason::kUnset);
  EXPECT_EQ(check("z", std::nullopt), Reason::kClaimMissing) << "null is absence";
  EXPECT_EQ(check("x", std::nullopt), Reason::kClaimMissing);
  EXPECT_EQ(detail_.subject, "x");
}

}  // namespace
}  // namespace assay
