// Token sources that stay unserved: how their tokens are refused, whatever is configured. README says why.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/conformance/providers.h"
#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

// Padded: base64url with its padding, as AWS's load balancers write it.
std::string Padded(std::string_view bytes) {
  std::string text = Base64url(bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string PaddedToken(const SigningKey& key, std::string_view header, std::string_view claims) {
  const std::string input = Padded(header) + '.' + Padded(claims);
  return input + '.' + Padded(key.Sign(input));
}

std::string EntryWith(const SigningKey& key, std::string_view members) {
  return "{" + std::string(members) + R"(, "keys": {"inline": )" + JwkSet({key.PublicJwk()}) + "}}";
}

std::string Refusal(const std::string& issuer) {
  const auto config = EngineConfig::FromJson(R"({"version": 1, "issuers": [)" + issuer + "]}", "assay.json");
  return config ? "" : config.error();
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
TEST(UnservedProviders, AwsLoadBalancersPadAndNameTheIssuerInTheHeader) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "12345678-1234-1234-1234-123456789012");
  const std::string header =
      R"({"alg": "ES256", "kid": "12345678-1234-1234-1234-123456789012", "client": "client-id",
          "signer": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/my-alb/50dc6c495c0c9188",
          "iss": "https://idp.example.com", "exp": 1700000120})";
  const std::string claims = R"({"sub": "1234567890", "name": "name", "email": "alias@example.com"})";
  const auto engine =
      MakeEngine(ReadConfig(EntryWith(key, R"("issuer": "https://idp.example.com", "audiences": ["client-id"])")));
  EXPECT_EQ(Judge(engine, PaddedToken(key, header, claims)), Reason::kBadBase64url);
  EXPECT_EQ(Judge(engine, Sign(key, header, claims)), Reason::kIssuerMissing) << "what the header says is no claim";
  EXPECT_NE(Refusal(R"({"issuer": "https://idp.example.com", "audiences": ["client-id"],
                        "keys": {"pem_url": "https://public-keys.auth.elb.eu-west-1.amazonaws.com"}})")
                .find("/issuers/0/keys/pem_url"),
            std::string::npos);
}

// https://docs.aws.amazon.com/verified-access/latest/ug/user-claims-passing.html
TEST(UnservedProviders, AwsVerifiedAccessNamesIssuerAndExpiryInTheHeader) {
  const SigningKey key = SigningKey::Make(Algorithm::kES384, "12345678-1234-1234-1234-123456789012");
  const std::string header =
      R"({"alg": "ES384", "kid": "12345678-1234-1234-1234-123456789012", "iss": "https://idp.example.com",
          "signer": "arn:aws:ec2:us-east-1:123456789012:verified-access-instance/vai-abc123xzy321a2b3c",
          "exp": 1700000120})";
  const std::string claims =
      R"({"sub": "xyzsubject", "email": "xxx@example.com", "email_verified": true, "groups": ["Engineering"],
          "additional_user_context": {"aud": "xxx", "iss": "https://idp.example.com", "exp": 1700000120}})";
  const auto engine = MakeEngine(ReadConfig(
      EntryWith(key, R"("issuer": "https://idp.example.com", "audiences": ["xxx"], "algorithms": ["ES384"])")));
  EXPECT_EQ(Judge(engine, Sign(key, header, claims)), Reason::kIssuerMissing);
  EXPECT_EQ(Judge(engine, PaddedToken(key, header, claims)), Reason::kBadBase64url);
}

// https://developers.google.com/identity/protocols/oauth2/web-server
TEST(UnservedProviders, GooglesAccessTokensAreOpaque) {
  const Provider google = FindProvider("Google ID and service account tokens");
  const auto engine = MakeEngine(ConfigWith(google, KeyOf(google)));
  EXPECT_EQ(Judge(engine, "ya29.a0AfH6SMBx-3_QyV0nLr1uO8"), Reason::kNotThreeSegments);
  EXPECT_EQ(Judge(engine, "1/fFAGRNJru1FTz70BzhT3Zg"), Reason::kNotThreeSegments);
}

// https://developer.okta.com/docs/concepts/auth-servers/: only Okta reads these tokens; their keys are not published.
TEST(UnservedProviders, OktasOrgServerPublishesNoKeyOfItsAccessTokens) {
  const SigningKey published = SigningKey::Make(Algorithm::kRS256, "of-id-tokens");
  const SigningKey hidden = SigningKey::Make(Algorithm::kRS256, "of-access-tokens", 1);
  const auto engine = MakeEngine(ReadConfig(
      EntryWith(published,
                R"("issuer": "https://acme.okta.com", "audiences": ["https://acme.okta.com"], "scope_claim": "scp")")));
  const std::string claims =
      R"({"ver": 1, "jti": "AT.1", "iss": "https://acme.okta.com", "aud": "https://acme.okta.com", "sub": "jane",
          "cid": "0oa1", "uid": "00u1", "scp": ["openid"], "iat": 1699999940, "exp": 1700000600})";
  EXPECT_EQ(Judge(engine, Sign(hidden, HeaderOf(hidden), claims)), Reason::kKeyNotFound);
  EXPECT_EQ(Judge(engine, Sign(hidden, HeaderOf(published), claims)), Reason::kBadSignature);
  // Nor by the entry of a custom server.
  const Provider custom = FindProvider("Okta custom authorization server");
  const SigningKey key = KeyOf(custom);
  EXPECT_EQ(Judge(MakeEngine(ConfigWith(custom, key)), Sign(key, HeaderOf(key), claims)), Reason::kIssuerUnknown);
}

}  // namespace
}  // namespace assay::testing
