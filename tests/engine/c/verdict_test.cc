// Verdicts and claims through the C face.
#include <array>

#include "tests/engine/c/c_engine.h"
#include "tests/testing/hostile_tokens.h"

namespace assay::testing {
namespace {

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  return key;
}

// Who does not look at a call's result does not find the verdict of the call before.
TEST(CVerdict, ACallThatFailsLeavesNoVerdict) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  const CEngine engine = MakeCEngine(key);
  assay_worker* const worker = assay_worker_create(engine.get(), nullptr);
  ASSERT_NE(worker, nullptr);
  const std::string good = ValidToken(key);
  const assay_span token = S(good);
  std::int32_t reason = ASSAY_UNSET;
  for (const bool has_reasons : {true, false}) {
    ASSERT_EQ(assay_validate(worker, token, kNow), ASSAY_ACCEPTED);
    ASSERT_NE(assay_worker_verdict(worker, 0), nullptr);
    EXPECT_EQ(assay_validate_batch(worker, has_reasons ? nullptr : &token, 1, kNow, has_reasons ? &reason : nullptr),
              0);
    EXPECT_EQ(assay_worker_verdict(worker, 0), nullptr);
  }
  assay_worker_free(worker);
}

TEST(CVerdict, IsThatOfCxxForHostileTokensAloneAndInBatches) {
  const CEngine engine = Wrap(MakeEngine(HostileTokens::Config()));
  const CWorker worker = MakeCWorker(engine);
  Worker own(engine->engine);
  HostileTokens stream(1);
  std::vector<std::string> tokens;
  for (int i = 0; i < 4096; ++i) tokens.push_back(stream.Next());
  int refused = 0, accepted = 0;
  for (std::size_t from = 0; from < tokens.size(); from += 32) {
    std::array<assay_span, 32> spans;
    std::array<std::int32_t, 32> reasons;
    for (std::size_t i = 0; i < 32; ++i) spans[i] = S(tokens[from + i]);
    ASSERT_EQ(assay_validate_batch(worker.get(), spans.data(), 32, kNow, reasons.data()), 1);
    for (std::size_t i = 0; i < 32; ++i) {
      const Verdict& expected = own.Validate(tokens[from + i], kNow);
      EXPECT_EQ(reasons[i], static_cast<int>(expected.reason()));
      assay_verdict_fields fields = {};
      fields.struct_size = sizeof fields;
      ASSERT_EQ(assay_verdict_read(assay_worker_verdict(worker.get(), i), &fields), 1);
      EXPECT_EQ(fields.reason, reasons[i]);
      EXPECT_EQ(fields.issuer_index, expected.issuer_index());
      EXPECT_EQ(T(fields.kid), expected.kid());
      EXPECT_EQ(fields.claims.data != nullptr, expected.claims() != nullptr);
      (expected.accepted() ? accepted : refused) += 1;
    }
    EXPECT_EQ(assay_worker_verdict(worker.get(), 32), nullptr);
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(accepted, 100);
}

TEST(CVerdict, IsFilledByTheRulesOfStructSize) {
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  const std::string token = ValidToken(Key());
  ASSERT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED);
  const assay_verdict* const verdict = assay_worker_verdict(worker.get(), 0);
  struct {
    assay_verdict_fields known;
    unsigned char later[16];
  } out;
  for (const std::size_t size : {std::size_t{0}, sizeof out.known - 1, std::size_t{4097}, SIZE_MAX}) {
    std::memset(static_cast<void*>(&out), 0x5A, sizeof out);
    out.known.struct_size = size;
    EXPECT_EQ(assay_verdict_read(verdict, &out.known), 0) << size;
    EXPECT_EQ(out.known.reason, 0x5A5A5A5A);
  }
  std::memset(static_cast<void*>(&out), 0x5A, sizeof out);
  out.known.struct_size = sizeof out.known + 8;
  ASSERT_EQ(assay_verdict_read(verdict, &out.known), 1);
  EXPECT_EQ(out.known.reason, ASSAY_ACCEPTED);
  EXPECT_EQ(T(out.known.subject), "user-1");
  EXPECT_EQ(T(out.known.alg), "ES256");
  EXPECT_NE(out.known.has & ASSAY_HAS_EXPIRES_AT, 0u);
  EXPECT_EQ(out.later[7], 0);
  EXPECT_EQ(out.later[8], 0x5A);
  EXPECT_EQ(assay_verdict_read(nullptr, &out.known), 0);
  EXPECT_EQ(out.known.reason, ASSAY_UNSET);
}

TEST(CVerdict, OfAnIssuerInReportModeSaysWhatAHostMayLetPass) {
  std::string text = ConfigText(Key());
  const CEngine strict = MakeCEngine(Key());
  text.insert(text.find("\"audiences\""), "\"mode\":\"report\",");
  const CConfig config = MakeConfig(text);
  const CEngine lenient(assay_engine_create(config.get(), nullptr, nullptr), assay_engine_release);
  const auto read = [](const CEngine& engine, const std::string& token) {
    const CWorker worker = MakeCWorker(engine);
    assay_validate(worker.get(), S(token), kNow);
    assay_verdict_fields fields = {};
    fields.struct_size = sizeof fields;
    fields.report_only = 7;
    EXPECT_EQ(assay_verdict_read(assay_worker_verdict(worker.get(), 0), &fields), 1);
    EXPECT_EQ(fields.claims.data != nullptr, fields.reason == ASSAY_ACCEPTED);
    EXPECT_EQ(fields.subject.data != nullptr, fields.reason == ASSAY_ACCEPTED);
    return std::make_pair(fields.reason, fields.report_only);
  };
  const auto refused = [](Reason reason, int report_only) {
    return std::make_pair(static_cast<std::int32_t>(reason), report_only);
  };
  const std::string misdirected = Sign(Key(), HeaderOf(Key()), ClaimsWith("aud", R"("aud":"https://other.example")"));
  const std::string expired = Sign(Key(), HeaderOf(Key()), ClaimsWith("exp", "\"exp\":1"));
  std::string forged = misdirected;
  forged[forged.size() - 8] = forged[forged.size() - 8] == 'A' ? 'B' : 'A';
  EXPECT_EQ(read(lenient, misdirected), refused(Reason::kWrongAudience, 1));
  EXPECT_EQ(read(strict, misdirected), refused(Reason::kWrongAudience, 0));
  EXPECT_EQ(read(lenient, forged), refused(Reason::kBadSignature, 0));
  EXPECT_EQ(read(lenient, expired), refused(Reason::kExpired, 0));
  EXPECT_EQ(read(lenient, ""), refused(Reason::kEmpty, 0));
  EXPECT_EQ(read(lenient, ValidToken(Key())), refused(Reason::kAccepted, 0));
}

TEST(CClaims, BecomeTextNumbersAndJsonThatAHeaderMayHold) {
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  const std::string token = ValidToken(
      Key(),
      R"("a":{"b":[ "x,y" , "\u00e9",)"
      "\n"
      R"({"c":"\u007f\ud83d\ude00"}]},"n":12e1,"h":1.5,"big":1e99,"t":true,"f":false,"z":null,"e":"","crlf":"x\r\nX-A: 1",)"
      R"("del":"\u007f","nul":"\u0000","name":"Zo\u00eb")");
  ASSERT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED)
      << T(assay_verdict_detail(assay_worker_verdict(worker.get(), 0)));
  const assay_verdict* const verdict = assay_worker_verdict(worker.get(), 0);
  const auto text = [&](std::vector<std::string> path) {
    std::vector<assay_span> spans;
    for (const std::string& name : path) spans.push_back(S(name));
    assay_span out = S("old");
    const int found = assay_claim_text(verdict, spans.data(), spans.size(), &out);
    EXPECT_TRUE(found == 1 || out.size == 0);
    return std::to_string(found) + T(out);
  };
  EXPECT_EQ(text({"sub"}), "1user-1");
  EXPECT_EQ(text({"name"}), "1Zo\xC3\xAB");
  EXPECT_EQ(text({"n"}), "112e1");
  EXPECT_EQ(text({"t"}), "1true");
  EXPECT_EQ(text({"e"}), "1");
  EXPECT_EQ(text({"f"}), "0");
  EXPECT_EQ(text({"z"}), "0");
  EXPECT_EQ(text({"absent"}), "0");
  EXPECT_EQ(text({"a", "b", "c"}), "0");
  EXPECT_EQ(text({"crlf"}), "-1");
  EXPECT_EQ(text({"del"}), "-1");
  EXPECT_EQ(text({"nul"}), "-1");
  EXPECT_EQ(text({}), "-1");
  EXPECT_EQ(text({std::string("s\0b", 3)}), "-1");
  const std::string array = text({"a", "b"});
  EXPECT_EQ(array, R"(1["x,y","\u00e9",{"c":"\u007f\ud83d\ude00"}])");
  const auto number = [&](const char* name) {
    const assay_span path = S(name);
    std::int64_t out = 7;
    const int found = assay_claim_number(verdict, &path, 1, &out);
    return std::make_pair(found, out);
  };
  EXPECT_EQ(number("n"), std::make_pair(1, std::int64_t{120}));
  EXPECT_EQ(number("h"), std::make_pair(-1, std::int64_t{0}));
  EXPECT_EQ(number("big"), std::make_pair(-1, std::int64_t{0}));
  EXPECT_EQ(number("sub"), std::make_pair(-1, std::int64_t{0}));
  EXPECT_EQ(number("z"), std::make_pair(0, std::int64_t{0}));
}

TEST(CClaims, OfARefusedTokenThereAreNone) {
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  const std::string token = ValidToken(SigningKey::Make(Algorithm::kES256, "k1", 9));
  ASSERT_EQ(assay_validate(worker.get(), S(token), kNow), static_cast<int>(Reason::kBadSignature));
  const assay_span path = S("sub");
  assay_span out = {};
  EXPECT_EQ(assay_claim_text(assay_worker_verdict(worker.get(), 0), &path, 1, &out), 0);
  EXPECT_EQ(assay_claim_json(assay_worker_verdict(worker.get(), 0), &path, 1, &out), 0);
}

}  // namespace
}  // namespace assay::testing
