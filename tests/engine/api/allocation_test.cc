// What the hot path may ask of the heap, and what becomes of verdicts when it is refused. In a binary of
// its own, since it replaces operator new.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/batcher.h"
#include "engine/api/feeds.h"
#include "engine/base64url/base64url.h"
#include "engine/json/strict.h"
#include "tests/testing/counting_heap.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

// RFC 7515 appendix A.3.
constexpr char kToken[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr char kKey[] =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::int64_t kNow = 1300819379;

std::shared_ptr<Engine> Make() {
  EngineConfig config;
  config.issuers.resize(1);
  config.issuers[0].policy.issuer = "joe";
  config.issuers[0].policy.any_audience_is_dangerous = true;
  config.issuers[0].policy.claim_rules = {{{"iss"}}, {{"iss"}, ClaimOperator::kIn, {"joe"}}};
  config.issuers[0].keys = {KeySource::Kind::kInline, kKey};
  return Engine::Create(std::move(config)).value();
}

std::vector<std::string> MixedTokens() {
  std::vector<std::string> tokens(8, kToken);
  tokens.push_back("");
  tokens.push_back(std::string(kToken) + "A");
  tokens.push_back(std::string(kToken, sizeof kToken - 2) + "A");
  for (const std::string& payload :
       {std::string(R"({"iss":"\u006aoe","sub":"\n\t\u20ac"})"), std::string(R"({"iss":"x"})"),
        "{\"iss\":\"joe\",\"a\":\"" + std::string(9000, 'x') + "\\n\"}"}) {
    tokens.push_back(base64url::Encode(R"({"alg":"ES256","kid":"\u0041"})") + "." + base64url::Encode(payload) + ".AA");
  }
  return tokens;
}

TEST(Allocation, NothingAfterWarmUpForAnyMixAndOrder) {
  Worker worker(Make());
  const std::vector<std::string> tokens = MixedTokens();
  std::vector<std::string_view> batch;
  for (int i = 0; i < 20; ++i) batch.insert(batch.end(), tokens.begin(), tokens.end());
  std::vector<Verdict> verdicts(batch.size());
  for (int warm = 0; warm < 2; ++warm) worker.ValidateBatch(batch, kNow, verdicts);
  const std::size_t before = testing::allocations;
  for (int i = 0; i < 20; ++i) {
    std::rotate(batch.begin(), batch.begin() + 1, batch.end());
    worker.ValidateBatch(batch, kNow, verdicts);
    worker.ValidateBatch(std::span(batch).first(7), kNow, std::span(verdicts).first(7));
    worker.Validate(batch[0], kNow);
  }
  EXPECT_EQ(testing::allocations, before);
}

// Tokens that are listed in one of two sets and tokens that are in neither, without and with the verdict cache.
TEST(Allocation, NothingAfterWarmUpWithRevocationsInForce) {
  const testing::SigningKey key = testing::SigningKey::Make(Algorithm::kES256);
  const auto by_jti = [](const std::string& jti) {
    return Revocation{RevokedBy::kJwtId, std::string(testing::kIssuer), jti, {}, {}};
  };
  for (const std::size_t cache_kib : {std::size_t{0}, std::size_t{1024}}) {
    EngineConfig config;
    config.issuers = {testing::IssuerWith({key})};
    config.limits.verdict_cache_kib = cache_kib;
    const auto engine = testing::MakeEngine(std::move(config));
    std::string listed;
    for (int i = 0; i < 1000; ++i) {
      const Revocation added[] = {
          by_jti("added" + std::to_string(i)),
          {RevokedBy::kSubject, std::string(testing::kIssuer), "s" + std::to_string(i), {}, testing::kNow}};
      ASSERT_TRUE(engine->Revoke(added, testing::kNow).ok());
      listed += FormatRevocation(by_jti("listed" + std::to_string(i))) + "\n";
    }
    ASSERT_TRUE(RevocationFeed(engine, RevocationSource::kFile).Replace(listed, testing::kNow).ok());
    std::vector<std::string> tokens;
    for (const std::string& jti :
         {std::string("one"), std::string("added7"), std::string("two"), std::string("listed9")}) {
      tokens.push_back(
          testing::Sign(key, testing::HeaderOf(key), testing::ClaimsWith("jti", "\"jti\":\"" + jti + "\"")));
    }
    const std::vector<std::string_view> batch(tokens.begin(), tokens.end());
    std::vector<Verdict> verdicts(batch.size());
    Worker worker(engine);
    for (int warm = 0; warm < 4; ++warm) worker.ValidateBatch(batch, testing::kNow, verdicts);
    const std::size_t before = testing::allocations;
    bool right = true;
    for (int i = 0; i < 20; ++i) {
      worker.ValidateBatch(batch, testing::kNow, verdicts);
      right = right && verdicts[0].accepted() && verdicts[1].reason() == Reason::kRevoked && verdicts[2].accepted() &&
              verdicts[3].reason() == Reason::kRevoked &&
              worker.Validate(batch[1], testing::kNow).reason() == Reason::kRevoked;
    }
    EXPECT_EQ(testing::allocations, before);
    EXPECT_TRUE(right);
    const bool cached = engine->MetricsText().find("\nassay_verdict_cache_hits_total 0\n") == std::string::npos;
    EXPECT_EQ(cached, cache_kib > 0);
  }
}

TEST(Allocation, ADocumentThatGrowsByteByByteDoesNotAllocateEachTime) {
  json::StrictParser parser;
  Arena arena(1024 * 1024);
  json::Document document;
  std::string text(17 * 1024, ' ');
  text += "{}";
  const std::size_t before = testing::allocations;
  for (int i = 0; i < 2000; ++i) {
    text.insert(text.begin(), ' ');
    arena.Reset();
    ASSERT_EQ(parser.ParseCopy(text, arena, &document), json::Status::kOk);
  }
  EXPECT_LT(testing::allocations - before, 20u);
}

TEST(Allocation, NoVerdictOfAnEarlierBatchStandsWhenMemoryRunsOut) {
  Worker worker(Make());
  const std::vector<std::string_view> good(4, kToken);
  std::vector<Verdict> verdicts(400);
  worker.ValidateBatch(good, kNow, std::span(verdicts).first(4));
  for (const Verdict& verdict : std::span(verdicts).first(4)) ASSERT_TRUE(verdict.accepted());
  const std::vector<std::string_view> many(400, kToken);
  for (const bool is_defect : {false, true}) {  // what nothing throws ends no process either
    testing::refuse_as_a_defect = is_defect;
    testing::refuse_allocations = true;
    worker.ValidateBatch(many, kNow, verdicts);
    testing::refuse_allocations = false;
    for (const Verdict& verdict : verdicts) EXPECT_EQ(verdict.reason(), Reason::kUnset);
  }
  testing::refuse_as_a_defect = false;
}

static_assert(noexcept(std::declval<Worker&>().Validate({}, 0)));
static_assert(noexcept(std::declval<Worker&>().ValidateBatch({}, 0, {})));

// Refuses each allocation of `call` in turn, with a new worker each time, until it makes do with what it gets. `call`
// returns what is wrong with its answers.
template <typename Call>
int RefuseEachAllocation(const std::shared_ptr<Engine>& engine, Call&& call) {
  for (int refused = 0;; ++refused) {
    Worker worker(engine);
    testing::refuse_after = refused;
    const bool sound = call(worker, /*may_be_unset=*/true);
    const bool went_through = testing::refuse_after.exchange(-1) >= 0;
    EXPECT_TRUE(sound) << "allocation " << refused;
    EXPECT_TRUE(call(worker, false)) << "after allocation " << refused << " was refused";
    if (went_through) return refused;
    if (::testing::Test::HasFailure()) return refused;
  }
}

TEST(Allocation, EachOneThatIsRefusedMakesVerdictsUnsetAndNothingElse) {
  const testing::SigningKey ec = testing::SigningKey::Make(Algorithm::kES256, "ec");
  const testing::SigningKey rsa = testing::SigningKey::Make(Algorithm::kRS256, "rsa");
  const testing::SigningKey long_rsa = testing::SigningKey::Make(Algorithm::kPS512, "ps");
  EngineConfig config;
  config.issuers = {testing::IssuerWith({ec, rsa, long_rsa})};
  config.limits.verdict_cache_kib = 256;
  const auto engine = testing::MakeEngine(std::move(config));
  const Revocation revoked[] = {{RevokedBy::kJwtId, std::string(testing::kIssuer), "gone", {}, {}}};
  ASSERT_TRUE(engine->Revoke(revoked, testing::kNow).ok());
  std::vector<std::string> tokens = {"", "a.b.c"};
  for (const testing::SigningKey* key : {&ec, &rsa, &long_rsa}) {
    tokens.push_back(testing::ValidToken(*key));
    tokens.push_back(tokens.back() + "A");
    tokens.push_back(testing::Sign(*key, testing::HeaderOf(*key), testing::ClaimsWith("jti", R"("jti":"gone")")));
    tokens.push_back(testing::Sign(*key, testing::HeaderOf(*key),
                                   testing::ClaimsWith("x", "\"x\":\"" + std::string(9000, 'x') + "\\n\"")));
  }
  std::vector<std::string_view> batch;
  for (int i = 0; i < 40; ++i) batch.insert(batch.end(), tokens.begin(), tokens.end());
  std::vector<Reason> right;
  for (const std::string& token : tokens) right.push_back(testing::Judge(engine, token));
  std::vector<Verdict> verdicts(batch.size());
  const auto is_right = [&](const Verdict& verdict, std::size_t i, bool may_be_unset) {
    return verdict.reason() == right[i % right.size()] || (may_be_unset && verdict.reason() == Reason::kUnset);
  };
  const auto alone = [&](Worker& worker, bool may_be_unset) {
    bool good = true;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      good = is_right(worker.Validate(tokens[i], testing::kNow), i, may_be_unset) && good;
    }
    return good;
  };
  const auto together = [&](Worker& worker, bool may_be_unset) {
    bool good = true;
    for (std::size_t count = tokens.size(); count <= batch.size(); count *= 3) {
      const std::span<Verdict> some = std::span(verdicts).first(count);
      worker.ValidateBatch(std::span(batch).first(count), testing::kNow, some);
      for (std::size_t i = 0; i < count; ++i) good = is_right(some[i], i, may_be_unset) && good;
    }
    return good;
  };
  EXPECT_GT(RefuseEachAllocation(engine, alone), 3);
  EXPECT_GT(RefuseEachAllocation(engine, together), 20);
}

struct Answers {
  std::size_t accepted = 0, unset = 0, others = 0;
  Completion completion() {
    return {[](void* context, const Verdict& verdict) noexcept {
              auto& self = *static_cast<Answers*>(context);
              ++(verdict.accepted() ? self.accepted : verdict.reason() == Reason::kUnset ? self.unset : self.others);
            },
            this};
  }
};

TEST(Allocation, BatchersAllocateNothingAfterWarmUp) {
  const std::shared_ptr<Engine> engine = Make();
  EventLoopBatcher loop(engine);
  Batcher batcher(engine);
  Answers answers;
  const auto tick = [&] {
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(loop.Submit(kToken, kNow, answers.completion()));
      ASSERT_TRUE(batcher.Submit(kToken, kNow, answers.completion()));
      ASSERT_TRUE(batcher.Validate(kToken, kNow, answers.completion()));
    }
    loop.Flush();
  };
  for (int warm = 0; warm < 2; ++warm) tick();
  const std::size_t before = testing::allocations;
  tick();
  EXPECT_EQ(testing::allocations, before);
  EXPECT_EQ(answers.accepted, 900u);
}

// With and without the option, as long as no token waits; and should there be no memory for a place, it does not wait.
TEST(Allocation, AnEventLoopAllocatesForTokensThatAwaitKeysAlone) {
  const testing::SigningKey old_key = testing::SigningKey::Make(Algorithm::kES256, "old");
  const testing::SigningKey new_key = testing::SigningKey::Make(Algorithm::kES256, "new", 1);
  IssuerConfig issuer = testing::IssuerWith("");
  issuer.keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks"};
  const auto engine = testing::MakeEngine(issuer);
  const Moment fetched{std::chrono::hours(1), testing::kNow - 10};
  ASSERT_TRUE(KeyFeed::Of(engine, testing::kIssuer)->Install(testing::JwkSet({old_key}), fetched).ok());
  const std::string good = testing::ValidToken(old_key);
  const std::string pending = testing::Sign(new_key, testing::HeaderOf(new_key),
                                            testing::ClaimsWith("iat", "\"iat\":" + std::to_string(testing::kNow)));
  for (const int wait : {0, 500}) {
    EventLoopBatcher loop(engine, {.wait_for_keys = std::chrono::milliseconds(wait)});
    Answers answers;
    const auto tick = [&] {
      for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(loop.Submit(i % 2 == 0 || wait > 0 ? good : pending, testing::kNow, answers.completion()));
      }
      loop.Flush();
    };
    for (int warm = 0; warm < 4; ++warm) tick();
    const std::size_t before = testing::allocations;
    tick();
    EXPECT_EQ(testing::allocations, before);
    EXPECT_EQ(answers.accepted, wait > 0 ? 200u : 100u);

    answers = {};
    ASSERT_TRUE(loop.Submit(pending, testing::kNow, answers.completion()));
    testing::refuse_allocations = true;
    loop.Flush();
    testing::refuse_allocations = false;
    EXPECT_EQ(answers.others, 1u);
  }
}

TEST(Allocation, BatchersAnswerEveryTokenWhenMemoryRunsOut) {
  EventLoopBatcher batcher(Make());
  Answers answers;
  testing::refuse_allocations = true;
  for (int i = 0; i < 63; ++i) ASSERT_TRUE(batcher.Submit(kToken, kNow, answers.completion()));
  batcher.Flush();
  testing::refuse_allocations = false;
  EXPECT_EQ(answers.unset, 63u);
  ASSERT_TRUE(batcher.Submit(kToken, kNow, answers.completion()));
  batcher.Flush();
  EXPECT_EQ(answers.accepted, 1u);
}

}  // namespace
}  // namespace assay
