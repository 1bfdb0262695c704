// assay verify: what its options mean, one by one.
#include <nlohmann/json.hpp>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

class VerifyCommand : public CommandTest {
 protected:
  // The reason word of the only line, in text form.
  static std::string Word(const Outcome& outcome) {
    const auto lines = Lines(outcome.out);
    EXPECT_EQ(lines.size(), 1u) << outcome.out << outcome.err;
    if (lines.empty()) return "";
    const std::size_t second = lines[0].find(' ', 2) + 1;
    return lines[0].substr(second, lines[0].find(' ', second) - second);
  }
};

TEST_F(VerifyCommand, AcceptsAGoodTokenWithStatusZero) {
  const Outcome outcome = Verify(Mint());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "1 accept accepted\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(VerifyCommand, OneRejectionMakesStatusOne) {
  const Outcome outcome = Verify(Mint() + "a.b\n" + Mint());
  EXPECT_EQ(outcome.status, 1);
  const auto lines = Lines(outcome.out);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "1 accept accepted");
  EXPECT_EQ(lines[1].rfind("2 reject not_three_segments", 0), 0u) << lines[1];
  EXPECT_EQ(lines[2], "3 accept accepted");
}

TEST_F(VerifyCommand, JsonIsOneObjectALineInInputOrder) {
  const std::string claims =
      R"({ "iss" : "https://as.example", "n":1.50e1, "aud":["https://api.example"], "s":"a \" b" })";
  const Outcome outcome = Verify(MintOne(claims, {"--now", "1700000000", "--ttl", "60"}) + "\nx\n",
                                 {"--format", "json", "--now", "1700000010"});
  const auto lines = Lines(outcome.out);
  ASSERT_EQ(lines.size(), 2u) << outcome.err;
  const std::string head = R"({"line":1,"verdict":"accept","alg":"ES256","kid":")";
  EXPECT_EQ(lines[0].rfind(head, 0), 0u) << lines[0];
  // Order and number spelling kept, white space outside strings gone.
  const std::string minified =
      R"("claims":{"iss":"https://as.example","n":1.50e1,"aud":["https://api.example"],"s":"a \" b","iat":1700000000,"exp":1700000060,"jti":)";
  EXPECT_NE(lines[0].find(minified), std::string::npos) << lines[0];
  EXPECT_EQ(Json::parse(lines[0])["claims"]["exp"], 1700000060);
  const Json second = Json::parse(lines[1]);
  EXPECT_EQ(second.size(), 4u);
  EXPECT_EQ(second["line"], 2);
  EXPECT_EQ(second["verdict"], "reject");
  EXPECT_EQ(second["reason"], "not_three_segments");
  EXPECT_TRUE(second["detail"].is_string());
}

TEST_F(VerifyCommand, FormatNonePrintsNothing) {
  const Outcome outcome = Verify(Mint() + "x\n", {"--format", "none"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(VerifyCommand, LinesAreNumberedPhysicallyAndBlankOnesSkipped) {
  const std::string token = MintOne();
  const Outcome outcome = Verify("\n  \t\nBearer " + token + "\r\n\r\n" + token);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "3 accept accepted\n5 accept accepted\n");
}

TEST_F(VerifyCommand, TokenOptionTakesTheTokenWithOrWithoutBearer) {
  EXPECT_EQ(Verify("", {"--token", MintOne()}).out, "1 accept accepted\n");
  EXPECT_EQ(Verify("", {"--token", "Bearer " + MintOne()}).out, "1 accept accepted\n");
  ExpectError(Verify("", {"--token", ""}), "--token is empty");
  ExpectError(Verify("", {"--token", "a", "file"}), "cannot be given together");
  ExpectError(Verify("", {"--token", "a", "--client-claim", "azp"}), "there is no option `--client-claim`");
}

TEST_F(VerifyCommand, NoTokenAtAllIsAnError) {
  ExpectError(Verify(""), "no token in standard input");
  ExpectError(Verify("\n\n  \n"), "no token");
  ExpectError(Verify("", {folder_.File("empty", "")}), "no token in " + folder_.Path("empty"));
}

TEST_F(VerifyCommand, FileOrDashIsRead) {
  const std::string file = folder_.File("tokens", Mint(kClaims, {"--count", "3"}));
  EXPECT_EQ(Lines(Verify("", {file}).out).size(), 3u);
  EXPECT_EQ(Lines(Verify(ReadWholeFile(file), {"-"}).out).size(), 3u);
}

TEST_F(VerifyCommand, WrongIssuerAndAudience) {
  EXPECT_EQ(Verify(Mint(R"({"iss":"https://as.example/","aud":"https://api.example"})")).out,
            "1 reject wrong_issuer iss is \"https://as.example/\"; wanted \"https://as.example\"\n");
  EXPECT_EQ(Verify(Mint(R"({"iss":"https://as.example","aud":"https:\/\/api\u0007"})")).out,
            "1 reject wrong_audience \"aud\" is \"https:\\/\\/api\\u0007\"; wanted \"https://api.example\"\n");
  EXPECT_EQ(Verify(Mint(R"({"iss":"https://as.example","aud":["a","b"]})")).out,
            "1 reject wrong_audience \"aud\" is [\"a\",\"b\"]; wanted \"https://api.example\"\n");
  EXPECT_EQ(Word(Verify(Mint(R"({"iss":"https://as.example/","aud":"https://api.example"})"))), "wrong_issuer");
  EXPECT_EQ(Word(Verify(Mint(R"({"iss":"https://as.example","aud":"https://api"})"))), "wrong_audience");
  EXPECT_EQ(Word(Verify(Mint(R"({"iss":"https://as.example"})"))), "audience_missing");
  EXPECT_EQ(Word(Verify(Mint(R"({"iss":"https://as.example","aud":"b"})"), {"--audience", "b"})), "accepted");
}

TEST_F(VerifyCommand, WithoutIssuerAWarningSaysSo) {
  const Outcome outcome = RunAssay({"verify", "--jwks", jwks_, "--audience", kAudience}, Mint());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.rfind("assay: warning: `iss` is not checked", 0), 0u) << outcome.err;
}

TEST_F(VerifyCommand, AudienceIsRequiredUnlessAnyIsAskedFor) {
  const std::string token = Mint(R"({"iss":"https://as.example","aud":"other"})");
  ExpectError(RunAssay({"verify", "--jwks", jwks_, "--issuer", kIssuer}, token), "--audience is required");
  EXPECT_EQ(RunAssay({"verify", "--jwks", jwks_, "--issuer", kIssuer, "--any-audience"}, token).status, 0);
  ExpectError(Verify(token, {"--any-audience"}), "cannot be given together");
  ExpectError(RunAssay({"verify", "--jwks", jwks_, "--audience", ""}, token), "assay: --audience is empty");
}

TEST_F(VerifyCommand, WhatNoTokenHasIsWarnedOf) {
  const auto err = [&](const Arguments& arguments) { return Verify(Mint(), arguments).err; };
  EXPECT_NE(err({"--audience", "a,b"}).find("--audience a,b: is one audience; each of several stands alone"),
            std::string::npos);
  EXPECT_NE(err({"--require-claim", "sub=repo:*"}).find("--require-claim: the value repo:* is compared byte for byte"),
            std::string::npos);
  EXPECT_EQ(err({"--require-claim", "sub"}), "");
}

TEST_F(VerifyCommand, AlgorithmsAreAnAllowList) {
  EXPECT_EQ(Word(Verify(Mint(), {"--alg", "RS256,ES256"})), "accepted");
  ExpectError(Verify(Mint(), {"--alg", "ES256,HS256"}), "HS256");
  ExpectError(Verify(Mint(), {"--alg", "es256"}), "es256");
  ExpectError(Verify(Mint(), {"--alg", "ES256,"}), "empty item");
}

TEST_F(VerifyCommand, TypeIsHeldAgainstTheHeader) {
  const std::string token = Mint();
  EXPECT_EQ(Word(Verify(token, {"--typ", "at+jwt"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--typ", "application/AT+JWT"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--typ", "jwt"})), "wrong_type");
  EXPECT_EQ(Word(Verify(Mint(kClaims, {"--typ", "logout+jwt"}))), "wrong_type");
  EXPECT_EQ(Word(Verify(Mint(kClaims, {"--typ", ""}))), "accepted");
}

TEST_F(VerifyCommand, ScopesAndClaimsCanBeRequired) {
  const std::string token = Mint();
  EXPECT_EQ(Word(Verify(token, {"--require-scope", "read", "--require-scope", "write"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--require-scope", "rea"})), "insufficient_scope");
  EXPECT_EQ(Word(Verify(token, {"--require-claim", "scope"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--require-claim", "iss=https://as.example"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--require-claim", "sub"})), "claim_missing");
  EXPECT_EQ(Word(Verify(token, {"--require-claim", "iss=x"})), "claim_mismatch");
  ExpectError(Verify(token, {"--require-claim", "=x"}), "--require-claim");
  for (const char* const option : {"--require-claim", "--scope-claim"}) {
    EXPECT_NE(Verify(token, {option, "realm_access.roles"}).err.find("list of names"), std::string::npos) << option;
    EXPECT_EQ(Verify(token, {option, R"(["realm_access.roles"])"}).err, "") << option;
    EXPECT_EQ(Verify(token, {option, "https://acme.example/roles"}).err, "") << option;
  }
}

TEST_F(VerifyCommand, TimeIsTheClocksOrTheGivenOne) {
  const std::string token = Mint(kClaims, {"--now", "1700000000", "--ttl", "60"});
  EXPECT_EQ(Word(Verify(token)), "expired");
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000059"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000060"})), "expired");
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000069", "--leeway", "10"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000070", "--leeway", "10"})), "expired");
  ExpectError(Verify(token, {"--leeway", "301"}), "--leeway");
  ExpectError(Verify(token, {"--leeway", "-1"}), "--leeway");
  ExpectError(Verify(token, {"--now", "1e9"}), "--now");
}

TEST_F(VerifyCommand, MaxAgeIsHeldAgainstIat) {
  const std::string token = Mint(kClaims, {"--now", "1700000000"});
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000010", "--max-age", "10"})), "accepted");
  EXPECT_EQ(Word(Verify(token, {"--now", "1700000011", "--max-age", "10"})), "too_old");
  EXPECT_EQ(Word(Verify(token, {"--now", "1699999999", "--max-age", "10"})), "issued_in_future");
  EXPECT_EQ(Word(Verify(token, {"--now", "1699999999"})), "accepted");
}

TEST_F(VerifyCommand, ConfigReplacesTheOptions) {
  const std::string config = folder_.File(
      "config.json",
      R"({"version":1,"issuers":[{"issuer":"https://as.example","audiences":["https://api.example"],"keys":{"file":")" +
          jwks_ + "\"}}]}");
  EXPECT_EQ(Word(RunAssay({"verify", "--config", config}, Mint())), "accepted");
  EXPECT_EQ(Word(RunAssay({"verify", "--config", config}, Mint(R"({"iss":"x","aud":"y"})"))), "issuer_unknown");
  ExpectError(RunAssay({"verify", "--config", config, "--jwks", jwks_}, Mint()), "cannot be given together");
  const std::string bad = folder_.File("bad.json", "{\"version\":1,\n\"issuers\":[],\n\"x\":1}");
  const Outcome refused = RunAssay({"verify", "--config", bad}, Mint());
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err, bad + ":2: /issuers: must hold at least one item\n" + bad + ":3: /x: is not a known member\n");
}

TEST_F(VerifyCommand, SignatureOnlyChecksNoClaim) {
  const std::string token = Mint(R"({"exp":1})");
  const Outcome outcome = RunAssay({"verify", "--jwks", jwks_, "--signature-only", "--format", "json"}, token);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(Json::parse(outcome.out)["claims"], nullptr);
  EXPECT_NE(outcome.err.find("no claim is checked"), std::string::npos);
  ExpectError(Verify(token, {"--signature-only"}), "cannot be given together");
}

TEST_F(VerifyCommand, NoExpRequiredLetsItBeMissing) {
  const std::string token = Mint(kClaims, {"--no-exp"});
  EXPECT_EQ(Word(Verify(token)), "expiry_missing");
  EXPECT_EQ(Word(Verify(token, {"--no-exp-required"})), "accepted");
  const std::string old = Mint(R"({"iss":"https://as.example","aud":"https://api.example","exp":5})");
  EXPECT_EQ(Word(Verify(old, {"--no-exp-required"})), "expired");
}

TEST_F(VerifyCommand, ResultsAreTheSameWhateverBatchAndThreads) {
  std::string input;
  for (int i = 0; i < 40; ++i) input += Mint(kClaims, {"--count", "9"}) + "broken" + std::to_string(i) + "\n\n";
  const std::string expected = Verify(input, {"--format", "json"}).out;
  ASSERT_EQ(Lines(expected).size(), 400u);
  for (const char* batch : {"1", "7", "64", "1000"}) {
    for (const char* threads : {"1", "3"}) {
      EXPECT_EQ(Verify(input, {"--format", "json", "--batch", batch, "--threads", threads}).out, expected)
          << batch << ' ' << threads;
    }
  }
}

TEST_F(VerifyCommand, StatsCountByReason) {
  const Outcome outcome =
      Verify(Mint(kClaims, {"--count", "5"}) + "x\ny\na.b.c.d.e\n", {"--stats", "--format", "none"});
  std::map<std::string, std::string> figures;
  for (const std::string& line : Lines(outcome.err)) {
    const std::size_t start = line.find_first_not_of(' ');
    const std::size_t end = line.find(' ', start);
    figures[line.substr(start, end - start)] = line.substr(line.find_first_not_of(' ', end));
  }
  EXPECT_EQ(figures["tokens"], "8");
  EXPECT_EQ(figures["accepted"], "5");
  EXPECT_EQ(figures["rejected"], "3");
  EXPECT_EQ(figures["not_three_segments"], "2");
  EXPECT_EQ(figures["encrypted_token"], "1");
  EXPECT_NE(figures["kernel"], "");
  EXPECT_GT(std::stod(figures["tokens/s"]), 0);
  EXPECT_GE(std::stod(figures["seconds"]), 0);
}

TEST_F(VerifyCommand, KernelByOptionOrEnvironmentMustExist) {
  const std::string token = Mint();
  ExpectError(Verify(token, {"--kernel", "abacus"}), "abacus");
  ExpectError(RunAssay(VerifyArguments(), token, {{"ASSAY_KERNEL", "abacus"}}), "abacus");
}

TEST_F(VerifyCommand, BadKeyFilesAreNamed) {
  const std::string token = Mint();
  const auto with = [&](const std::string& jwks) {
    return RunAssay({"verify", "--jwks", jwks, "--issuer", kIssuer, "--audience", kAudience}, token);
  };
  ExpectError(with(folder_.Path("absent")), "cannot open " + folder_.Path("absent"));
  ExpectError(with(folder_.Path("")), "Is a directory");
  ExpectError(with(folder_.File("text", "hello")), folder_.Path("text"));
  ExpectError(with(folder_.File("none", R"({"keys":[]})")),
              folder_.Path("none") + " holds no key that can verify: it is empty");
  ExpectError(with(key_), "`assay jwks` makes the public set");
  ExpectError(with(folder_.File("large", std::string(1024 * 1024 + 1, ' '))), "larger than");
}

TEST_F(VerifyCommand, WhatATokenSaysCannotReachTheTerminalUnescaped) {
  const std::string evil = folder_.Path("evil.jwk");
  ASSERT_EQ(RunAssay({"keygen", "--alg", "ES256", "--kid", "\x1b[31m\n\"k\xc2\x9b", "--out", evil}).status, 0);
  const std::string token = RunAssay({"mint", "--key", evil, "--claims", kClaims}).out;
  for (const char* format : {"text", "json"}) {
    const Outcome outcome = Verify(token, {"--format", format});
    EXPECT_EQ(Lines(outcome.out).size(), 1u) << outcome.out;
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(outcome.out.find('\xc2'), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::test
