#include "engine/config/known_issuers.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

void ExpectDoubt(std::string_view issuer, std::string_view part) {
  EXPECT_NE(WhyNoTokenNames(issuer).find(part), std::string_view::npos) << issuer << ": " << WhyNoTokenNames(issuer);
}

TEST(KnownIssuers, ANameWithoutItsEndIsNoTokens) {
  ExpectDoubt("https://acme.auth0.com", "Auth0 writes a slash");
  ExpectDoubt("https://acme.eu.auth0.com", "Auth0 writes a slash");
  ExpectDoubt("https://sts.windows.net/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d", "a slash behind it");
  ExpectDoubt("https://login.microsoftonline.com/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d", "/v2.0");
  ExpectDoubt("https://login.microsoftonline.com/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d/", "/v2.0");
  ExpectDoubt("https://login.microsoftonline.us/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d", "/v2.0");
  ExpectDoubt("https://login.microsoftonline.com/acme.com", "in place of its domain");
}

TEST(KnownIssuers, TheAddressOfADocumentIsNone) {
  ExpectDoubt("https://as.example/.well-known/openid-configuration", "address of a document");
  ExpectDoubt("https://as.example/oauth2/jwks.json", "address of a document");
  ExpectDoubt("https://as.example/.well-known", "address of a document");
}

TEST(KnownIssuers, OktasOrgServerGivesTokensForOktaAlone) {
  ExpectDoubt("https://acme.okta.com", "for Okta alone");
  ExpectDoubt("https://acme.oktapreview.com/", "for Okta alone");
}

TEST(KnownIssuers, WholeNamesAreGood) {
  for (const char* issuer :
       {"https://acme.auth0.com/", "https://auth.acme.com", "https://acme.okta.com/oauth2/default",
        "https://sts.windows.net/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d/", "https://okta.com.evil", "https://notokta.com",
        "https://login.microsoftonline.com/4c58dd97-e0b2-4d7b-9f0a-6a3e5d1b2c3d/v2.0", "spiffe://auth0.com", ""}) {
    EXPECT_EQ(WhyNoTokenNames(issuer), "") << issuer;
  }
}

}  // namespace
}  // namespace assay
