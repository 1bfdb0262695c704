// The decision on a token whose key has not come yet.
#include "engine/api/feeds.h"
#include "engine/mcp/decide/checker.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

// A client that is told 401 throws a good token away.
TEST(Checker, ATokenOfAKeyThatIsNotHereYetIsToBeSentAgain) {
  Gateway gateway(FileServerPolicy());
  IssuerConfig issuer = testing::IssuerWith("");
  issuer.policy.audiences = {std::string(kResource)};
  issuer.keys = {KeySource::Kind::kUrl, "https://auth.example.com/jwks"};
  const auto engine = testing::MakeEngine(issuer);
  const Moment fetched{std::chrono::hours(1), testing::kNow - 10};
  ASSERT_TRUE(KeyFeed::Of(engine, testing::kIssuer)->Install(gateway.key().PublicJwk(), fetched).ok());
  const auto key = testing::SigningKey::Make(Algorithm::kES256, "next", 9);
  const std::string token = testing::Sign(key, testing::HeaderOf(key),
                                          testing::ClaimsWith("iat", "\"iat\":" + std::to_string(testing::kNow)));
  Worker worker(engine);
  const Decision decision = gateway.checker().Decide(worker.Validate(token, testing::kNow), {}, {});
  EXPECT_EQ(decision.reason, Reason::kKeyPending);
  EXPECT_EQ(decision.status, 503);
  EXPECT_GT(decision.retry_after_seconds, 0);
  EXPECT_EQ(gateway.Challenge(decision), "");
  EXPECT_TRUE(engine->Ready()) << "anybody can send such a token";
}

}  // namespace
}  // namespace assay::mcp
