// MCP decisions through the C face.
#include <map>

#include "tests/engine/c/c_engine.h"

namespace assay::testing {
namespace {

class CCheckerTest : public ::testing::Test {
 protected:
  ~CCheckerTest() override { assay_checker_free(checker_); }

  // Decide: on a tools/call of `tool`, with this Authorization header.
  assay_decision Decide(std::string_view tool, std::string authorization, std::string_view method = "POST") {
    authorization_ = std::move(authorization);
    body_ = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":")" + std::string(tool) + R"("}})";
    if (method != "POST") body_.clear();
    headers_ = {{S("Authorization"), S(authorization_)}, {S("Content-Type"), S("application/json")}};
    if (authorization_.empty()) headers_.erase(headers_.begin());
    assay_request request = {};
    request.struct_size = sizeof request;
    request.method = S(method);
    request.headers = headers_.data();
    request.header_count = headers_.size();
    request.body = S(body_);
    assay_span token = {};
    const assay_verdict* verdict = nullptr;
    if (assay_checker_token(checker_, &request, &token) == 1) {
      assay_validate(worker_.get(), token, kNow);
      if (judge_) verdict = assay_worker_verdict(worker_.get(), 0);
    }
    assay_decision decision = {};
    decision.struct_size = sizeof decision;
    EXPECT_EQ(assay_checker_decide(checker_, verdict, &request, &decision), decision.reason);
    EXPECT_EQ(decision.allowed, decision.reason == ASSAY_ACCEPTED);
    return decision;
  }

  static std::string Header(const assay_decision& decision, std::string_view name) {
    for (std::size_t i = 0; i < decision.header_count; ++i) {
      if (T(decision.headers[i].name) == name) return T(decision.headers[i].value);
    }
    return {};
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256, "k1", 1);
  const CEngine engine_ = MakeCEngine(key_);
  const CWorker worker_ = MakeCWorker(engine_);
  // UsePolicy: another one, with these members more.
  void UsePolicy(const std::string& more) {
    assay_checker_free(checker_);
    checker_ = assay_checker_create(engine_.get(), S("{" + more + policy_.substr(1)), S("policy"), nullptr);
    ASSERT_NE(checker_, nullptr);
  }
  const std::string policy_ = R"({"resource":")" + std::string(kAudience) + R"(","authorization_servers":[")" +
                              std::string(kIssuer) + R"("],"scopes_supported":["read","write"],)" +
                              R"("tools":{"get":{"scopes":["read"]},"put":{"scopes":["write"]}}})";
  assay_checker* checker_ = assay_checker_create(engine_.get(), S(policy_), S("policy"), nullptr);
  bool judge_ = true;
  std::string authorization_, body_;
  std::vector<assay_pair> headers_;
};

TEST_F(CCheckerTest, AllowsWhatTheScopesDoAndAnswersEverythingElseWhole) {
  ASSERT_NE(checker_, nullptr);
  const std::string token = "Bearer " + Sign(key_, HeaderOf(key_), ClaimsWith("scope", R"("scope":"read")"));
  assay_decision decision = Decide("get", token);
  EXPECT_EQ(decision.allowed, 1) << T(decision.detail);
  EXPECT_EQ(decision.header_count, 0u);
  EXPECT_EQ(T(decision.mcp_name), "get");
  EXPECT_NE(decision.principal.size, 0u);

  decision = Decide("put", token);
  EXPECT_EQ(decision.reason, ASSAY_INSUFFICIENT_SCOPE);
  EXPECT_EQ(decision.status, 403);
  EXPECT_NE(Header(decision, "WWW-Authenticate").find("scope=\"write\""), std::string::npos);
  EXPECT_EQ(T(decision.body), R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"insufficient_scope"}})");
  ASSERT_EQ(decision.scopes_needed_count, 1u);
  EXPECT_EQ(T(decision.scopes_needed[0]), "write");

  decision = Decide("other", token);
  EXPECT_EQ(decision.reason, static_cast<int>(Reason::kToolDenied));
  decision = Decide("get", "");
  EXPECT_EQ(decision.status, 401);
  EXPECT_EQ(decision.reason, static_cast<int>(Reason::kCredentialMissing));
  decision = Decide("get", token + "x");
  EXPECT_EQ(decision.status, 401);
  decision = Decide("get", token, "PUT");
  EXPECT_EQ(decision.status, 405);
}

TEST_F(CCheckerTest, InReportModeADenialForLackOfRightsSaysSoAndStaysADenial) {
  const std::string token = "Bearer " + Sign(key_, HeaderOf(key_), ClaimsWith("scope", R"("scope":"read")"));
  EXPECT_EQ(Decide("put", token).report_only, 0);
  UsePolicy(R"("mode":"report",)");
  assay_decision decision = Decide("put", token);
  EXPECT_EQ(decision.report_only, 1);
  EXPECT_EQ(decision.allowed, 0);
  EXPECT_EQ(decision.status, 403);
  EXPECT_NE(decision.body.size, 0u) << "the whole answer, for a host that enforces";
  EXPECT_EQ(Decide("other", token).report_only, 1);
  EXPECT_EQ(Decide("get", token).report_only, 0);
  EXPECT_EQ(Decide("get", "").report_only, 0);
  EXPECT_EQ(Decide("put", token + "x").report_only, 0);
  EXPECT_EQ(Decide("put", token, "PUT").report_only, 0);
  judge_ = false;
  EXPECT_EQ(Decide("put", token).report_only, 0);
}

TEST_F(CCheckerTest, ATokenThatNobodyHasValidatedIsRefused) {
  judge_ = false;
  const assay_decision decision = Decide("get", "Bearer " + ValidToken(key_));
  EXPECT_EQ(decision.allowed, 0);
  EXPECT_NE(decision.reason, ASSAY_ACCEPTED);
  EXPECT_NE(decision.status, 200);
}

TEST_F(CCheckerTest, WhatIsNoRequestIsRefused) {
  assay_decision decision = {};
  decision.struct_size = sizeof decision;
  decision.allowed = decision.report_only = 1;
  EXPECT_EQ(assay_checker_decide(checker_, nullptr, nullptr, &decision), ASSAY_UNSET);
  EXPECT_EQ(decision.allowed, 0);
  EXPECT_EQ(decision.report_only, 0);
  EXPECT_EQ(decision.status, 503);
  decision.struct_size = sizeof decision - 1;
  assay_request request = {};
  request.struct_size = sizeof request;
  EXPECT_EQ(assay_checker_decide(checker_, nullptr, &request, &decision), ASSAY_UNSET);
}

TEST_F(CCheckerTest, SaysWhichToolsAndServesTheMetadata) {
  const std::string token = Sign(key_, HeaderOf(key_), ClaimsWith("scope", R"("scope":"read")"));
  const assay_span tools[] = {S("get"), S("put"), S("other")};
  std::int32_t access[3] = {9, 9, 9};
  assay_validate(worker_.get(), S(token), kNow);
  EXPECT_EQ(assay_checker_permitted(checker_, assay_worker_verdict(worker_.get(), 0), tools, 3, access), 1);
  EXPECT_EQ(std::vector<int>(access, access + 3), (std::vector<int>{2, 1, 0}));
  assay_validate(worker_.get(), S(token + "x"), kNow);
  EXPECT_EQ(assay_checker_permitted(checker_, assay_worker_verdict(worker_.get(), 0), tools, 3, access), 1);
  EXPECT_EQ(std::vector<int>(access, access + 3), (std::vector<int>{0, 0, 0}));
  EXPECT_NE(T(assay_checker_metadata(checker_)).find("\"resource\":\"" + std::string(kAudience)), std::string::npos);
  EXPECT_EQ(T(assay_checker_metadata_path(checker_, 0)), "/.well-known/oauth-protected-resource/mcp");
  for (const int which : {0, 1}) {
    EXPECT_EQ(assay_checker_is_metadata_target(checker_, assay_checker_metadata_path(checker_, which)), 1);
  }
  EXPECT_EQ(assay_checker_is_metadata_target(checker_, S("/mcp")), 0);
}

TEST(CRequest, ABearerTokenIsFoundWithoutAPolicy) {
  const auto read = [](const std::vector<std::string>& lines, std::string_view query, std::string* token) {
    std::vector<assay_pair> headers;
    for (const std::string& line : lines) headers.push_back({S("authorization"), S(line)});
    assay_request request = {};
    request.struct_size = sizeof request;
    request.query = S(query);
    request.headers = headers.data();
    request.header_count = headers.size();
    std::int32_t reason = -1;
    assay_span found = {};
    const bool is_token = assay_request_token(&request, &found, &reason) == 1;
    *token = T(found);  // a view of the lines
    return is_token ? std::string("token") : assay_reason_word(reason);
  };
  std::string token;
  EXPECT_EQ(read({"bearer a.b.c"}, "x=1", &token), "token");
  EXPECT_EQ(token, "a.b.c");
  EXPECT_EQ(read({}, "", &token), "credential_missing");
  EXPECT_EQ(token, "");
  EXPECT_EQ(read({"DPoP a.b.c"}, "", &token), "credential_missing");
  EXPECT_EQ(read({"Bearer a", "Bearer a"}, "", &token), "credential_repeated");
  EXPECT_EQ(read({"Bearer a"}, "access%5Ftoken=b", &token), "credential_repeated");
  EXPECT_EQ(read({"Bearer a b"}, "", &token), "request_malformed");
  std::int32_t reason = -1;
  assay_span none = {};
  EXPECT_EQ(assay_request_token(nullptr, &none, &reason), 0);
  EXPECT_EQ(reason, ASSAY_UNSET);
  EXPECT_EQ(assay_request_token(nullptr, nullptr, nullptr), 0);
  EXPECT_EQ(assay_is_bearer_token(S("a-._~+/9==")), 1);
  for (const char* text : {"", "=", "a b", "a=b", "\xc3\xa9"}) EXPECT_EQ(assay_is_bearer_token(S(text)), 0) << text;
  EXPECT_EQ(assay_is_bearer_token({nullptr, 1}), 0);
}

TEST_F(CCheckerTest, WhatAPolicyHardlyMeansIsTold) {
  EXPECT_EQ(assay_checker_warning_count(checker_), 0u);
  UsePolicy(R"("mode":"report","audience_from_issuers":{"https://other.example":{"claim":"azp","in":["a"]}},)");
  ASSERT_EQ(assay_checker_warning_count(checker_), 2u);
  EXPECT_NE(T(assay_checker_warning(checker_, 0)).find("/mode: REPORT ONLY"), std::string::npos);
  EXPECT_NE(T(assay_checker_warning(checker_, 1)).find(": has no effect: no configured issuer has this name"),
            std::string::npos);
  EXPECT_EQ(assay_checker_warning(checker_, 2).size, 0u);
  EXPECT_EQ(assay_checker_warning_count(nullptr), 0u);
  EXPECT_EQ(assay_checker_warning(nullptr, 0).size, 0u);
}

}  // namespace
}  // namespace assay::testing
