// Kept verdicts, and what a host requires beyond the configuration.
#include "tests/engine/c/c_engine.h"

namespace assay::testing {
namespace {

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  return key;
}

using CKept = std::unique_ptr<assay_verdict, decltype(&assay_verdict_free)>;

class CKeptVerdict : public ::testing::Test {
 protected:
  // Validate: a valid token's claims, with `replacement` for the one that is called `name`.
  const assay_verdict* Validate(std::string_view name, std::string_view replacement) {
    token_ = Sign(Key(), HeaderOf(Key()), ClaimsWith(name, replacement));
    assay_validate(worker_.get(), S(token_), kNow);
    return assay_worker_verdict(worker_.get(), 0);
  }

  CEngine engine_ = MakeCEngine(Key());
  CWorker worker_ = MakeCWorker(engine_);
  std::string token_;
};

// Two copies: of claims that are views of the payload, and of claims that stand in memory of the worker's.
class CKeptClaims : public CKeptVerdict, public ::testing::WithParamInterface<const char*> {};

TEST_P(CKeptClaims, SayWhatTheySaidAfterTokenAndWorkerAreGone) {
  const std::string more = GetParam() + std::string(R"(,"deep":{"er":["x","y"]},"empty":"","sid":"s-1")");
  const assay_verdict* const verdict = Validate("client_id", more);
  assay_verdict_fields before = {}, after = {};
  before.struct_size = after.struct_size = sizeof before;
  ASSERT_EQ(assay_verdict_read(verdict, &before), 1);
  ASSERT_EQ(before.reason, ASSAY_ACCEPTED);
  std::vector<std::string> texts;
  for (const assay_span text : {before.claims, before.kid, before.key_thumbprint, before.issuer, before.subject,
                                before.session, assay_verdict_principal(verdict)}) {
    texts.push_back(T(text));
  }
  const CKept kept(assay_verdict_keep(verdict), assay_verdict_free);
  std::fill(token_.begin(), token_.end(), 'x');
  EXPECT_NE(assay_validate(worker_.get(), S(token_), kNow), ASSAY_ACCEPTED);
  worker_.reset();
  engine_.reset();

  ASSERT_EQ(assay_verdict_read(kept.get(), &after), 1);
  EXPECT_EQ(after.reason, ASSAY_ACCEPTED);
  std::vector<std::string> kept_texts;
  for (const assay_span text : {after.claims, after.kid, after.key_thumbprint, after.issuer, after.subject,
                                after.session, assay_verdict_principal(kept.get())}) {
    kept_texts.push_back(T(text));
  }
  EXPECT_EQ(kept_texts, texts);
  EXPECT_EQ(std::count(texts.begin(), texts.end(), ""), 0);
  EXPECT_EQ(T(after.client_id), "cA");
  EXPECT_EQ(after.has, before.has);
  EXPECT_EQ(after.expires_at, before.expires_at);
  EXPECT_EQ(after.not_before, before.not_before);
  EXPECT_EQ(after.issued_at, before.issued_at);
  const assay_span path[] = {S("deep"), S("er")}, empty = S("empty");
  assay_span text;
  ASSERT_EQ(assay_claim_text(kept.get(), path, 2, &text), 1);
  EXPECT_EQ(T(text), R"(["x","y"])");
  ASSERT_EQ(assay_claim_text(kept.get(), &empty, 1, &text), 1);
  EXPECT_EQ(T(text), "");
  const assay_span both[] = {S("read"), S("write")}, other[] = {S("read"), S("c")};
  EXPECT_EQ(assay_verdict_has_scopes(kept.get(), both, 2), 1);
  EXPECT_EQ(assay_verdict_has_scopes(kept.get(), other, 2), 0);
  const assay_span ours = S(kAudience), another = S("https://other.example");
  EXPECT_EQ(assay_verdict_check_audience(kept.get(), &ours, 1), ASSAY_ACCEPTED);
  EXPECT_STREQ(assay_reason_word(assay_verdict_check_audience(kept.get(), &another, 1)), "wrong_audience");
}

INSTANTIATE_TEST_SUITE_P(Spellings, CKeptClaims,
                         ::testing::Values(R"("client_id":"cA")", R"("client_id":"c\u0041")",
                                           R"("client_id":"cA","n\u0061me":"x")"));

TEST_F(CKeptVerdict, OfARefusalIsARefusal) {
  const assay_verdict* const verdict = Validate("", R"("nbf":99999999999)");
  const std::string detail = T(assay_verdict_detail(verdict));
  const CKept kept(assay_verdict_keep(verdict), assay_verdict_free);
  worker_.reset();
  EXPECT_STREQ(assay_reason_word(assay_verdict_reason(kept.get())), "not_yet_valid");
  EXPECT_EQ(T(assay_verdict_detail(kept.get())), detail);
  EXPECT_EQ(T(assay_verdict_principal(kept.get())), "");
  EXPECT_EQ(assay_verdict_has_scopes(kept.get(), nullptr, 0), 0);
  const assay_span audience = S(kAudience);
  EXPECT_STREQ(assay_reason_word(assay_verdict_check_audience(kept.get(), &audience, 1)), "not_yet_valid");
  EXPECT_EQ(assay_verdict_keep(nullptr), nullptr);
  assay_verdict_free(nullptr);
}

TEST_F(CKeptVerdict, IsNarrowedToItsOwnAudience) {
  const assay_verdict* const verdict = Validate("", "");
  const assay_span ours[] = {S("https://other.example"), S(kAudience)};
  EXPECT_EQ(assay_verdict_check_audience(verdict, ours, 2), ASSAY_ACCEPTED);
  EXPECT_STREQ(assay_reason_word(assay_verdict_check_audience(verdict, ours, 1)), "wrong_audience");
  EXPECT_STREQ(assay_reason_word(assay_verdict_check_audience(verdict, ours, 0)), "wrong_audience");
  EXPECT_EQ(assay_verdict_check_audience(nullptr, ours, 2), ASSAY_UNSET);
  EXPECT_EQ(assay_verdict_check_audience(verdict, nullptr, 2), ASSAY_UNSET);
}

TEST_F(CKeptVerdict, HasTheScopesOfItsIssuersClaim) {
  assay_span text;
  EXPECT_EQ(assay_verdict_scopes(Validate("scope", R"("scope":"a b")"), &text), 1);
  EXPECT_EQ(T(text), "a b");
  const assay_span half = S("a b");
  EXPECT_EQ(assay_verdict_has_scopes(assay_worker_verdict(worker_.get(), 0), &half, 1), 0);
  EXPECT_EQ(assay_verdict_scopes(Validate("scope", ""), &text), 0);
  EXPECT_EQ(assay_verdict_has_scopes(assay_worker_verdict(worker_.get(), 0), nullptr, 0), 1);
}

TEST(CConfig, SaysWhetherItWantsProofs) {
  EXPECT_EQ(assay_config_accepts_confirmation(MakeConfig(ConfigText(Key())).get()), 0);
  std::string text = ConfigText(Key());
  text.insert(text.find("\"keys\""), R"("accept_confirmation":["jkt"],)");
  EXPECT_EQ(assay_config_accepts_confirmation(MakeConfig(text).get()), 1);
  EXPECT_EQ(assay_config_accepts_confirmation(nullptr), 0);
}

class CToolsList : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string policy = R"({"resource":")" + std::string(kAudience) + R"(",
      "authorization_servers":["https://as.example"],"filter_tools_list":true,"scopes_supported":["r","w"],
      "tools":{"read":{"scopes":["r"]},"write":{"scopes":["w"]},"any*":{"scopes":[]}}})";
    assay_error* error = nullptr;
    checker_ = assay_checker_create_for(engine_.get(), S(policy), S("policy"), ASSAY_JUDGES_BODY, &error);
    ASSERT_NE(checker_, nullptr) << assay_error_message(error);
    token_ = Sign(Key(), HeaderOf(Key()), ClaimsWith("scope", R"("scope":"r")"));
    ASSERT_EQ(assay_validate(worker_.get(), S(token_), kNow), ASSAY_ACCEPTED);
  }
  void TearDown() override { assay_checker_free(checker_); }

  std::string Filter(std::string_view message) {
    assay_span out;
    EXPECT_EQ(assay_checker_filter_tools(checker_, assay_worker_verdict(worker_.get(), 0), S("7"), S(message), &out),
              1);
    return T(out);
  }

  CEngine engine_ = MakeCEngine(Key());
  CWorker worker_ = MakeCWorker(engine_);
  assay_checker* checker_ = nullptr;
  std::string token_;
};

TEST_F(CToolsList, IsWithoutWhatTheTokenMayNotCall) {
  EXPECT_EQ(
      Filter(
          R"( {"jsonrpc":"2.0","id":7,"result":{"a":1,"tools":[{"name":"read"}, {"x":2,"name":"write"},{"name":"any1"},)"
          R"({"name":"other"}],"nextCursor":"n"}} )"),
      R"( {"jsonrpc":"2.0","id":7,"result":{"a":1,"tools":[{"name":"read"},{"name":"any1"}],"nextCursor":"n"}} )");
  for (const std::string_view same :
       {R"({"jsonrpc":"2.0","id":7,"result":{}})", R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})",
        R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"tools"}})", R"({"id":1,"result":"tools"})"}) {
    EXPECT_EQ(Filter(same), same);
  }
}

// Schemas that programs write are nested deeper than what is judged.
TEST_F(CToolsList, HasDeepSchemas) {
  std::string schema = "{}";
  for (int i = 0; i < 14; ++i) schema = R"({"type":"object","properties":{"p":{"anyOf":[)" + schema + "]}}}";
  const std::string tool = R"({"name":"read","inputSchema":)" + schema + "}";
  const auto list = [](const std::string& tools) {
    return R"({"jsonrpc":"2.0","id":7,"result":{"tools":[)" + tools + "]}}";
  };
  EXPECT_EQ(Filter(list(R"({"name":"write"},)" + tool)), list(tool));
}

TEST_F(CToolsList, ThatCannotBeReadBecomesAnError) {
  const std::string error =
      R"({"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"the list of tools could not be read"}})";
  for (const std::string_view bad :
       {R"([{"result":{"tools":[{"name":"write"}]}}])", R"({"result":{"tools":[{"name":"write"}]}} x)", "",
        R"({"result":{"tools":[]},"result":{"tools":[{"name":"write"}]}})",
        R"({"Result":{"tools":[{"name":"write"}]}})", R"({"result":{"Tools":[{"name":"write"}]}})",
        R"({"result":{"tools":{"name":"write"}}})", R"({"result":{"tools":["write"]}})",
        R"({"result":{"tools":[{"name":1}]}})", R"({"result":{"tools":[{}]}})",
        R"({"result":{"tools":[{"name":"read","Name":"write"}]}})",
        R"({"result":{"tools":[{"NAME":"write","name":"read"}]}})"}) {
    EXPECT_EQ(Filter(bad), error) << bad;
  }
  EXPECT_EQ(Filter("{\"a\":\"" + std::string(1024 * 1024, 'x') + "\"}"), error);
  assay_span out;
  EXPECT_EQ(assay_checker_filter_tools(nullptr, nullptr, S(""), S(""), &out), 0);
  EXPECT_EQ(out.size, 0u);
}

TEST_F(CToolsList, ChecksTakeTheBodyOrTheHeadersAsTheHostSays) {
  const assay_pair headers[] = {{S("Authorization"), S("Bearer x")}};
  assay_request request = {};
  request.struct_size = sizeof request;
  request.headers = headers;
  request.header_count = 1;
  EXPECT_EQ(assay_checker_wants_body(checker_, &request), 1);
  request.method = S("GET");
  EXPECT_EQ(assay_checker_wants_body(checker_, &request), 0);
  EXPECT_EQ(assay_checker_wants_body(nullptr, &request), 1);
  EXPECT_EQ(assay_checker_takes_proofs(checker_), 0);
  const std::string policy =
      R"({"resource":")" + std::string(kAudience) +
      R"(","authorization_servers":["https://as.example"],"dpop_bound_access_tokens_required":true})";
  assay_checker* const by_headers =
      assay_checker_create_for(engine_.get(), S(policy), S("policy"), ASSAY_JUDGES_HEADERS, nullptr);
  request.method = S("POST");
  EXPECT_EQ(assay_checker_wants_body(by_headers, &request), 0);
  EXPECT_EQ(assay_checker_takes_proofs(by_headers), 1);
  assay_checker_free(by_headers);
  assay_error* error = nullptr;
  EXPECT_EQ(assay_checker_create_for(engine_.get(), S(policy), S("policy"), 3, &error), nullptr);
  EXPECT_EQ(assay_error_code(error), ASSAY_ERROR_ARGUMENT);
  assay_error_free(error);
}

}  // namespace
}  // namespace assay::testing
