// An issuer's own way to its keys: who is told what, and whose word counts.
#include "engine/remote/key_request.h"

#include "tests/engine/remote/refresher_fixture.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using remote::KeyRequest;
using remote::ReadBearerToken;
using remote::RefresherOptions;
using remote::SourceText;

class KeyRequestTest : public RefresherTest {
 protected:
  static IssuerConfig IssuerBy(KeyTransport transport) {
    IssuerConfig issuer = FetchedIssuer();
    issuer.keys.transport = std::move(transport);
    return issuer;
  }
  IssuerConfig Discovering() {
    IssuerConfig issuer = IssuerWith("", "https://issuer.example");
    issuer.keys = {KeySource::Kind::kDiscover, ""};
    issuer.keys.transport.bearer_token_file = token_file_;
    return issuer;
  }
  // The metadata of Discovering(), which names `jwks_uri`.
  void ServeMetadata(const std::string& jwks_uri) {
    fetcher_->SetBody("https://issuer.example/.well-known/oauth-authorization-server",
                      R"({"issuer":"https://issuer.example","jwks_uri":")" + jwks_uri + "\"}");
    fetcher_->SetBody(jwks_uri, JwkSet(std::vector<SigningKey>{Key(0)}));
  }
  // The tokens of the requests that were sent, in their order.
  std::vector<std::string> Tokens() const {
    std::vector<std::string> tokens;
    for (const FetchRequest& request : fetcher_->requests()) tokens.push_back(request.bearer_token);
    return tokens;
  }

  const TemporaryFolder folder_;
  const std::string token_file_ = folder_.File("token", "secret\n");
};

TEST_F(KeyRequestTest, WhatTheIssuerSaysGoesBeforeWhatTheHostSays) {
  RefresherOptions options;
  options.ca_file = "host.pem";
  options.system_ca = true;
  options.proxy = "http://host:1";
  options.no_proxy = "host.example";
  options.proxy_setting = "HTTPS_PROXY";
  const FetchRequest plain = KeyRequest(options, IssuerBy({})).value();
  EXPECT_EQ(plain.ca_file, "host.pem");
  EXPECT_TRUE(plain.system_ca);
  EXPECT_EQ(plain.proxy, "http://host:1");
  EXPECT_EQ(plain.no_proxy, "host.example");
  EXPECT_EQ(plain.proxy_setting, "HTTPS_PROXY");
  EXPECT_FALSE(plain.allow_private_addresses);

  const FetchRequest own =
      KeyRequest(options, IssuerBy({.ca_file = "own.pem", .proxy = "http://own:2", .private_addresses = true})).value();
  EXPECT_EQ(own.ca_file, "own.pem");
  EXPECT_FALSE(own.system_ca) << "in place of the system's store";
  EXPECT_EQ(own.proxy, "http://own:2");
  EXPECT_EQ(own.no_proxy, "") << "it goes with the host's proxy";
  EXPECT_EQ(own.proxy_setting, "keys.proxy");
  EXPECT_TRUE(own.allow_private_addresses);
  EXPECT_TRUE(KeyRequest(options, IssuerBy({.ca_file = "own.pem", .system_ca = true}))->system_ca);
  EXPECT_EQ(KeyRequest(options, IssuerBy({.proxy = ""}))->proxy, "");
  EXPECT_EQ(KeyRequest(options, IssuerBy({.no_proxy = "x"}))->proxy, "http://host:1");
}

TEST_F(KeyRequestTest, ABearerTokenIsOneLineOfB64token) {
  const auto read = [&](const std::string& text) { return ReadBearerToken(folder_.File("t", text)); };
  EXPECT_EQ(read("abc.DEF-1_~+/==").value(), "abc.DEF-1_~+/==");
  EXPECT_EQ(read("abc\n").value(), "abc");
  EXPECT_EQ(read("abc\r\n").value(), "abc");
  EXPECT_EQ(read(std::string(remote::kMaxBearerTokenBytes, 'x') + "\n")->size(), remote::kMaxBearerTokenBytes);
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("=="), std::string("a b"), std::string("a\n\n"),
        std::string(" a"), std::string("a\r\nHost: evil"), std::string("a\0b", 3), std::string("Bearer a"),
        std::string("a=b"), std::string(remote::kMaxBearerTokenBytes + 1, 'x')}) {
    const Result<std::string> refused = read(text);
    EXPECT_FALSE(refused.ok()) << text.substr(0, 40);
    EXPECT_EQ(refused.error().find("evil"), std::string::npos) << "it says nothing of what it holds";
  }
  EXPECT_FALSE(ReadBearerToken(folder_.Path("absent")).ok());
}

TEST_F(KeyRequestTest, TheTokenIsReadAnewForEachFetch) {
  Serve({Key(0)});
  Make(IssuerBy({.bearer_token_file = token_file_}));
  refresher_->RunDue();
  folder_.File("token", "rotated");
  clock_.Advance(std::chrono::hours(2));
  refresher_->RunDue();
  EXPECT_EQ(Tokens(), (std::vector<std::string>{"secret", "rotated"}));
  folder_.File("token", "not a token");
  clock_.Advance(std::chrono::hours(2));
  refresher_->RunDue();
  EXPECT_EQ(fetcher_->count(), 2u) << "nothing is asked without it";
  EXPECT_EQ(Status().failures, 1u);
  EXPECT_NE(Status().last_error.find("holds no bearer token"), std::string::npos) << Status().last_error;
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted) << "the keys that are there are good";
}

TEST_F(KeyRequestTest, TheTokenStaysWithItsOrigin) {
  for (const auto& [jwks_uri, token] :
       {std::pair{"https://issuer.example/keys", "secret"}, std::pair{"https://issuer.example:443/keys", "secret"},
        std::pair{"https://issuer.example:8443/keys", ""}, std::pair{"https://keys.issuer.example/keys", ""},
        std::pair{"https://issuer.example.evil/keys", ""}}) {
    ServeMetadata(jwks_uri);
    Make(Discovering());
    const std::size_t before = fetcher_->count();
    refresher_->RunDue();
    ASSERT_EQ(fetcher_->count(), before + 2) << jwks_uri;
    EXPECT_EQ(Tokens()[before], "secret") << jwks_uri;
    EXPECT_EQ(Tokens()[before + 1], token) << jwks_uri;
    EXPECT_TRUE(engine_->Ready()) << jwks_uri;
  }
  EXPECT_EQ(log_.Values().find("secret"), std::string::npos);
}

TEST_F(KeyRequestTest, AnotherWayIsAnotherSource) {
  Serve({Key(0)});
  Make(FetchedIssuer());
  refresher_->RunDue();
  ASSERT_EQ(Judge(Key(0)), Reason::kAccepted);
  EngineConfig next;
  next.issuers = {IssuerBy({.private_addresses = true})};
  ASSERT_TRUE(engine_->Reload(next).ok());
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  EXPECT_TRUE(fetcher_->requests().back().allow_private_addresses);
}

TEST_F(KeyRequestTest, StoredKeysBelongToTheWayThatTheyCame) {
  const std::string ca = folder_.File("ca.pem", "one");
  const auto text = [](KeyTransport transport, RefresherOptions options = {}) {
    return SourceText(options, IssuerBy(std::move(transport)));
  };
  EXPECT_EQ(text({}), kKeysUrl) << "as it was always stored";
  std::vector<std::string> all = {text({}),
                                  text({.ca_file = ca}),
                                  text({.ca_file = ca, .system_ca = true}),
                                  text({.bearer_token_file = token_file_}),
                                  text({.proxy = "http://p:1"}),
                                  text({.proxy = "http://p:1", .no_proxy = "x"}),
                                  text({.plain_http_is_dangerous = true}),
                                  text({.private_addresses = true})};
  RefresherOptions options;
  options.ca_file = ca;
  EXPECT_EQ(text({}, options), all[1]) << "whoever names it";
  folder_.File("ca.pem", "another");
  all.push_back(text({.ca_file = ca}));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  const std::string with_password = text({.proxy = "http://u:hunter2@p:1"});
  EXPECT_EQ(with_password.find("hunter2"), std::string::npos) << with_password;
}

}  // namespace
}  // namespace assay::testing
