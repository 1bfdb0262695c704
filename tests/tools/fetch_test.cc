// assay verify and assay watch with keys that are fetched, from servers that the test itself runs.
#include <sys/stat.h>

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

// Another time is for the tokens: how old keys are, the clock says.
TEST_F(FetchCommand, KeysDoNotAgeByAnotherTime) {
  LoopbackServer server(Serve(set_));
  const std::string later = std::to_string(std::time(nullptr) + 7 * 86400);
  const std::string token = MintOne(kClaims, {"--now", later});
  const Outcome outcome = RunAssay(VerifyFrom(server.Url(), {"--now", later, "--token", token}));
  EXPECT_EQ(outcome.out, "1 accept accepted\n") << outcome.err;
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

// Two issuers by URL, of which the second one's server has no keys.
TEST_F(FetchCommand, OneIssuersFailureStopsNobody) {
  LoopbackServer good(Serve(set_));
  LoopbackServer bad(Serve("", "", "404 Not Found"));
  const auto issuer = [](const std::string& name, const std::string& keys) {
    return R"({"issuer":")" + name + R"(","audiences":[")" + kAudience + R"("],"keys":)" + keys + "}";
  };
  const auto config = [&](const std::string& first) {
    return folder_.File("two.json", R"({"version":1,"issuers":[)" + issuer(kIssuer, first) + "," +
                                        issuer("https://bad.example", "{\"url\":\"" + bad.Url() + "\"}") + "]}");
  };
  const std::string input = Mint() + Mint(ClaimsOf("https://bad.example"));
  for (const std::string& keys : {"{\"url\":\"" + good.Url() + "\"}", "{\"file\":\"" + jwks_ + "\"}"}) {
    const Outcome outcome = RunAssay({"verify", "--config", config(keys)}, input);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out,
              "1 accept accepted\n2 reject keys_unavailable no keys of the issuer are loaded, or they are too old\n");
    EXPECT_EQ(outcome.err,
              "assay: warning: cannot fetch the keys of https://bad.example: " + bad.Url() + ": HTTP status 404\n");
  }
  ExpectError(RunAssay({"verify", "--config", config("{\"url\":\"" + bad.Url() + "/\"}")}, input),
              "cannot fetch the keys of https://as.example: ");
  ExpectError(RunAssay({"verify", "--config", config("{\"file\":\"absent.json\"}")}, input), "absent.json");
}

TEST_F(FetchCommand, McpCheckShowsWhatAGatewayAnswersWithoutKeys) {
  LoopbackServer server(Serve("", "", "404 Not Found"));
  const std::string policy = folder_.File("policy.json", R"({"resource":")" + std::string(kAudience) +
                                                             R"(","authorization_servers":["https://as.example"]})");
  const std::string request =
      folder_.File("request.json", R"({"headers":{"Authorization":"Bearer )" + MintOne() +
                                       R"("},"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"})");
  const Outcome outcome =
      RunAssay({"mcp", "check", "--policy", policy, "--request", request, "--jwks", server.Url(), "--issuer", kIssuer});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_NE(outcome.out.find("\"status\":503,\"reason\":\"keys_unavailable\""), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("HTTP status 404"), std::string::npos) << outcome.err;
}

TEST_F(FetchCommand, ExplainEndsAsVerifyDoesWithoutKeys) {
  LoopbackServer server(Serve("", "", "404 Not Found"));
  const Outcome outcome =
      RunAssay({"explain", "--jwks", server.Url(), "--issuer", kIssuer, "--audience", kAudience, "--token", MintOne()});
  EXPECT_EQ(outcome.status, 2) << outcome.out;
  EXPECT_NE(outcome.out.find("keys_unavailable"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("HTTP status 404"), std::string::npos) << outcome.err;
}

// The second issuer's server has a certificate of its own CA, which nobody else may be vouched for by.
TEST_F(FetchCommand, ACaFileIsForItsIssuerAlone) {
  const TestCa ca, hostile("hostile");
  const Certificate certificate = ca.Issue(), forged = hostile.Issue();
  LoopbackServer good(Serve(set_), &certificate), evil(Serve(set_), &forged);
  const std::string own = folder_.File("own.pem", ca.Pem()), other = folder_.File("hostile.pem", hostile.Pem());
  const auto status = [&](const std::string& keys, const Arguments& more = {}) {
    Arguments arguments = {"verify", "--config", Config(kIssuer, "{" + keys + "}")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(arguments, Mint()).status;
  };
  const std::string from_good = "\"url\":\"" + good.Url() + "\"", from_evil = "\"url\":\"" + evil.Url() + "\"";
  EXPECT_EQ(status(from_good + ",\"ca_file\":\"" + own + "\""), 0);
  EXPECT_EQ(status(from_good + ",\"ca_file\":\"" + own + "\"", {"--ca-file", other}), 0) << "its own goes first";
  EXPECT_EQ(status(from_evil + ",\"ca_file\":\"" + own + "\"", {"--ca-file", other}), 2);
  EXPECT_EQ(status(from_good + ",\"ca_file\":\"" + folder_.Path("absent") + "\""), 2);
  EXPECT_EQ(status(from_good), 2);
}

TEST_F(FetchCommand, PlainHttpIsAskedForByName) {
  ExpectError(RunAssay(VerifyFrom("http://as.example/jwks"), Mint()), "--plain-http-is-dangerous");
  ExpectError(RunAssay(VerifyFrom("http://93.184.216.34/jwks", {"--plain-http-is-dangerous"}), Mint()),
              "is for private addresses, and this URL names a public one");
  ExpectError(RunAssay(VerifyFrom("https://as.example/jwks", {"--plain-http-is-dangerous"}), Mint()), "leave it out");
  ExpectError(RunAssay({"verify", "--plain-http-is-dangerous", "--config",
                        Config(kIssuer, "{\"url\":\"https://as.example/jwks\"}")},
                       Mint()),
              "keys.plain_http_is_dangerous");
}

TEST_F(FetchCommand, ConfigCheckShowsTheWayToTheKeysAndNoSecret) {
  const Outcome outcome = RunAssay(
      {"config", "check",
       Config(kIssuer, R"({"url":"https://as.example/k","ca_file":"absent.pem","proxy":"http://u:hunter2@proxy:3128",)"
                       R"("bearer_token_file":"token","private_addresses":true})")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* line : {"  ca file     absent.pem, and no others\n", "  token file  token\n",
                           "  proxy       proxy:3128, with a password\n", "  addresses   private ones, too\n"}) {
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << outcome.out;
  }
  EXPECT_EQ(outcome.out.find("hunter2"), std::string::npos);
  EXPECT_NE(outcome.err.find("absent.pem: No such file"), std::string::npos) << outcome.err;
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

TEST_F(FetchCommand, WatchSharesAKeyFolder) {
  LoopbackServer server(Serve(set_));
  const std::string keys = folder_.Path("keys");
  ASSERT_EQ(::mkdir(keys.c_str(), 0700), 0);
  const Arguments watch = {"watch", "--jwks", server.Url(), "--key-folder", keys};
  const auto with = [&](const Arguments& more) {
    Arguments arguments = watch;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  Arguments running = with({});
  running.insert(running.begin(), ASSAY_COMMAND);
  Process holder(running);
  ASSERT_TRUE(testing::Eventually([&] { return server.connections() == 1; }));
  const Outcome follower = RunAssay(with({"--once"}));
  EXPECT_EQ(follower.status, 0) << follower.err;
  EXPECT_NE(follower.out.find(" fetches=0 failures=0 loads=1 follows\n"), std::string::npos) << follower.out;
  EXPECT_EQ(server.connections(), 1);
  ASSERT_EQ(::chmod(keys.c_str(), 0777), 0);
  const Outcome refused = RunAssay(with({"--once"}));
  EXPECT_NE(refused.out.find("key_folder_refused why=\""), std::string::npos) << refused.out;
  EXPECT_EQ(server.connections(), 2) << "for itself";
  ExpectError(RunAssay({"watch", "--jwks", server.Url(), "--key-folder-owner", "root"}), "--key-folder");
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
  // The end of the first fetch is seen when its event is there, however the threads meet.
  for (int i = 0; i < 20; ++i) {
    const Outcome again = RunAssay({"watch", "--jwks", server.Url(), "--once"});
    EXPECT_NE(again.out.find(" refresh_failed "), std::string::npos) << i << again.out;
  }
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
