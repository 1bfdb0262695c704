// assay explain: the cause first, every check behind it, the verdict that verify gives.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <sstream>

#include "engine/api/counters.h"
#include "engine/base/reason.h"
#include "engine/base64url/base64url.h"
#include "tests/tools/fixture.h"
#include "tools/assay/run/advice.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

class ExplainCommand : public CommandTest {
 protected:
  Outcome Explain(const std::string& token, const Arguments& more = {}) const {
    Arguments arguments = VerifyArguments(more);
    arguments.front() = "explain";
    arguments.push_back("--token");
    arguments.push_back(token);
    return RunAssay(arguments);
  }
  Json ExplainJson(const std::string& token, Arguments more = {}) const {
    more.insert(more.end(), {"--format", "json"});
    const Outcome outcome = Explain(token, more);
    EXPECT_NE(outcome.status, 2) << outcome.err;
    return Json::parse(outcome.out);
  }
  static Json Check(const Json& explanation, const std::string& name) {
    for (const Json& check : explanation["checks"]) {
      if (check["check"] == name) return check;
    }
    return {};
  }
};

TEST_F(ExplainCommand, NamesTheCauseFirstAndWhatWouldHaveToChange) {
  const std::string token = MintOne(R"({"iss":"https://as.example","aud":"https://other.example"})");
  const Outcome outcome = Explain(token);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out.rfind("REFUSED: wrong_audience\n  \"aud\" is \"https://other.example\"; wanted "
                              "\"https://api.example\"\n  What would have to change: ",
                              0),
            0u)
      << outcome.out;
  EXPECT_NE(outcome.out.find("\nok    signature      it holds"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\nFAIL  audience "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("leeway 0"), std::string::npos);
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_EQ(outcome.out.find(token.substr(token.rfind('.') + 1)), std::string::npos);  // no signature
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);                              // not a terminal
}

TEST_F(ExplainCommand, SaysTimesInWordsAndWhatIsNotAskedOrNotReached) {
  const std::string token =
      MintOne(R"({"iss":"https://as.example","aud":"https://api.example","iat":1700000000,"exp":1700000600})");
  const Outcome outcome = Explain(token, {"--now", "1700008100"});
  const std::string start =
      "REFUSED: expired\n  exp 1700000600, 2023-11-14 22:23:20 UTC, 2 h 5 min ago; now it is 2023-11-15\n  00:28:20 "
      "UTC\n";
  EXPECT_EQ(outcome.out.substr(0, start.size()), start);
  const Json json = ExplainJson(token, {"--now", "1700008100"});
  EXPECT_EQ(json["detail"], "exp 1700000600 is 7500 s before now");
  EXPECT_EQ(Check(json, "scopes")["result"], "not_asked");
  EXPECT_EQ(Check(json, "claim")["result"], "not_asked");
  EXPECT_EQ(Check(json, "key")["result"], "ok");
  EXPECT_EQ(Check(ExplainJson("opaque-token"), "key")["result"], "not_reached");
}

// The feeds are followed as verify does: without, nothing would be known for long, and every token be refused.
TEST_F(ExplainCommand, FollowsTheRevocations) {
  const std::string token = MintOne(R"({"iss":"https://as.example","aud":"https://api.example","jti":"one"})");
  const auto config = [&](const std::string& revoked) {
    return folder_.File(
        "config.json",
        Json{{"version", 1},
             {"issuers", {{{"issuer", kIssuer}, {"audiences", {kAudience}}, {"keys", {{"file", jwks_}}}}}},
             {"revocation", {{"file", revoked}, {"max_stale_seconds", 30}}}}
            .dump());
  };
  const auto explain = [&](const std::string& revoked) {
    return RunAssay({"explain", "--config", config(revoked), "--format", "json", token});
  };
  const Outcome good = explain(folder_.File("none.jsonl", ""));
  EXPECT_EQ(good.status, 0) << good.out << good.err;
  const Outcome gone = explain(folder_.File("gone.jsonl", "{\"iss\":\"https://as.example\",\"jti\":\"one\"}\n"));
  EXPECT_EQ(gone.status, 1) << gone.err;
  EXPECT_EQ(Json::parse(gone.out)["reason"], "revoked");
  EXPECT_EQ(Check(Json::parse(gone.out), "revocation")["result"], "fail");
}

TEST_F(ExplainCommand, DoesNotSendATrustDomainsTokenToTheConfiguration) {
  const std::string config = folder_.File(
      "config.json",
      Json{{"version", 1},
           {"issuers",
            {{{"subject_trust_domain", "td.example"}, {"audiences", {kAudience}}, {"keys", {{"file", jwks_}}}}}}}
          .dump());
  for (const char* iss : {"spiffe://td.example", "spiffe://td.example/a"}) {
    const std::string token = MintOne(Json{{"iss", iss}, {"aud", kAudience}, {"sub", "spiffe://td.example/a"}}.dump());
    const Outcome outcome = RunAssay({"explain", "--config", config, "--format", "json", token});
    const std::string advice = Json::parse(outcome.out)["advice"];
    EXPECT_NE(advice.find("has to leave iss out"), std::string::npos) << advice;
  }
}

// A token that DPoP binds is asked about under the scheme under which it counts.
TEST_F(ExplainCommand, ABoundTokenMayCallTheToolToo) {
  const std::string policy =
      folder_.File("policy.json", R"({"resource":"https://api.example","authorization_servers":["https://as.example"],)"
                                  R"("tools":{"read":{"scopes":["read"]}}})");
  const std::string token =
      MintOne(R"({"iss":"https://as.example","aud":"https://api.example","scope":"read","cnf":{"jkt":"x"}})");
  const Json json = ExplainJson(token, {"--accept-confirmation", "jkt", "--policy", policy, "--tool", "read"});
  EXPECT_EQ(json["tool"]["decision"], "allow") << json;
}

TEST_F(ExplainCommand, SaysOfAnAcceptedTokenWhyItIs) {
  const Outcome outcome = Explain(MintOne());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.rfind("ACCEPTED\n\nThe checks, in their order:\n", 0), 0u) << outcome.out;
  EXPECT_EQ(outcome.out.find("could not be checked"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("FAIL"), std::string::npos) << outcome.out;
  const Json json = ExplainJson(MintOne());
  EXPECT_EQ(json["verdict"], "accept");
  EXPECT_EQ(json["proven"], true);
  EXPECT_EQ(json["advice"], "");
  EXPECT_EQ(Check(json, "audience")["found"], R"(aud is "https://api.example")");
  EXPECT_EQ(Check(json, "audience")["wanted"], R"(["https://api.example"])");
}

TEST_F(ExplainCommand, GoesOnBehindTheCause) {
  std::string token = MintOne(R"({"iss":"https://as.example","aud":"https://other.example"})");
  token[token.size() - 20] = token[token.size() - 20] == 'A' ? 'B' : 'A';
  const Json json = ExplainJson(token, {"--require-scope", "write"});
  EXPECT_EQ(json["reason"], "bad_signature");
  EXPECT_EQ(json["proven"], false);
  EXPECT_EQ(Check(json, "signature")["result"], "fail");
  EXPECT_EQ(Check(json, "audience")["result"], "fail");
  EXPECT_EQ(Check(json, "scopes")["result"], "fail");
  EXPECT_NE(Explain(token).out.find("not proven to be the issuer's"), std::string::npos);
}

// The first check that fails is the one that verify names, with its words.
TEST_F(ExplainCommand, AgreesWithVerify) {
  const std::string good = MintOne();
  std::vector<std::string> tokens = {
      good,
      "",
      "ya29.opaque",
      "a.b.c",
      "a.b.c.d.e",
      good + "=",
      good.substr(1),
      MintOne(R"({"iss":"https://other.example","aud":"https://api.example"})"),
      MintOne(R"({"aud":"https://api.example"})"),
      MintOne(R"({"iss":"https://as.example"})"),
      MintOne(R"({"iss":"https://as.example","aud":"https://api.example","nbf":99999999999})"),
      MintOne(R"({"iss":"https://as.example","aud":"https://api.example","cnf":{"jkt":"x"}})"),
      MintOne(R"({"iss":"https://as.example","aud":"https://api.example","sub":7})"),
      MintOne(kClaims, {"--ttl", "-10"}),
      MintOne(kClaims, {"--typ", "logout+jwt"})};
  const std::string now = std::to_string(std::time(nullptr));  // the same for both
  std::size_t refused = 0;
  for (const std::string& token : tokens) {
    if (token.empty()) continue;  // verify skips blank lines
    const Outcome verify = RunAssay(VerifyArguments({"--format", "json", "--now", now, "--token", token}));
    const Json line = Json::parse(verify.out);
    const Json json = ExplainJson(token, {"--now", now});
    EXPECT_EQ(json["verdict"], line["verdict"]) << token;
    EXPECT_EQ(Explain(token, {"--now", now}).status, verify.status) << token;
    const auto failed = std::find_if(json["checks"].begin(), json["checks"].end(),
                                     [](const Json& check) { return check["result"] == "fail"; });
    if (line["verdict"] == "accept") {
      EXPECT_TRUE(failed == json["checks"].end()) << token;
      continue;
    }
    ++refused;
    ASSERT_TRUE(failed != json["checks"].end()) << token;
    EXPECT_EQ(json["reason"], line["reason"]) << token;
    EXPECT_EQ(json["detail"], line["detail"]) << token;
    EXPECT_EQ((*failed)["detail"], line["detail"]) << token;
    EXPECT_NE(json["advice"], "") << token;
  }
  EXPECT_GT(refused, 10u);
}

TEST_F(ExplainCommand, TakesTheTokenFromWhereverItIs) {
  const std::string token = MintOne();
  const std::string file = folder_.File("token", "Bearer " + token + "\n");
  Arguments arguments = VerifyArguments();
  arguments.front() = "explain";
  EXPECT_EQ(RunAssay(arguments, token + "\n").status, 0);
  arguments.push_back(file);
  EXPECT_EQ(RunAssay(arguments).status, 0);
  arguments.back() = token;
  EXPECT_EQ(RunAssay(arguments).status, 0);
  arguments.insert(arguments.end(), {"--token", token});
  ExpectError(RunAssay(arguments), "TOKEN and --token are two tokens");
  ExpectError(Explain(token, {"--format", "none"}), "--format must be text or json");
  ExpectError(Explain(token, {"--tool", "read"}), "--policy and --tool go together");
}

TEST_F(ExplainCommand, GoesOnToTheTool) {
  const std::string resource = "https://api.example/mcp";
  const std::string policy = folder_.File(
      "policy.json",
      R"({"resource":"https://api.example/mcp","audiences":["https://api.example"],)"
      R"("authorization_servers":["https://as.example"],"tools":{"read":{"scopes":["read"]},"admin":{"scopes":["admin"]}}})");
  const Json may = ExplainJson(MintOne(), {"--policy", policy, "--tool", "read", "--audience", resource});
  EXPECT_EQ(may["tool"]["decision"], "allow") << may;
  const Outcome outcome = Explain(MintOne(), {"--policy", policy, "--tool", "admin", "--audience", resource});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out.rfind("DENIED: insufficient_scope\n  admin: ", 0), 0u) << outcome.out;
  EXPECT_NE(outcome.out.find("  The token itself is accepted.\n"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("403 insufficient_scope"), std::string::npos) << outcome.out;
}

// Who has to change what depends on whether the policy names the tool, and on whose token it is.
TEST_F(ExplainCommand, TellsWhoseMoveItIsWhereAToolIsDenied) {
  const std::string resource = "https://api.example/mcp";
  const auto advice = [&](const std::string& token, const std::string& members, const std::string& tool) {
    const std::string policy = folder_.File(
        "denied.json", R"({"resource":"https://api.example/mcp","authorization_servers":["https://as.example"],)" +
                           members + R"("tools":{"read":{"scopes":["read"]},"docs_*":{"scopes":["read"]}}})");
    const Json json = ExplainJson(token, {"--policy", policy, "--tool", tool, "--audience", resource});
    EXPECT_EQ(json["tool"]["decision"], "deny") << json;
    return std::string(json["tool"]["advice"]);
  };
  const auto expect = [&](const std::string& got, const std::string& part) {
    EXPECT_NE(got.find(part), std::string::npos) << part << ": " << got;
  };
  const std::string roles = R"("role_claim":"roles","roles":{"reader":["read"]},)";
  const std::string user = MintOne(R"({"iss":"https://as.example","aud":"https://api.example/mcp","scope":"read"})");
  const std::string other = MintOne(R"({"iss":"https://as.example","aud":"https://api.example/mcp","scope":"other"})");
  const std::string own = MintOne(R"({"iss":"https://as.example","aud":"https://api.example/mcp","roles":["reader"]})");
  const std::string nested = MintOne(
      R"({"iss":"https://as.example","aud":"https://api.example/mcp","scope":"read","realm_access":{"roles":["reader"]}})");
  const std::string dotted = R"("role_claim":"realm_access.roles","roles":{"reader":["read"]},)";
  expect(advice(user, "", "unnamed"), "the policy has to name it in `tools`");
  expect(advice(user, roles, "unnamed"), "the policy has to name it in `tools`");
  for (const char* tool : {"read", "docs_a"}) {
    expect(advice(user, roles, tool), "give the user a role");
    expect(advice(nested, dotted, tool),
           R"(but ["realm_access","roles"]: if that is meant, and the issuer alone writes it)");
    expect(advice(nested, R"("role_claim":["realm_access","roles"],"roles":{"writer":["read"]},)", tool),
           "give the user a role");
    expect(advice(own, roles, tool), "the policy's `grants` says `either`");
    expect(advice(own, "", tool), "Have the client ask for what is missing, and");
    expect(advice(other, "", tool), "Have the client ask for what is missing, and");
  }
}

TEST_F(ExplainCommand, ShowsNothingThatATerminalWouldObey) {
  const std::string token = MintOne("{\"iss\":\"https://as.example\",\"aud\":\"\\u001b[31m\\u202e\"}");
  const Outcome outcome = Explain(token);
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("\u202e"), std::string::npos) << outcome.out;
}

// What a token shows beyond its reason: the advice says who has to change what.
TEST_F(ExplainCommand, TakesACloserLook) {
  const std::string token = MintOne();
  const auto advice = [&](const std::string& of, const Arguments& more = {}) {
    return std::string(ExplainJson(of, more)["advice"]);
  };
  const auto expect = [&](const std::string& of, const std::string& part, const Arguments& more = {}) {
    EXPECT_NE(advice(of, more).find(part), std::string::npos) << part << ": " << advice(of, more);
  };
  const auto minted = [&](const std::string& more) {
    return MintOne(R"({"iss":"https://as.example","aud":"https://api.example",)" + more + '}');
  };
  const std::size_t last = token.rfind('.');
  expect(token.substr(0, last), "2 segments, a signed token has three: its signature is missing");
  expect(token + token.substr(token.find('.')).substr(0, last - token.find('.')), "4 segments");
  expect(R"({"access_token":"a.b.c"})", "what its `access_token` holds");
  expect(token + "==", "The token ends with `=`, and base64url has no padding");
  expect('"' + token + '"', "stands in quotes");
  expect(token.substr(0, last + 3) + '+' + token.substr(last + 4), "plain base64");
  expect(token.substr(0, token.size() - 5), "it was cut");
  expect("Authorization: Bearer " + token, "Leave out the header's name");
  for (const char* other : {"ya29.a0AfB_byC", "v4.public.eyJpc3MiOiJ4In0", "v2.local.abc", "pat.0123.4567.89"}) {
    expect(other, "It does not begin with `ey`, as signed JWTs do");
  }
  expect("token=" + token.substr(0, last), "2 segments, a signed token has three");

  const std::string header =
      R"({"alg":"RS256","kid":)" + Json(Json::parse(ReadWholeFile(jwks_))["keys"][0]["kid"]).dump() + '}';
  const std::string changed = base64url::Encode(header) + token.substr(token.find('.'));
  expect(changed, "Somebody changed its header", {"--alg", "ES256"});
  expect(changed,
         "alg is RS256, which is allowed, and kid is that of a key for another algorithm; the signature has 64 bytes");

  expect(MintOne(R"({"iss":"https://as.example/","aud":"https://api.example"})"), "by the slash at its end alone");
  const std::string evil = advice(MintOne(R"({"iss":"https://as.example.evil","aud":"https://api.example"})"));
  EXPECT_NE(evil.find("goes on with `.evil`, which makes it somebody else's"), std::string::npos) << evil;
  expect(minted(R"("iat":1700000000,"exp":1699999000)"), "it was never good", {"--now", "1700000100"});
  expect(minted(R"("iat":1700000000,"nbf":1700086400,"exp":1700090000)"), "no clock is wrong", {"--now", "1700000100"});
  expect(minted(R"("realm_access":{"roles":["editor"]})"), R"(["realm_access","roles"])", {"--require-claim", "roles"});
  expect(minted(R"("token_use":"access")"), R"(The token has token_use "access".)",
         {"--require-claim", R"(["token_use=access"])"});
  expect(minted(R"("scp":["read"])"), "--scope-claim scp", {"--require-scope", "read"});
  expect(minted(R"("scope":["read"])"), "--scope-form array", {"--require-scope", "read"});
}

// What an attacker or a broken library has done to a token is told from what the token holds, not from the reason.
TEST_F(ExplainCommand, TellsWhatWasDoneToAToken) {
  const std::string token = MintOne();
  const std::string header = token.substr(0, token.find('.'));
  const std::string signature = token.substr(token.rfind('.') + 1);
  const auto expect = [&](const std::string& of, const std::vector<std::string>& parts,
                          const std::vector<std::string>& never = {}) {
    const std::string advice = ExplainJson(of, {"--audience", "https://api.example/mcp"})["advice"];
    for (const std::string& part : parts) EXPECT_NE(advice.find(part), std::string::npos) << part << ": " << advice;
    for (const std::string& part : never) EXPECT_EQ(advice.find(part), std::string::npos) << part << ": " << advice;
  };
  const auto with_header = [&](const std::string& text) {
    return base64url::Encode(text) + token.substr(header.size());
  };
  const auto with_payload = [&](const std::string& text) {
    return header + '.' + base64url::Encode(text) + '.' + signature;
  };
  const std::string payload = token.substr(header.size() + 1, token.rfind('.') - header.size() - 1);

  expect(token + '.' + payload, {"4 segments", "the last repeats the second, the payload"});
  expect(token + ".YQ", {"4 segments", "something was put behind it"}, {"repeats"});
  expect(with_header(R"({"alg":"ES256","typ":"JWT")"), {"The header's object is never closed", "ends with byte 26"});
  expect(with_payload(R"({"a":{"b":"}"}}{})"), {"closed with byte 15", "behind it stands `{}`"}, {"cut"});
  expect(with_payload(R"({"sub":"admin","a":{"sub":1},"b":[1,2],"sub":"u1"})"),
         {R"(The payload has "sub" twice: at byte 2 with "admin", at byte 40 with "u1")"});
  expect(with_header(R"({"alg":"ES256","alg":"none"})"),
         {R"(The header has "alg" twice: at byte 2 with "ES256", at byte 16 with "none")"});
  const std::string kid = Json(Json::parse(ReadWholeFile(jwks_))["keys"][0]["kid"]).dump();
  expect(with_header(R"({"alg":"ES256","crit":["exp"],"kid":)" + kid + '}'), {R"(crit is ["exp"]: no extension)"},
         {"b64"});
  expect(with_header(R"({"alg":"ES256","crit":["b64"],"b64":false,"kid":)" + kid + '}'), {"and b64 stands beside it"});
  expect(with_header(R"({"alg":"none","kid":)" + kid + '}'), {"somebody took the signature away"});
  expect(with_header(R"({"alg":"ES256","kid":"../../etc/passwd"})"), {"a path of files", "Leave the key set as it is"});
  expect(with_header(R"({"alg":"ES256","kid":"2024-01"})"), {"See whether the token is of this issuer"}, {"path"});
  expect(with_payload(
             R"({"iss":"https://as.example","aud":"https://api.example","sub":"admin","jti":"7","exp":9999999999})"),
         {R"(unproven: sub "admin", jti "7")", "If all tokens of this issuer fail"});
  expect(MintOne(R"({"iss":"https://as.example","aud":["x","https://api.example/mcp/"]})"),
         {"by the slash at its end alone"});
  expect(MintOne(R"({"iss":"https://as.example","aud":["x","https://api.example.evil"]})"), {"Have the client ask"},
         {"slash"});
  expect(with_payload(R"({"iss":"https://as.example","aud":"https://api.example","exp":"1795947005"})"),
         {"exp has to be a number, 1795947005 without quotes"});
  const std::string one_less = signature.substr(0, 84);  // 63 bytes
  expect(token.substr(0, token.rfind('.') + 1) + one_less, {"No key of this kind makes a signature of that length"},
         {"another key signed it"});
}

TEST_F(ExplainCommand, TellsWhatIsNoToken) {
  const auto explain = [&](const std::string& argument) {
    Arguments arguments = VerifyArguments({argument});
    arguments.front() = "explain";
    return RunAssay(arguments);
  };
  ExpectError(explain("nofile.txt"), "there is no file `nofile.txt`, and this is no token either");
  ExpectError(explain("tokens/none"), "there is no file `tokens/none`");
  const std::string token = MintOne();
  const std::string path = folder_.File("broken.txt", token.substr(0, 76) + '\n' + token.substr(76) + '\n');
  ExpectError(explain(path), "no token has a line break in it");
  ExpectError(explain(folder_.File("key.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n")), "this is PEM");
  ExpectError(explain(folder_.File("set.json", "{\n}\n")), "this is JSON, and no token");
}

TEST(Advice, ThereIsSomeForEveryReasonThatATokenCanGet) {
  for (const Reason reason : kAllReasons) {
    if (static_cast<int>(reason) > static_cast<int>(Reason::kInsufficientScope)) continue;  // of requests
    EXPECT_FALSE(cli::AdviceFor(reason).empty()) << ReasonWord(reason);
  }
  EXPECT_TRUE(cli::AdviceFor(Reason::kAccepted).empty());
}

}  // namespace
}  // namespace assay::test
