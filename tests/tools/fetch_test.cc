// assay verify and assay watch with keys that are fetched, from servers that the test itself runs.
#include <nlohmann/json.hpp>

#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/eventually.h"
#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using testing::Certificate;
using testing::LoopbackServer;
using testing::Peer;
using testing::Serve;
using testing::TestCa;

class FetchCommand : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    set_ = ReadWholeFile(jwks_);
  }
  Arguments VerifyFrom(const std::string& url, const Arguments& more = {}) const {
    Arguments arguments = {"verify", "--jwks", url, "--issuer", kIssuer, "--audience", kAudience};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  // A configuration file for tokens of `issuer`.
  std::string Config(const std::string& issuer, const std::string& keys) const {
    return folder_.File("config.json", R"({"version":1,"issuers":[{"issuer":")" + issuer + R"(","audiences":[")" +
                                           kAudience + R"("],"keys":)" + keys +
                                           R"(,"refresh":{"cooldown_seconds":1}}]})");
  }
  static std::string ClaimsOf(const std::string& issuer) {
    return R"({"iss":")" + issuer + R"(","aud":")" + kAudience + "\"}";
  }

  std::string set_;
};

TEST_F(FetchCommand, VerifyTakesKeysFromThisMachineOverHttp) {
  LoopbackServer server(Serve(set_));
  const Outcome outcome = RunAssay(VerifyFrom(server.Url()), Mint());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "1 accept accepted\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(FetchCommand, VerifyTakesKeysOverTlsFromWhomTheCaFileVouchesFor) {
  const TestCa ca;
  const Certificate certificate = ca.Issue();
  LoopbackServer server(Serve(set_), &certificate);
  const std::string ca_file = folder_.File("ca.pem", ca.Pem());
  EXPECT_EQ(RunAssay(VerifyFrom(server.Url(), {"--ca-file", ca_file}), Mint()).out, "1 accept accepted\n");
  EXPECT_EQ(RunAssay(VerifyFrom(server.Url("/jwks", "localhost"), {"--ca-file", ca_file, "--token", MintOne()})).status,
            0);
  ExpectError(RunAssay(VerifyFrom(server.Url(), {"--ca-file", folder_.File("other.pem", TestCa().Pem())}), Mint()),
              "TLS failed");
  ExpectError(RunAssay(VerifyFrom(server.Url(), {"--ca-file", folder_.Path("absent")}), Mint()), "cannot be opened");
}

TEST_F(FetchCommand, KeysThatCannotBeHadAreOneClearLine) {
  const auto with = [&](LoopbackServer::Handler handler) {
    LoopbackServer server(std::move(handler));
    return RunAssay(VerifyFrom(server.Url()), Mint());
  };
  ExpectError(with(Serve("", "", "404 Not Found")), "HTTP status 404");
  ExpectError(with(Serve("<html>")), "no key set");
  ExpectError(with(Serve("{\"keys\":[]}")), "no usable key");
  ExpectError(with(Serve(std::string(2'000'000, ' '))), "larger");
  ExpectError(with(Serve("", "Location: http://127.0.0.1:1/\r\n", "302 Found")), "another origin");
  ExpectError(with([](Peer& peer) {
                peer.ReadRequest();  // a reset before could still be one of connecting
                peer.Reset();
              }),
              "reset");
  ExpectError(RunAssay(VerifyFrom("http://as.example/jwks"), Mint()), "this machine only");
  ExpectError(RunAssay(VerifyFrom("HTTP://as.example/jwks"), Mint()), "this machine only");
  ExpectError(RunAssay(VerifyFrom("file:///jwks"), Mint()), "does not begin with https://");
  ExpectError(RunAssay(VerifyFrom("https://user@as.example/jwks"), Mint()), "user name");
  ExpectError(RunAssay(VerifyFrom("https://10.0.0.1/jwks"), Mint()),
              "10.0.0.1 may not be connected to unless private addresses are allowed");
  const Outcome forbidden = RunAssay(VerifyFrom("https://169.254.169.254/jwks"), Mint());
  EXPECT_NE(forbidden.err.find("169.254.169.254 may not be connected to\n"), std::string::npos) << forbidden.err;
}

// The issuer is where it is served, as discovery demands.
LoopbackServer::Handler Issuer(const std::string* base, const std::string* set) {
  return [=](Peer& peer) {
    const std::string request = peer.ReadRequest();
    if (request.starts_with("GET /.well-known/openid-configuration ")) {
      peer.Reply("{\"issuer\":\"" + *base + "\",\"jwks_uri\":\"" + *base + "/keys\"}");
    } else if (request.starts_with("GET /keys ")) {
      peer.Reply(*set);
    } else {
      peer.Reply("", "", "404 Not Found");
    }
  };
}

TEST_F(FetchCommand, DiscoverFindsTheKeysOfTheIssuer) {
  std::string base;
  LoopbackServer server(Issuer(&base, &set_));
  base = server.Url("");
  const Outcome outcome =
      RunAssay({"verify", "--discover", "--issuer", base, "--audience", kAudience}, Mint(ClaimsOf(base)));
  EXPECT_EQ(outcome.status, 0) << outcome.err << outcome.out;
  ExpectError(RunAssay({"verify", "--discover", "--audience", kAudience}, Mint()), "--discover needs --issuer");
  ExpectError(RunAssay({"verify", "--discover", "--issuer", "urn:x", "--audience", kAudience}, Mint()),
              "cannot be asked");
  const std::string served = base;
  base += "/";  // the metadata now names another issuer than the one that was asked for
  ExpectError(RunAssay({"verify", "--discover", "--issuer", served, "--audience", kAudience}, Mint()),
              "another issuer");
}

TEST_F(FetchCommand, AConfigurationFileMayFetchAndDiscover) {
  std::string base;
  LoopbackServer server(Issuer(&base, &set_));
  base = server.Url("");
  const std::string input = Mint(ClaimsOf(base));
  for (const std::string& keys : {std::string("{\"discover\":true}"), "{\"url\":\"" + base + "/keys\"}"}) {
    const Outcome outcome = RunAssay({"verify", "--config", Config(base, keys)}, input);
    EXPECT_EQ(outcome.out, "1 accept accepted\n") << outcome.err;
    EXPECT_EQ(RunAssay({"config", "check", folder_.Path("config.json")}).status, 0);
  }
  ExpectError(RunAssay({"verify", "--config", Config(base, "{\"url\":\"" + base + "/absent\"}")}, input), "404");
}

// A stream that goes on while the issuer rotates: the first token of the new key makes its key come.
TEST_F(FetchCommand, AStreamFollowsARotation) {
  std::string base;
  std::string set = set_;
  std::mutex mutex;
  LoopbackServer server([&](Peer& peer) {
    peer.ReadRequest();
    const std::lock_guard lock(mutex);
    peer.Reply(set);
  });
  base = "https://as.example";
  const std::string old_token = Mint(ClaimsOf(base));
  const std::string new_key = folder_.Path("new.jwk");
  const std::string new_set = ReadWholeFile(MakeKey("ES256", new_key, "new.json"));
  const std::string new_token = RunAssay({"mint", "--key", new_key, "--claims", ClaimsOf(base)}).out;
  Process process({ASSAY_COMMAND, "verify", "--config", Config(base, "{\"url\":\"" + server.Url() + "\"}")});
  process.Write(old_token);
  ASSERT_TRUE(process.AwaitOutput("1 accept accepted\n"));
  {
    const std::lock_guard lock(mutex);
    set = new_set;
  }
  process.Write(new_token);
  ASSERT_TRUE(process.AwaitOutput("2 reject key_not_found"));
  EXPECT_TRUE(testing::Eventually([&] { return server.connections() >= 2; }));
  // The reply is on its way; some token after it is judged with the new key.
  for (int line = 1; line <= 2; ++line) ASSERT_TRUE(process.ReadLine().has_value());
  EXPECT_TRUE(testing::Eventually([&] {
    process.Write(new_token);
    return process.ReadLine().value_or("").ends_with(" accept accepted");
  }));
  const Outcome outcome = process.Finish();
  EXPECT_TRUE(outcome.out.ends_with(" accept accepted\n")) << outcome.out;
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(FetchCommand, WatchOnceTellsGoodFromBad) {
  LoopbackServer server(Serve(set_, "Cache-Control: max-age=600\r\n"));
  const Outcome good = RunAssay({"watch", "--jwks", server.Url(), "--once"});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_NE(good.out.find(" status url=\"" + server.Url() + "\" keys=1 age=0 next="), std::string::npos) << good.out;
  EXPECT_NE(good.out.find(" fetches=1 failures=0\n"), std::string::npos) << good.out;
  EXPECT_NE(good.out.find(" key_set_loaded "), std::string::npos) << good.out;
  server.SetHandler(Serve("", "", "500 Oops"));
  const Outcome bad = RunAssay({"watch", "--jwks", server.Url(), "--once"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.out.find(" keys=0 next="), std::string::npos) << bad.out;
  EXPECT_NE(bad.out.find("error=\"" + server.Url() + ": HTTP status 500\""), std::string::npos) << bad.out;
}

TEST_F(FetchCommand, WatchNeedsSomethingToFollow) {
  ExpectError(RunAssay({"watch"}), "what is to be followed");
  ExpectError(RunAssay({"watch", "--jwks", "ftp://as.example"}), "https");
  ExpectError(RunAssay({"watch", "--config", Config("https://as.example", "{\"file\":\"" + jwks_ + "\"}")}),
              "nothing to follow");
}

TEST_F(FetchCommand, WatchGoesOnThroughFailuresUntilInterrupted) {
  LoopbackServer server(Serve("", "", "500 Oops"));
  Process process({ASSAY_COMMAND, "watch", "--jwks", server.Url(), "--interval", "1"});
  ASSERT_TRUE(process.AwaitOutput("failures=1 "));
  server.SetHandler(Serve(set_));
  ASSERT_TRUE(process.AwaitOutput(" keys=1 age="));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Finish().signal, SIGINT);
}

}  // namespace
}  // namespace assay::test
