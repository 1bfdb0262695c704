// The command as a whole: help, version, unknown words, the page, doctor, bench, config check.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

class ConfigCommand : public CommandTest {
 protected:
  // WarningsOf: what config check says of an issuer with these keys, and of nothing else in its file.
  std::string WarningsOf(const std::string& keys, const std::string& name = R"("issuer":"https://as.example")") {
    const std::string config = folder_.File(
        "keys.json", R"({"version":1,"issuers":[{"audiences":["a"],)" + name + R"(,"keys":)" + keys + "}]}");
    const Outcome outcome = RunAssay({"config", "check", config});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.err;
  }
};

TEST(Usage, UnknownWordsAreOneClearLine) {
  ExpectError(RunAssay({}), "a command is missing (see assay --help)");
  ExpectError(RunAssay({"config"}), "a command is missing (see assay config --help)");
  ExpectError(RunAssay({"frobnicate"}), "there is no command `frobnicate`");
  ExpectError(RunAssay({"config", "chek"}), "there is no command `config chek`");
  ExpectError(RunAssay({"config", "check"}), "(see assay config check --help)");
  ExpectError(RunAssay({"--frobnicate"}), "there is no option `--frobnicate` here");
  ExpectError(RunAssay({"verify", "--frobnicate"}), "there is no option `--frobnicate` here (see assay verify --help)");
  ExpectError(RunAssay({"verify", "--frobnicate", "value", "file"}), "there is no option `--frobnicate` here");
  ExpectError(RunAssay({"mcp", "check", "-x", "value", "file"}),
              "there is no option `-x` here (see assay mcp check --help)");
  ExpectError(RunAssay({"verify", "a", "b", "c"}), "one argument too many: `b` (see assay verify --help)");
  // A token that was put in the wrong place is not shown: messages end in logs.
  const std::string token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
  for (const auto& [arguments, message] : std::vector<std::pair<Arguments, std::string>>{
           {{token}, "a token stands where a command is expected"},
           {{"revoke", token}, "one argument too many: a token"},
           {{"verify", "a", "Bearer " + token}, "one argument too many: a token"},
           {{"verify", "--jwks", token}, "a token stands where the name of a file is expected"}}) {
    const Outcome outcome = RunAssay(arguments);
    ExpectError(outcome, message);
    EXPECT_EQ(outcome.err.find("eyJ"), std::string::npos) << outcome.err;
  }
  ExpectError(RunAssay({"verify", "--jwks"}), "--jwks needs a value");
  ExpectError(RunAssay({"verify", "--jwks", "a", "--jwks", "b"}), "--jwks can be given once only");
  ExpectError(RunAssay({"verify", "--jwks", "", "--any-audience"}), "a file name is empty");
  ExpectError(RunAssay({"verify", "a", "\x1b[31m"}), "\\u001b[31m");
}

TEST(Usage, AFlagTakesNoValueSoThatFalseIsNotTakenForTrue) {
  for (const char* flag : {"--any-audience", "--no-exp-required", "--signature-only", "--stats"}) {
    for (const char* value : {"=false", "=0", "=no"}) {
      ExpectError(RunAssay({"verify", "--jwks", "k", std::string(flag) + value}),
                  std::string(flag) + " takes no value");
    }
  }
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  for (const char* command :
       {"verify", "explain", "keygen", "jwks", "mint", "inspect", "bench", "watch", "config", "mcp", "doctor"}) {
    const Outcome outcome = RunAssay({command, "--help"});
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_NE(outcome.out.find(command), std::string::npos);
    EXPECT_NE(RunAssay({"--help"}).out.find(std::string("\n  ") + command), std::string::npos);
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_EQ(RunAssay({"--version"}).out.rfind("assay ", 0), 0u);
  EXPECT_EQ(RunShell("\"$ASSAY\" --help > /dev/full").status, 2);
}

TEST(Usage, TheManualPageNamesEveryOption) {
  const std::string page = RunAssay({"man"}).out;
  EXPECT_EQ(page.rfind(".TH ASSAY 1", 0), 0u);
  for (const char* option : {"jwks",
                             "discover",
                             "ca\\-file",
                             "allow\\-private\\-addresses",
                             "interval",
                             "issuer",
                             "audience",
                             "any\\-audience",
                             "alg",
                             "typ",
                             "require\\-scope",
                             "require\\-claim",
                             "leeway",
                             "now",
                             "no\\-exp\\-required",
                             "max\\-age",
                             "signature\\-only",
                             "config",
                             "format",
                             "batch",
                             "threads",
                             "kernel",
                             "stats",
                             "token",
                             "ttl",
                             "count",
                             "seconds",
                             "namespace\\-id",
                             "owner\\-id",
                             "tenant",
                             "json"}) {
    EXPECT_NE(page.find(std::string("\\fB\\-\\-") + option), std::string::npos) << option;
  }
  EXPECT_EQ(RunAssay({"--help"}).out.find("  man"), std::string::npos);
}

TEST_F(ConfigCommand, DoctorNamesIssuersInReportMode) {
  const std::string config = folder_.File("two.json", R"({"version": 1, "issuers": [
    {"issuer": "https://a.example", "audiences": ["x"], "keys": {"discover": true}, "mode": "report"},
    {"issuer": "https://b.example", "audiences": ["x"], "keys": {"discover": true}}]})");
  const Outcome outcome = RunAssay({"doctor", "--config", config});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("https://a.example: REPORT ONLY"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("https://b.example: enforced"), std::string::npos) << outcome.out;
  EXPECT_EQ(RunAssay({"doctor", "--config", folder_.File("bad.json", "{}")}).status, 2);
}

TEST(Doctor, EverySelfTestPasses) {
  const Outcome outcome = RunAssay({"doctor"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  int passed = 0;
  for (const std::string& line : Lines(outcome.out)) {
    if (line.rfind("self-test ", 0) != 0) continue;
    EXPECT_NE(line.find(" passed"), std::string::npos) << line;
    ++passed;
  }
  EXPECT_EQ(passed, 11);
  for (const char* part :
       {"cpu features", "kernels compiled", "kernels usable", "kernel chosen", "base64url kernels compiled",
        "base64url kernel chosen", "base64url known answers scalar", "boringssl", "simdjson"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part;
  }
}

TEST(Bench, JsonHasEveryRowOfTheContract) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.Path("bench.json");
  const Outcome outcome = RunAssay({"bench", "--seconds", "1", "--batch", "32", "--threads", "2", "--json", file});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Json json = Json::parse(ReadWholeFile(file));
  for (const char* member : {"cpu", "kernel", "compiler", "commit"}) EXPECT_TRUE(json[member].is_string());
  std::string rows;
  for (const Json& row : json["rows"]) {
    rows += row["alg"].get<std::string>() + '/' + row["mode"].get<std::string>() + ' ';
    EXPECT_EQ(row["threads"], 2);
    const bool batched = row["mode"] == "signature" || row["mode"] == "whole" || row["mode"] == "cached";
    EXPECT_EQ(row["batch"], batched ? 32 : 1);
    EXPECT_GT(row["tokens_per_s"].get<double>(), 0);
    // Two threads: the time of one is twice what the rate says.
    EXPECT_NEAR(row["ns_per_token"].get<double>() * row["tokens_per_s"].get<double>(), 2e9, 2e6);
    // The unit is right: a busy machine stretches the mean beyond the quantile, but not a hundredfold.
    EXPECT_GE(row["p99_us"].get<double>() * 100, row["batch"].get<double>() * row["ns_per_token"].get<double>() / 1000);
  }
  EXPECT_EQ(rows,
            "ES256/boringssl ES256/signature ES256/whole ES256/single ES256/cached "
            "RS256/boringssl RS256/signature RS256/whole RS256/single RS256/cached ");
  ExpectError(RunAssay({"bench", "--seconds", "0"}), "--seconds");
  const Outcome unwritable = RunAssay({"bench", "--seconds", "1", "--json", "/absent/bench.json"});
  EXPECT_EQ(unwritable.status, 2);
  EXPECT_EQ(unwritable.err, "assay: cannot write /absent/bench.json: No such file or directory\n");
  ExpectError(RunAssay({"bench", "--kernel", "abacus"}), "abacus");
}

TEST_F(ConfigCommand, CheckTellsAGoodFileFromABadOne) {
  const std::string good = folder_.File(
      "good.json", R"({"version":1,"issuers":[{"issuer":"https://as.example","audiences":["a"],"keys":{"file":")" +
                       jwks_ + R"("}},{"issuer":"https://b.example","audiences":["a"],"keys":{"discover":true}}]})");
  const Outcome outcome = RunAssay({"config", "check", good});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(good + ": good, 2 issuers"), std::string::npos);
  const std::string bound =
      folder_.File("bound.json", R"({"version":1,"issuers":[{"issuer":"https://b.example","audiences":["a"],)"
                                 R"("keys":{"discover":true},"accept_confirmation":["jkt"]}]})");
  EXPECT_NE(RunAssay({"config", "check", bound}).out.find("\n  cnf         jkt\n"), std::string::npos);

  const std::string absent = folder_.File(
      "absent.json", R"({"version":1,"issuers":[{"issuer":"i","audiences":["a"],"keys":{"file":"/absent"}}]})");
  ExpectError(RunAssay({"config", "check", absent}), "/absent");
  const std::string bad = folder_.File("bad.json", "{\n\"version\": 2, \"issuers\": 3\n}");
  const Outcome refused = RunAssay({"config", "check", bad});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err, bad + ":2: /version: must be 1\n" + bad + ":2: /issuers: must be an array\n");
  ExpectError(RunAssay({"config", "check", folder_.Path("none")}), "cannot open");
}

// A line of another issuer revokes nothing, and the gateway would not say so.
TEST_F(ConfigCommand, CheckNamesRevocationsThatHaveNoEffect) {
  const auto check = [&](const std::string& lines) {
    const std::string revoked = folder_.File("revoked.jsonl", lines);
    const std::string config = folder_.File(
        "revoking.json", R"({"version":1,"issuers":[{"issuer":["https://as.example","as.example"],"audiences":["a"],)"
                         R"("keys":{"file":")" +
                             jwks_ + R"("}}],"revocation":{"file":")" + revoked + "\"}}");
    const Outcome outcome = RunAssay({"config", "check", config});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.err;
  };
  EXPECT_EQ(check(""), "");
  EXPECT_EQ(check(R"({"iss":"https://as.example","kid":"k"})"
                  "\n"
                  R"({"iss":"as.example","issued_before":1})"
                  "\n"),
            "");
  const std::string slash = R"({"iss":"https://as.example/","kid":"k"})"
                            "\n";
  const std::string warned = check(slash + slash);
  EXPECT_NE(warned.find("revokes what is of https://as.example/, which is no configured issuer"), std::string::npos)
      << warned;
  EXPECT_EQ(std::count(warned.begin(), warned.end(), '\n'), 1) << "once: " << warned;
  std::string many;
  for (int i = 0; i < 12; ++i) many += R"({"iss":"https://)" + std::to_string(i) + "\",\"kid\":\"k\"}\n";
  EXPECT_NE(check(many).find("and of 2 more"), std::string::npos);
}

// A certificate's key is no candidate any more when the certificate has ended, and nobody says so but the refusals.
TEST_F(ConfigCommand, CheckNamesCertificatesThatHaveEnded) {
  const std::string pem = folder_.File("ended.pem", R"(-----BEGIN CERTIFICATE-----
MIIBBTCBq6ADAgECAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAXgwHhcNMjAw
MTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE72MglLdYxjeDv4Y++OcthG/07n4DbyZBwmJQANWY
3r/9jP/zFfNgo8JHQd/SBzKyx4v3vwDYqZceBmG7rhDNwDAKBggqhkjOPQQDAgNJ
ADBGAiEAg1TvLniEsPxn8wprhtHnhwSl5wioKv9FUosQVXBsxPcCIQCZ/rVWWXpa
289aay87YFQ3uf2GtMFyzUqSt/KF8O6/TA==
-----END CERTIFICATE-----
)");
  const std::string warned = WarningsOf(R"({"pem_file":")" + pem + "\"}");
  EXPECT_NE(warned.find("the certificate of " + pem + " ended 2021-01-01 00:00:00 UTC"), std::string::npos) << warned;
  EXPECT_NE(WarningsOf(R"({"pem_file":{"old":")" + pem + "\"}}").find("the certificate of kid old ended"),
            std::string::npos);
  EXPECT_EQ(WarningsOf(R"({"file":")" + jwks_ + "\"}"), "");
}

// What is there, and can never do what it is named for.
TEST_F(ConfigCommand, CheckNamesFilesAndKeysThatCannotServe) {
  const auto of_file = [&](const char* member, const std::string& content) {
    const std::string file = folder_.File("given", content);
    return WarningsOf(R"({"url":"https://as.example/jwks",")" + std::string(member) + "\":\"" + file + "\"}");
  };
  for (const char* none : {"", "{}", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_NE(of_file("ca_file", none).find("holds no certificate in PEM"), std::string::npos) << none;
  }
  EXPECT_EQ(of_file("ca_file", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"), "");
  for (const char* none : {"", "\n", "{\"token\":\"a\"}", "a b", "Bearer abc", " abc", "abc\n\n"}) {
    EXPECT_NE(of_file("bearer_token_file", none).find("holds no bearer token"), std::string::npos) << none;
  }
  EXPECT_EQ(of_file("bearer_token_file", "abc.def-_=\n"), "");

  std::string bound = ReadWholeFile(jwks_);
  EXPECT_EQ(WarningsOf(R"({"inline":)" + bound + "}"), "");
  bound.insert(bound.find("\"kty\""), R"("issuer":"https://other.example",)");
  EXPECT_NE(WarningsOf(R"({"inline":)" + bound + "}").find("all keys are bound to another issuer"), std::string::npos);
  const std::string own = ReadWholeFile(jwks_);
  const std::string both = own.substr(0, own.rfind(']')) + ',' + bound.substr(bound.find('[') + 1);
  EXPECT_EQ(WarningsOf(R"({"inline":)" + both + "}").find("bound to another"), std::string::npos);
  EXPECT_NE(WarningsOf(R"({"file":")" + folder_.File("bound.json", bound) + "\"}").find("bound to another"),
            std::string::npos);

  const std::string domain = R"("subject_trust_domain":"prod.example")";
  EXPECT_NE(WarningsOf(R"({"inline":)" + own + "}", domain).find("no key has the use jwt-svid"), std::string::npos);
  Json svid = Json::parse(own);
  svid["keys"][0]["use"] = "jwt-svid";
  EXPECT_EQ(WarningsOf(R"({"inline":)" + svid.dump() + "}", domain), "");
}

// A policy by itself may be sound, and yet not be for these issuers.
TEST_F(ConfigCommand, CheckHoldsPoliciesAgainstTheIssuers) {
  const std::string config = folder_.File(
      "config.json", R"({"version":1,"issuers":[{"issuer":"https://as.example","audiences":["https://a.example"],)"
                     R"("keys":{"file":")" +
                         jwks_ + "\"}}]}");
  const auto policy = [&](const std::string& name, const std::string& resource, const std::string& server) {
    return folder_.File(name, "{\"resource\":\"" + resource + "\",\n\"authorization_servers\":[\"" + server + "\"]}");
  };
  const std::string good = policy("good.json", "https://a.example", "https://as.example");
  const std::string elsewhere = policy("elsewhere.json", "https://a.example", "https://as2.example");
  const std::string foreign = policy("foreign.json", "https://b.example", "https://as.example");
  Outcome outcome = RunAssay({"config", "check", config, "--policy", good});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  outcome = RunAssay({"config", "check", config, "--policy", good, "--policy", elsewhere});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(
      outcome.err.starts_with("assay: warning: " + elsewhere + ":2: /authorization_servers/0: is no configured "))
      << outcome.err;
  ExpectError(RunAssay({"config", "check", config, "--policy", foreign}), "does not require the policy's resource");
  outcome = RunAssay({"config", "check", config, "--policy", jwks_});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find(jwks_ + ":1: /resource: is missing"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace assay::test
