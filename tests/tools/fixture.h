// A key, its public set and a few tokens, made by the command itself.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/tools/run_command.h"

namespace assay::test {

inline constexpr char kIssuer[] = "https://as.example";
inline constexpr char kAudience[] = "https://api.example";
inline constexpr char kClaims[] = R"({"iss":"https://as.example","aud":"https://api.example","scope":"read write"})";

class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    key_ = folder_.Path("key.jwk");
    jwks_ = MakeKey("ES256", key_, "jwks.json");
  }

  // Makes a private key at `path` and its public set at `set_name`, whose path it returns.
  std::string MakeKey(const std::string& algorithm, const std::string& path, const std::string& set_name) {
    EXPECT_EQ(RunAssay({"keygen", "--alg", algorithm, "--out", path}).status, 0);
    const Outcome jwks = RunAssay({"jwks", path});
    EXPECT_EQ(jwks.status, 0) << jwks.err;
    return folder_.File(set_name, jwks.out);
  }

  std::string Mint(const std::string& claims = kClaims, const Arguments& more = {}) {
    Arguments arguments = {"mint", "--key", key_, "--claims", claims};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = RunAssay(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  }
  // One token without its newline.
  std::string MintOne(const std::string& claims = kClaims, const Arguments& more = {}) {
    std::string token = Mint(claims, more);
    if (!token.empty()) token.pop_back();
    return token;
  }

  // `assay verify` with the usual keys, issuer and audience, and more.
  Arguments VerifyArguments(const Arguments& more = {}) const {
    Arguments arguments = {"verify", "--jwks", jwks_, "--issuer", kIssuer, "--audience", kAudience};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Outcome Verify(const std::string& input, const Arguments& more = {}) const {
    return RunAssay(VerifyArguments(more), input);
  }

  testing::TemporaryFolder folder_;
  std::string key_;
  std::string jwks_;
};

// Exactly one line on standard error that begins with `assay: ` and holds `part`; nothing on
// standard output; exit status 2.
inline void ExpectError(const Outcome& outcome, const std::string& part) {
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(Lines(outcome.err).size(), 1u) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("assay: ", 0), 0u) << outcome.err;
  EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
}

}  // namespace assay::test
