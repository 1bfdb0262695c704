// assay mcp check and assay mcp metadata, end to end.
#include <nlohmann/json.hpp>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

constexpr char kResource[] = "https://mcp.example.com/mcp";

class McpCommand : public CommandTest {
 protected:
  std::string Token(const std::string& scope) {
    return MintOne(
        R"({"iss":"https://as.example","aud":"https://mcp.example.com/mcp","sub":"alice","client_id":"app","scope":")" +
        scope + "\"}");
  }
  // Each in a file of its own.
  std::string Request(const Json& headers, const std::string& body) {
    return folder_.File("request" + std::to_string(++requests_) + ".json",
                        Json{{"headers", headers}, {"body", body}}.dump());
  }
  static std::string CallTool(const std::string& name) {
    return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + name + "\"}}";
  }
  Outcome Check(const std::string& request, const Arguments& more = {}) const {
    Arguments arguments = {"mcp", "check",    "--policy", ASSAY_FILE_SERVER_POLICY, "--request", request, "--jwks",
                           jwks_, "--issuer", kIssuer};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(arguments);
  }

 private:
  int requests_ = 0;
};

TEST_F(McpCommand, AllowsAndDeniesWithTheContractsObject) {
  const Json bearer = {{"Authorization", "Bearer " + Token("files:read")}};
  Outcome outcome = Check(Request(bearer, CallTool("read_file")));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            R"({"decision":"allow","status":200,"reason":"accepted","scopes_needed":[],"www_authenticate":null,)"
            R"("jsonrpc_error":null,"principal":{"iss":"https://as.example","sub":"alice","client_id":"app"}})"
            "\n");
  outcome = Check(Request(bearer, CallTool("write_file")));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  const Json denied = Json::parse(outcome.out);
  EXPECT_EQ(denied["status"], 403);
  EXPECT_EQ(denied["reason"], "insufficient_scope");
  EXPECT_EQ(denied["scopes_needed"], Json({"files:write"}));
  EXPECT_EQ(denied["www_authenticate"],
            "Bearer error=\"insufficient_scope\", error_description=\"the operation needs further scopes\", "
            "scope=\"files:write\", "
            "resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\"");
  EXPECT_EQ(denied["principal"]["sub"], "alice");
}

TEST_F(McpCommand, FollowsTheRevocations) {
  const std::string request = Request({{"Authorization", "Bearer " + Token("files:read")}}, CallTool("read_file"));
  const auto check = [&](const std::string& revoked) {
    const std::string config =
        folder_.File("config.json",
                     Json{{"version", 1},
                          {"issuers", {{{"issuer", kIssuer}, {"audiences", {kResource}}, {"keys", {{"file", jwks_}}}}}},
                          {"revocation", {{"file", folder_.File("revoked.jsonl", revoked)}, {"max_stale_seconds", 30}}}}
                         .dump());
    return RunAssay({"mcp", "check", "--policy", ASSAY_FILE_SERVER_POLICY, "--request", request, "--config", config});
  };
  EXPECT_EQ(check("").status, 0) << check("").out << check("").err;
  const Outcome gone = check("{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"issued_before\":99999999999}\n");
  EXPECT_EQ(gone.status, 1) << gone.err;
  EXPECT_EQ(Json::parse(gone.out)["reason"], "revoked") << gone.out;
}

TEST_F(McpCommand, ARefusedTokenHasTheDetailOfItsVerdict) {
  const std::string request = Request({{"Authorization", "Bearer " + Token("files:read")}}, CallTool("read_file"));
  const Outcome outcome = Check(request, {"--now", "99999999999"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  const Json denied = Json::parse(outcome.out);
  EXPECT_EQ(denied["status"], 401);
  EXPECT_EQ(denied["reason"], "expired");
  EXPECT_NE(denied["detail"].get<std::string>().find("before now"), std::string::npos) << outcome.out;
}

TEST_F(McpCommand, AMismatchHasItsJsonRpcError) {
  const Outcome outcome = Check(Request({{"Authorization", "Bearer " + Token("files:read")},
                                         {"MCP-Protocol-Version", "2026-07-28"},
                                         {"Mcp-Method", "tools/call"},
                                         {"Mcp-Name", "write_file"}},
                                        CallTool("read_file")));
  EXPECT_EQ(outcome.status, 1);
  const Json denied = Json::parse(outcome.out);
  EXPECT_EQ(denied["status"], 400);
  EXPECT_EQ(denied["jsonrpc_error"], -32020);
  EXPECT_EQ(denied["detail"], "Mcp-Name is missing or not what the body names");
  EXPECT_TRUE(denied["www_authenticate"].is_null());
}

TEST_F(McpCommand, ATokenMayStandInForTheHeader) {
  const std::string bare = Request(Json::object(), CallTool("read_file"));
  EXPECT_EQ(Check(bare, {"--token", Token("files:read")}).status, 0);
  ExpectError(Check(Request({{"authorization", "Bearer x"}}, ""), {"--token", "x"}), "stands in");
  const Outcome missing = RunAssay({"mcp", "check", "--policy", ASSAY_FILE_SERVER_POLICY, "--request", bare});
  EXPECT_EQ(missing.status, 1) << missing.err;
  EXPECT_EQ(Json::parse(missing.out)["reason"], "credential_missing");
  ExpectError(RunAssay({"mcp", "check", "--policy", ASSAY_FILE_SERVER_POLICY, "--request", bare, "--token",
                        Token("files:read")}),
              "--jwks");
}

TEST_F(McpCommand, TheResourceIsAlwaysARequiredAudience) {
  const std::string request = Request({{"Authorization", "Bearer " + Token("files:read")}}, CallTool("read_file"));
  ExpectError(Check(request, {"--any-audience"}), "any audience");
  ExpectError(Check(request, {"--audience", "https://other.example"}), "audience");
  EXPECT_EQ(Check(request, {"--audience", "https://other.example", "--audience", kResource}).status, 0);
  const std::string foreign =
      MintOne(R"({"iss":"https://as.example","aud":"https://other.example","scope":"files:read"})");
  const Outcome outcome = Check(Request({{"Authorization", "Bearer " + foreign}}, CallTool("read_file")));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(Json::parse(outcome.out)["reason"], "wrong_audience");
}

TEST_F(McpCommand, TheRequestHasAMethodAndMayRepeatAHeader) {
  const std::string bearer = "Bearer " + Token("files:read");
  const auto check = [&](const Json& request) { return Check(folder_.File("http.json", request.dump())); };
  const Json stream = {{"method", "GET"}, {"headers", {{"Authorization", bearer}}}};
  EXPECT_EQ(check(stream).status, 0);
  Json newer = stream;
  newer["headers"]["MCP-Protocol-Version"] = "2026-07-28";
  const Outcome refused = check(newer);
  EXPECT_EQ(refused.status, 1);
  const Json decision = Json::parse(refused.out);
  EXPECT_EQ(decision["decision"], "deny");
  EXPECT_EQ(decision["status"], 405);
  EXPECT_EQ(decision["reason"], "method_not_allowed");
  EXPECT_EQ(decision["allow"], "POST");
  EXPECT_NE(decision["detail"], "");
  const Json twice = {{"headers", {{"Authorization", {bearer, bearer}}}}, {"body", CallTool("read_file")}};
  EXPECT_EQ(Json::parse(check(twice).out)["reason"], "credential_repeated");
  const Json once = {{"headers", {{"Authorization", {bearer}}, {"Origin", Json::array()}}},
                     {"body", CallTool("read_file")}};
  EXPECT_EQ(check(once).status, 0);
  const Outcome bad = check({{"method", 1}, {"headers", {{"A", {"x", 1}}}}});
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("/headers/A/1: must be a string"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("/method: must be a string"), std::string::npos) << bad.err;
}

TEST_F(McpCommand, ARequestWithoutMethodAndBodyIsToldWhatItIsTakenFor) {
  const Json headers = {{"Authorization", "Bearer " + Token("files:read")}};
  const Outcome bare = Check(Request(headers, ""));
  EXPECT_EQ(bare.status, 1);
  EXPECT_EQ(Json::parse(bare.out)["reason"], "request_malformed");
  EXPECT_NE(bare.err.find("has no \"method\""), std::string::npos) << bare.err;
  EXPECT_EQ(Check(Request(headers, CallTool("read_file"))).err, "");
  const Json post = {{"method", "POST"}, {"headers", headers}, {"body", ""}};
  EXPECT_EQ(Check(folder_.File("post.json", post.dump())).err, "");
}

// The issuers of a configuration file are those that the policy is for; an option's are a trial's.
TEST_F(McpCommand, WhatThePolicySaysOfOtherIssuersIsWarnedOf) {
  const std::string config =
      folder_.File("config.json", R"({"version":1,"issuers":[{"issuer":"https://as.example","audiences":[")" +
                                      std::string(kResource) + R"("],"keys":{"file":")" + jwks_ + "\"}}]}");
  const std::string request = Request({{"Authorization", "Bearer " + Token("files:read")}}, CallTool("read_file"));
  const Outcome outcome =
      RunAssay({"mcp", "check", "--policy", ASSAY_FILE_SERVER_POLICY, "--request", request, "--config", config});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find(":3: /authorization_servers/0: is no configured issuer"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(Check(request).err, "");
}

TEST_F(McpCommand, APreflightIsAnsweredAndNoAllowance) {
  const std::string preflight =
      folder_.File("preflight.json",
                   Json{{"method", "OPTIONS"},
                        {"headers", {{"Origin", "https://mcp.example.com"}, {"Access-Control-Request-Method", "POST"}}}}
                       .dump());
  const Outcome outcome = RunAssay({"mcp", "check", "--policy", ASSAY_FILE_SERVER_POLICY, "--request", preflight});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  const Json answer = Json::parse(outcome.out);
  EXPECT_EQ(answer["decision"], "answer");
  EXPECT_EQ(answer["status"], 204);
  EXPECT_EQ(answer["reason"], "preflight");
  EXPECT_TRUE(answer["www_authenticate"].is_null());
  EXPECT_EQ(answer["headers"]["Access-Control-Allow-Origin"], "https://mcp.example.com");
  EXPECT_EQ(answer["headers"]["Vary"], "Origin");
}

TEST_F(McpCommand, ListsWhatTheTokenMayCall) {
  const std::string request = Request({{"Authorization", "Bearer " + Token("files:read")}}, CallTool("read_file"));
  const Outcome outcome = Check(request, {"--list", "read_file, write_a,, none ", "--list", "delete_tree"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json tools = Json::parse(outcome.out)["tools"];
  EXPECT_EQ(tools["permitted"], Json({"read_file"}));
  EXPECT_EQ(tools["scopes_missing"], Json({"write_a", "delete_tree"}));
  EXPECT_EQ(tools["denied"], Json({"none"}));
  EXPECT_FALSE(Json::parse(Check(Request(Json::object(), ""), {"--list", "a"}).out).contains("tools"));
}

TEST_F(McpCommand, ADenialSaysWhatIsMissing) {
  const Json bearer = {{"Authorization", "Bearer " + Token("files:read")}};
  const Json denied = Json::parse(Check(Request(bearer, CallTool("nope"))).out);
  EXPECT_EQ(denied["reason"], "tool_denied");
  EXPECT_NE(denied["detail"].get<std::string>().find("no rule names the tool \"nope\""), std::string::npos);
}

TEST_F(McpCommand, OffersNoOptionThatCannotBeUsed) {
  EXPECT_EQ(RunAssay({"mcp", "check", "--help"}).out.find("--signature-only"), std::string::npos);
  EXPECT_NE(RunAssay({"verify", "--help"}).out.find("--signature-only"), std::string::npos);
}

TEST_F(McpCommand, BadFilesAreNamedLineByLine) {
  const std::string request = Request(Json::object(), "");
  const std::string policy = folder_.File("bad.json", "{\n\"resource\": 1,\n\"x\": 2\n}");
  const Outcome outcome = RunAssay({"mcp", "metadata", "--policy", policy});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(Lines(outcome.err).size(), 3u) << outcome.err;
  EXPECT_NE(outcome.err.find(policy + ":3: /x: is not a known member"), std::string::npos) << outcome.err;
  const Outcome bad = Check(folder_.File("request.json", R"({"headers":{"A":1},"bodi":""})"));
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(Lines(bad.err).size(), 2u) << bad.err;
  ExpectError(RunAssay({"mcp", "check", "--request", request}), "--policy");
}

// A gateway before many servers has rules for more tools than a token's object has members.
TEST_F(McpCommand, APolicyMayHaveHundredsOfTools) {
  std::string tools;
  for (int i = 0; i < 1000; ++i) {
    tools += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + "\":{\"scopes\":[\"s" + std::to_string(i % 7) + "\"]}";
  }
  const std::string policy =
      folder_.File("many.json", R"({"resource":"https://mcp.example.com/mcp","authorization_servers":)"
                                R"(["https://as.example"],"tools":{)" +
                                    tools + "}}");
  const Outcome outcome = RunAssay({"mcp", "metadata", "--policy", policy});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST_F(McpCommand, MetadataIsTheDocument) {
  const Outcome outcome = RunAssay({"mcp", "metadata", "--policy", ASSAY_FILE_SERVER_POLICY});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(
      Json::parse(outcome.out),
      Json::parse(R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"],
                            "scopes_supported":["files:read","files:write","files:admin"],"bearer_methods_supported":["header"]})"));
}

}  // namespace
}  // namespace assay::test
