// The C face where memory runs out, at each place in turn: nothing is accepted, and nothing stays half done.
#include "tests/engine/c/c_engine.h"
#include "tests/testing/counting_heap.h"

namespace assay::testing {
namespace {

constexpr int kMostAllocations = 200;

// Refusing: whether `call` went through although one request for memory after `granted` more would be refused.
template <typename Call>
bool Refusing(int granted, const Call& call) {
  refuse_after = granted;
  call();
  return refuse_after.exchange(-1) >= 0;
}

TEST(CMemory, AWorkerThatCouldNotGrowJudgesAsBefore) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  const CEngine engine = MakeCEngine(key);
  const std::string good = ValidToken(key), forged = good + "x";
  const std::vector<assay_span> many(40, S(good));
  int refused = 0;
  for (bool went_through = false; !went_through; ++refused) {
    ASSERT_LT(refused, kMostAllocations);
    const CWorker worker = MakeCWorker(engine);
    std::vector<std::int32_t> reasons(many.size(), ASSAY_ACCEPTED);
    std::int32_t judged = 0;
    went_through = Refusing(
        refused, [&] { judged = assay_validate_batch(worker.get(), many.data(), many.size(), kNow, reasons.data()); });
    if (judged == 0) {
      EXPECT_EQ(reasons, std::vector<std::int32_t>(many.size(), ASSAY_UNSET)) << refused;
      EXPECT_EQ(assay_worker_verdict(worker.get(), 0), nullptr);
    }
    // One for which there was room.
    EXPECT_EQ(assay_validate(worker.get(), S(good), kNow), ASSAY_ACCEPTED) << refused;
    EXPECT_EQ(assay_verdict_reason(assay_worker_verdict(worker.get(), 0)), ASSAY_ACCEPTED) << refused;
    EXPECT_NE(assay_validate(worker.get(), S(forged), kNow), ASSAY_ACCEPTED);
    EXPECT_NE(assay_verdict_reason(assay_worker_verdict(worker.get(), 0)), ASSAY_ACCEPTED) << refused;
  }
  EXPECT_GT(refused, 3);
}

TEST(CMemory, ADecisionIsAnAcceptanceAsAWholeOrNotAtAll) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  const CEngine engine = MakeCEngine(key);
  const CWorker worker = MakeCWorker(engine);
  const std::string policy = R"({"resource":")" + std::string(kAudience) + R"(","authorization_servers":[")" +
                             std::string(kIssuer) + R"("],"tools":{"get":{"scopes":["read"]}}})";
  const std::string token = Sign(key, HeaderOf(key), ClaimsWith("scope", R"("scope":"read")"));
  const std::string authorization = "Bearer " + token;
  const std::string body = R"({"jsonrpc":"2.0","id":"an id too long for a short string","method":"tools/call",)"
                           R"("params":{"name":"get"}})";
  const assay_pair headers[] = {{S("Authorization"), S(authorization)}, {S("Content-Type"), S("application/json")}};
  assay_request request = {};
  request.struct_size = sizeof request;
  request.headers = headers;
  request.header_count = 2;
  request.body = S(body);
  ASSERT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED);
  int refused = 0;
  for (bool went_through = false; !went_through; ++refused) {
    ASSERT_LT(refused, kMostAllocations);
    const std::unique_ptr<assay_checker, decltype(&assay_checker_free)> checker(
        assay_checker_create(engine.get(), S(policy), S("policy"), nullptr), assay_checker_free);
    ASSERT_NE(checker, nullptr);
    assay_decision decision = {};
    decision.struct_size = sizeof decision;
    std::int32_t reason = ASSAY_ACCEPTED;
    went_through = Refusing(refused, [&] {
      reason = assay_checker_decide(checker.get(), assay_worker_verdict(worker.get(), 0), &request, &decision);
    });
    EXPECT_EQ(reason, went_through ? ASSAY_ACCEPTED : ASSAY_UNSET) << refused;
    EXPECT_EQ(decision.reason, reason) << refused;
    EXPECT_EQ(decision.allowed, went_through) << refused;
    EXPECT_EQ(decision.status, went_through ? 200 : 503) << refused;
    EXPECT_EQ(decision.report_only, 0);
  }
  EXPECT_GT(refused, 3);
}

}  // namespace
}  // namespace assay::testing
