// Keys that are revoked, through the whole engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::IssuerWith;
using testing::Judge;
using testing::kIssuer;
using testing::kNow;
using testing::MakeEngine;
using testing::Revoke;
using testing::SigningKey;

// A set in which the first key stands under two kids, and another under a third.
class RevokedKey : public ::testing::Test {
 protected:
  static IssuerConfig Issuer(std::string_view name = kIssuer) {
    return IssuerWith("{\"keys\":[" + stolen_.PublicJwk() + "," + again_.PublicJwk() + "," + good_.PublicJwk() + "]}",
                      name);
  }
  static EngineConfig Remembering(IssuerConfig issuer) {
    EngineConfig config;
    config.issuers = {std::move(issuer)};
    config.limits.verdict_cache_kib = 1024;
    return config;
  }
  static Revocation ByKid(std::string kid, std::string_view issuer = kIssuer) {
    return {RevokedBy::kKey, std::string(issuer), std::move(kid), {}, {}};
  }
  static std::string TokenOf(const SigningKey& key) { return testing::ValidToken(key); }

  inline static const SigningKey stolen_ = SigningKey::Make(Algorithm::kES256, "stolen", 1);
  inline static const SigningKey again_ = SigningKey::Make(Algorithm::kES256, "again", 1);  // the same key
  inline static const SigningKey good_ = SigningKey::Make(Algorithm::kES256, "good", 2);
};

TEST_F(RevokedKey, HitsWhateverItSignsUnderItsOtherKidsToo) {
  ASSERT_NE(stolen_.PublicJwk(), again_.PublicJwk());
  for (const char* const kid : {"stolen", "again"}) {
    const auto engine = MakeEngine(Remembering(Issuer()));
    Worker worker(engine);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(worker.Validate(TokenOf(stolen_), kNow).accepted());
    ASSERT_TRUE(Revoke(engine, ByKid(kid)).ok());
    EXPECT_EQ(worker.Validate(TokenOf(stolen_), kNow).reason(), Reason::kRevoked);
    EXPECT_EQ(worker.Validate(TokenOf(stolen_), kNow).Detail(), "by its key");
    EXPECT_EQ(worker.Validate(TokenOf(again_), kNow).reason(), Reason::kRevoked) << kid;
    EXPECT_TRUE(worker.Validate(TokenOf(good_), kNow).accepted());
    const std::string tokens[] = {TokenOf(good_), TokenOf(again_), TokenOf(good_), TokenOf(stolen_)};
    const std::string_view views[] = {tokens[0], tokens[1], tokens[2], tokens[3]};
    Verdict verdicts[4];
    worker.ValidateBatch(views, kNow, verdicts);
    EXPECT_TRUE(verdicts[0].accepted());
    EXPECT_EQ(verdicts[1].reason(), Reason::kRevoked);
    EXPECT_TRUE(verdicts[2].accepted());
    EXPECT_EQ(verdicts[3].reason(), Reason::kRevoked);
  }
}

TEST_F(RevokedKey, HitsTokensWithoutAKid) {
  const auto engine = MakeEngine(IssuerWith({stolen_}));
  const std::string token = testing::Sign(stolen_, R"({"alg":"ES256"})", testing::ValidClaims());
  ASSERT_EQ(Judge(engine, token), Reason::kAccepted);
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  EXPECT_EQ(Judge(engine, token), Reason::kRevoked);
}

TEST_F(RevokedKey, HitsARememberedTokenOfOneBytePattern) {
  const auto engine = MakeEngine(Remembering(Issuer()));
  Worker worker(engine);
  const std::string token = TokenOf(stolen_), other = TokenOf(good_);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(worker.Validate(token, kNow).accepted());
    ASSERT_TRUE(worker.Validate(other, kNow).accepted());
  }
  ASSERT_TRUE(Revoke(engine, ByKid("again")).ok());
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kRevoked);
  EXPECT_TRUE(worker.Validate(other, kNow).accepted());
}

TEST_F(RevokedKey, IsNeverForgottenAndOfItsIssuerAlone) {
  EngineConfig config;
  config.issuers = {Issuer(), Issuer("https://other.example")};
  for (IssuerConfig& issuer : config.issuers) issuer.policy.max_age_seconds = 60;
  config.revocation.max_token_lifetime_seconds = 60;
  const auto engine = MakeEngine(config);
  ASSERT_TRUE(Revoke(engine, ByKid("stolen", "https://other.example")).ok());
  EXPECT_EQ(Judge(engine, TokenOf(stolen_)), Reason::kAccepted);
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  const Revocation later = {RevokedBy::kJwtId, std::string(kIssuer), "later", {}, {}};
  ASSERT_TRUE(engine->Revoke({&later, 1}, kNow + 100 * 365 * 86400LL).ok());
  EXPECT_EQ(Judge(engine, TokenOf(stolen_)), Reason::kRevoked);
}

TEST_F(RevokedKey, AnUnknownIssuerStringDoesNotSaveItWhereIssIsNotChecked) {
  IssuerConfig issuer = Issuer("");
  issuer.policy.issuer_mode = IssuerMode::kUnchecked;
  const auto engine = MakeEngine(std::move(issuer));
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  for (const char* const iss : {"\"iss\":\"https://whatever.example\"", ""}) {
    EXPECT_EQ(Judge(engine, testing::Sign(stolen_, testing::HeaderOf(stolen_), testing::ClaimsWith("iss", iss))),
              Reason::kRevoked)
        << iss;
  }
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
}

// One key, in the key sets of many issuers, of which every other has revoked it.
TEST_F(RevokedKey, IsKnownOfEachIssuerInWhateverOrderTheyAreAskedFor) {
  constexpr std::size_t kIssuers = 7;
  EngineConfig config;
  std::vector<Revocation> revoked;
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < kIssuers; ++i) {
    const std::string name = "https://" + std::to_string(i) + ".example";
    config.issuers.push_back(Issuer(name));
    if (i % 2 == 1) revoked.push_back(ByKid("stolen", name));
    tokens.push_back(
        testing::Sign(stolen_, testing::HeaderOf(stolen_), testing::ClaimsWith("iss", "\"iss\":\"" + name + "\"")));
  }
  const auto engine = MakeEngine(std::move(config));
  ASSERT_TRUE(engine->Revoke(revoked, kNow).ok());
  for (std::size_t stride = 1; stride < kIssuers; ++stride) {
    Worker worker(engine);
    for (std::size_t i = 0; i < 2 * kIssuers; ++i) {
      const std::size_t issuer = i * stride % kIssuers;
      EXPECT_EQ(worker.Validate(tokens[issuer], kNow).reason(), issuer % 2 == 1 ? Reason::kRevoked : Reason::kAccepted)
          << issuer << " of stride " << stride;
    }
  }
}

TEST_F(RevokedKey, ANewKeyUnderAnotherKidIsGood) {
  const auto engine = MakeEngine(Issuer());
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  EngineConfig rotated;
  rotated.issuers = {IssuerWith({good_})};
  ASSERT_TRUE(engine->Reload(rotated).ok());
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, TokenOf(stolen_)), Reason::kKeyNotFound);
}

// Its issuer lists the stolen key under another name than the one that was revoked, and its owner thinks it dead.
class RevokedKeyUnderANewName : public RevokedKey {
 protected:
  static std::string Set(const std::vector<SigningKey>& keys) { return IssuerWith(keys).keys.value; }
  static std::shared_ptr<Engine> Fetching() {
    IssuerConfig issuer = IssuerWith({good_});
    issuer.keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks.json"};
    return MakeEngine(std::move(issuer));
  }
};

TEST_F(RevokedKeyUnderANewName, IsStillRevoked) {
  const auto engine = Fetching();
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({stolen_, good_})).ok());
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({again_, good_})).ok());
  EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
}

TEST_F(RevokedKeyUnderANewName, IsRevokedByTheNameThatItHad) {
  const auto engine = Fetching();
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({stolen_})).ok());
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({again_, good_})).ok());
  EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kAccepted);
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
}

TEST_F(RevokedKeyUnderANewName, IsStillRevokedAfterItWasGone) {
  const auto engine = Fetching();
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({stolen_})).ok());
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({good_})).ok());
  KeyFeed::Of(engine, kIssuer)->Withdraw();
  ASSERT_EQ(Judge(engine, TokenOf(good_)), Reason::kKeysUnavailable);
  ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, Set({again_, good_})).ok());
  EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
}

TEST_F(RevokedKeyUnderANewName, IsStillRevokedAfterAReload) {
  EngineConfig config;
  config.issuers = {IssuerWith({stolen_, good_})};
  const auto engine = MakeEngine(config);
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  config.issuers[0].keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks.json"};
  ASSERT_TRUE(engine->Reload(config).ok());
  ASSERT_EQ(Judge(engine, TokenOf(good_)), Reason::kKeysUnavailable) << "another source has brought nothing yet";
  ASSERT_TRUE(engine->Reload(config).ok());
  config.issuers[0] = IssuerWith({again_, good_});
  ASSERT_TRUE(engine->Reload(config).ok());
  EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
}

// However the entry is called by then in which its issuer stands.
TEST_F(RevokedKeyUnderANewName, IsStillRevokedInAnotherEntry) {
  const auto named = [](std::vector<std::string> names) {
    IssuerConfig issuer = IssuerWith({again_, good_});
    issuer.policy.issuer = names.front();
    issuer.policy.issuer_aliases.assign(names.begin() + 1, names.end());
    return issuer;
  };
  const std::string b(kIssuer), a = "https://a.example";
  EngineConfig with_stolen, both, gone, templated;
  with_stolen.issuers = {IssuerWith({stolen_, good_}), IssuerWith({good_}, a)};
  gone.issuers = {IssuerWith({good_}, a)};
  const auto as_template = [&] {
    IssuerConfig issuer = IssuerWith({again_, good_});
    issuer.policy.issuer.clear();
    const std::size_t slash = b.rfind('/') + 1;
    issuer.policy.issuer_template = {b.substr(0, slash) + "{t}", {{"t", {b.substr(slash), "other"}}}};
    return issuer;
  };
  for (const std::vector<std::vector<IssuerConfig>>& reloads :
       std::vector<std::vector<std::vector<IssuerConfig>>>{{{named({b})}},
                                                           {{named({b, a})}},
                                                           {{named({a, b})}},
                                                           {gone.issuers, {named({b})}},
                                                           {gone.issuers, gone.issuers, {named({a, b})}},
                                                           {{named({a, b})}, {named({b})}},
                                                           {{as_template()}},
                                                           {gone.issuers, {as_template()}}}) {
    const auto engine = MakeEngine(with_stolen);
    ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
    for (const std::vector<IssuerConfig>& issuers : reloads) {
      EngineConfig next;
      next.issuers = issuers;
      const Result<void> reloaded = engine->Reload(next);
      ASSERT_TRUE(reloaded.ok()) << reloaded.error();
    }
    EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked) << reloads.size();
    EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
    ASSERT_TRUE(engine->Reload(EngineConfig(*engine->config())).ok());
    EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked) << "and after one that changes nothing";
  }
}

// A set that differs in unusable keys alone.
TEST_F(RevokedKeyUnderANewName, IsRevokedByTheNameOfAnUnusableOne) {
  for (const std::string& why : {std::string(R"("use":"enc")"), R"("issuer":")" + std::string(3000, 'x') + '"'}) {
    const auto engine = Fetching();
    const auto set = [&](const SigningKey& unusable) {
      return "{\"keys\":[" + unusable.JwkWith(why + R"(,"kid":"stolen")") + ',' + again_.PublicJwk() + "]}";
    };
    ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
    ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, set(good_)).ok());
    EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kAccepted);
    ASSERT_TRUE(testing::InstallKeys(engine, kIssuer, set(again_)).ok());
    EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked) << why.substr(0, 20);
  }
}

// Where `iss` is not checked, anybody's revocation is meant, before and after.
TEST_F(RevokedKeyUnderANewName, IsStillRevokedWhereIssIsNotChecked) {
  const auto unchecked = [](const std::vector<SigningKey>& keys, std::string_view name) {
    IssuerConfig issuer = IssuerWith(keys, name);
    issuer.policy.issuer_mode = IssuerMode::kUnchecked;
    return issuer;
  };
  const IssuerConfig begins[] = {IssuerWith({stolen_, good_}), unchecked({stolen_, good_}, "")};
  const IssuerConfig ends[] = {IssuerWith({again_, good_}), unchecked({again_, good_}, "")};
  for (const IssuerConfig& begin : begins) {
    for (const IssuerConfig& end : ends) {
      const auto engine = MakeEngine(begin);
      ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
      EngineConfig next;
      next.issuers = {end};
      ASSERT_TRUE(engine->Reload(next).ok());
      EXPECT_EQ(Judge(engine, TokenOf(again_)), Reason::kRevoked);
      EXPECT_EQ(Judge(engine, TokenOf(good_)), Reason::kAccepted);
    }
  }
}

TEST_F(RevokedKey, IsSaidOfAuthenticTokensAlone) {
  const auto engine = MakeEngine(Issuer());
  ASSERT_TRUE(Revoke(engine, ByKid("stolen")).ok());
  std::string forged = TokenOf(stolen_);
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Judge(engine, forged), Reason::kBadSignature) << "of authentic tokens alone";
  EXPECT_EQ(Judge(engine, TokenOf(stolen_), INT64_MAX), Reason::kExpired);
}

}  // namespace
}  // namespace assay
