// assay revoke, and assay verify --revocations.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class RevokeTest : public CommandTest {
 protected:
  const std::string file_ = folder_.Path("revoked.jsonl");
  Outcome Revoke(const Arguments& more) {
    Arguments arguments = {"revoke", "--file", file_, "--issuer", kIssuer};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(arguments);
  }
  std::string TokenOf(const std::string& more) {
    return MintOne(std::string(kClaims, sizeof(kClaims) - 2) + "," + more + "}");
  }
};

TEST_F(RevokeTest, WhatIsAddedIsRefused) {
  const std::string alice = TokenOf(R"("sub":"alice","client_id":"c1","sid":"s1")");
  const std::string bob = TokenOf(R"("sub":"bob","client_id":"c2","sid":"s2")");
  const std::string carol = TokenOf(R"("sub":"carol","client_id":"c3","sid":"s3")");
  ASSERT_EQ(Revoke({"--sub", "alice"}).status, 0);
  ASSERT_EQ(Revoke({"--sid", "s2", "--issued-before", "9999999999"}).status, 0);
  ASSERT_EQ(Revoke({"--client-id", "c3", "--issued-before", "1000"}).status, 0);
  const Outcome outcome = Verify(alice + "\n" + bob + "\n" + carol + "\n", {"--revocations", file_});
  EXPECT_EQ(outcome.out, "1 reject revoked by its sub\n2 reject revoked by its sid\n3 accept accepted\n")
      << outcome.err;
  EXPECT_EQ(outcome.status, 1);
}

TEST_F(RevokeTest, AWholeIssuerOrAKeyIsRefused) {
  const std::string token = TokenOf(R"("sub":"alice")");
  ASSERT_EQ(Revoke({"--issued-before", "1000"}).status, 0);
  EXPECT_EQ(Verify(token, {"--revocations", file_}).status, 0) << "it is younger";
  const Outcome ahead = Revoke({"--issued-before", "9999999999"});
  ASSERT_EQ(ahead.status, 0);
  EXPECT_NE(ahead.err.find("9999999999 lies ahead"), std::string::npos) << ahead.err;
  EXPECT_EQ(Verify(token, {"--revocations", file_}).out, "1 reject revoked by its iss\n");
  ASSERT_EQ(::unlink(file_.c_str()), 0);
  const Outcome key =
      RunAssay({"revoke", "--file", file_, "--from", "-"}, R"({"iss":"https://as.example","kid":"other"})");
  ASSERT_EQ(key.status, 0) << key.err;
  EXPECT_EQ(Verify(token, {"--revocations", file_}).status, 0) << "another key";
  const std::string set = TextOf(jwks_);
  const std::size_t at = set.find("\"kid\":\"") + 7;
  ASSERT_EQ(Revoke({"--kid", set.substr(at, set.find('"', at) - at)}).status, 0);
  EXPECT_EQ(Verify(token, {"--revocations", file_}).out, "1 reject revoked by its key\n");
}

TEST_F(RevokeTest, WhatNamesAllOrNothingIsAnError) {
  ExpectError(Revoke({}), "--issued-before alone");
  ExpectError(Revoke({"--kid", "k", "--sub", "s"}), "exactly one of");
  ExpectError(Revoke({"--kid", "k", "--issued-before", "1000"}), "issued_before says nothing");
  ExpectError(Revoke({"--kid", "k", "--exp", "1000"}), "exp belongs to a jti");
  ExpectError(RunAssay({"revoke", "--file", file_, "--issued-before", "1000"}), "--issuer is needed");
}

TEST_F(RevokeTest, TheFileHoldsOneLineForEachAndKeepsItsMode) {
  const Outcome past = Revoke({"--jti", "a", "--exp", "1700000000"});
  ASSERT_EQ(past.status, 0);
  EXPECT_NE(past.err.find("--exp is long past"), std::string::npos) << past.err;
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  ASSERT_EQ(Revoke({"--jti", "b"}).status, 0);
  EXPECT_EQ(TextOf(file_),
            "{\"iss\":\"https://as.example\",\"jti\":\"a\",\"exp\":1700000000}\n"
            "{\"iss\":\"https://as.example\",\"jti\":\"b\"}\n");
  struct stat status = {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(RevokeTest, ManyAtOnceComeFromLines) {
  const std::string lines = "{\"iss\":\"a\",\"jti\":\"x\"}\n{\"iss\":\"a\",\"sub\":\"y\",\"issued_before\":5}\n";
  ASSERT_EQ(RunAssay({"revoke", "--file", file_, "--from", "-"}, lines).status, 0);
  EXPECT_EQ(TextOf(file_), lines);
  const Outcome bad = RunAssay({"revoke", "--file", file_, "--from", "-"}, "{\"iss\":\"a\"}\n");
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(TextOf(file_), lines);
  EXPECT_EQ(RunAssay({"revoke", "--file", file_, "--from", "-"}, "").status, 2);
}

TEST_F(RevokeTest, AFileThatNoGatewayWouldTakeIsNotAddedTo) {
  std::ofstream(file_) << "nonsense\n";
  const Outcome outcome = Revoke({"--jti", "a"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("line 1 is no JSON object"), std::string::npos) << outcome.err;
  EXPECT_EQ(TextOf(file_), "nonsense\n");
}

TEST_F(RevokeTest, WhatNamesNothingIsAUsageError) {
  EXPECT_EQ(Revoke({}).status, 2);
  EXPECT_EQ(Revoke({"--jti", ""}).status, 2);
  EXPECT_EQ(Revoke({"--jti", "a", "--sub", "b"}).status, 2);
  EXPECT_EQ(Revoke({"--jti", "a", "--issued-before", "5"}).status, 2);
  EXPECT_EQ(Revoke({"--sub", "a", "--exp", "5"}).status, 2);
  EXPECT_EQ(RunAssay({"revoke", "--issuer", "a", "--jti", "b"}).status, 2);
  EXPECT_EQ(RunAssay({"revoke", "--file", file_, "--jti", "b"}).status, 2);
  EXPECT_EQ(RunAssay({"revoke", "--redis", "http://h", "--issuer", "a", "--jti", "b"}).status, 2);
  EXPECT_NE(::access(file_.c_str(), F_OK), 0);
}

TEST_F(RevokeTest, VerifyStopsWhenTheRevocationsCannotBeRead) {
  const std::string token = MintOne();
  const Outcome missing = Verify(token, {"--revocations", folder_.Path("none")});
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(missing.out, "");
  const Outcome bad = Verify(token, {"--revocations", folder_.File("bad", "{}\n")});
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(bad.out, "");
  const Outcome nobody = Verify(token, {"--revocations", "redis://127.0.0.1:1"});
  EXPECT_EQ(nobody.status, 2);
  EXPECT_EQ(nobody.out, "");
}

}  // namespace
}  // namespace assay::test
