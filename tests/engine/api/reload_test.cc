#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/api/feeds.h"
#include "tests/testing/engines.h"
#include "tests/testing/event_log.h"
#include "tests/testing/temporary_folder.h"

namespace assay {
namespace {

using testing::IssuerWith;
using testing::JwkSet;
using testing::kNow;
using testing::MakeEngine;
using testing::Sign;
using testing::SigningKey;

const SigningKey& KeyA() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "a", 1);
  return key;
}
const SigningKey& KeyB() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "b", 2);
  return key;
}

std::string TokenFrom(std::string_view issuer, const SigningKey& key) {
  return Sign(key, testing::HeaderOf(key), testing::ClaimsWith("iss", "\"iss\":\"" + std::string(issuer) + "\""));
}

IssuerConfig Fetched(std::string_view name) {
  IssuerConfig issuer = IssuerWith("", name);
  issuer.keys = {KeySource::Kind::kDiscover, ""};
  return issuer;
}

EngineConfig Of(std::vector<IssuerConfig> issuers) {
  EngineConfig config;
  config.issuers = std::move(issuers);
  return config;
}

TEST(Reload, IssuersComeAndGoTogether) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a"), IssuerWith({KeyB()}, "https://b")}));
  Worker worker(engine);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://b", KeyB()), kNow).accepted());
  ASSERT_TRUE(engine->Reload(Of({IssuerWith({KeyA()}, "https://c"), IssuerWith({KeyA()}, "https://a")})).ok());
  EXPECT_EQ(worker.Validate(TokenFrom("https://b", KeyB()), kNow).reason(), Reason::kIssuerUnknown);
  const Verdict& verdict = worker.Validate(TokenFrom("https://a", KeyA()), kNow);
  EXPECT_TRUE(verdict.accepted());
  EXPECT_EQ(verdict.issuer_index(), 1);
  EXPECT_EQ(engine->config()->issuers[0].policy.issuer, "https://c");
}

// Else the refresher would take one's feed for the other's, and refresh that one alone.
TEST(Reload, TwoIssuersThatWereOneHaveAKeySourceEach) {
  const KeySource keys = {KeySource::Kind::kUrl, "https://keys.example/jwks"};
  IssuerConfig a = IssuerWith("", "https://a"), b = IssuerWith("", "https://b");
  a.keys = b.keys = keys;
  IssuerConfig both = b;
  both.policy.issuer_aliases = {"https://a"};
  const auto engine = MakeEngine(Of({both}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://b", JwkSet({KeyA()})).ok());
  const KeyFeed before = *KeyFeed::Of(engine, "https://b");
  ASSERT_TRUE(engine->Reload(Of({a, b})).ok());
  EXPECT_FALSE(KeyFeed::Of(engine, "https://a")->HasSourceOf(before));
  EXPECT_TRUE(KeyFeed::Of(engine, "https://b")->HasSourceOf(before));
  // The keys are of the source that both have: they stay until each has its own.
  Worker worker(engine);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://a", KeyA()), kNow).accepted());
  EXPECT_TRUE(worker.Validate(TokenFrom("https://b", KeyA()), kNow).accepted());
  // Under another name an entry has another feed: it has other files in the key folder.
  ASSERT_TRUE(engine->Reload(Of({both})).ok());
  both.policy.issuer = "https://a";
  both.policy.issuer_aliases = {"https://b"};
  ASSERT_TRUE(engine->Reload(Of({both})).ok());
  EXPECT_FALSE(KeyFeed::Of(engine, "https://a")->HasSourceOf(before));
}

TEST(Reload, AnEntryThatLosesItsFirstNameKeepsItsKeysAndHasANewFeed) {
  IssuerConfig entry = IssuerWith("", "https://old"), renamed = IssuerWith("", "https://new");
  entry.keys = renamed.keys = {KeySource::Kind::kUrl, "https://keys.example/jwks"};
  entry.policy.issuer_aliases = {"https://new"};
  const auto engine = MakeEngine(Of({entry}));
  KeyFeed old = *KeyFeed::Of(engine, "https://old");
  ASSERT_TRUE(old.Install(JwkSet({KeyA()}), Clock::System().Both()).ok());
  ASSERT_TRUE(engine->Reload(Of({renamed})).ok());
  Worker worker(engine);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://new", KeyA()), kNow).accepted());
  KeyFeed feed = *KeyFeed::Of(engine, "https://new");
  EXPECT_TRUE(feed.lease().has_value());
  ASSERT_TRUE(feed.Install(JwkSet({KeyB()}), Clock::System().Both()).ok());
  EXPECT_FALSE(old.Install(JwkSet({KeyA()}), Clock::System().Both()).ok()) << "what it had under way comes too late";
  EXPECT_FALSE(old.Confirm(Clock::System().Both()));
  EXPECT_EQ(worker.Validate(TokenFrom("https://new", KeyA()), kNow).reason(), Reason::kKeyNotFound);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://new", KeyB()), kNow).accepted());
}

// What is known of a key set's revoked keys is of one issuer's names.
TEST(Reload, AKeyThatIsRevokedForOneOfTwoIssuersThatWereOneIsRevoked) {
  IssuerConfig a = IssuerWith("", "https://a"), b = IssuerWith("", "https://b");
  a.keys = b.keys = {KeySource::Kind::kUrl, "https://keys.example/jwks"};
  IssuerConfig both = b;
  both.policy.issuer_aliases = {"https://a"};
  const auto engine = MakeEngine(Of({both, IssuerWith({KeyB()}, "https://c")}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://b", JwkSet({KeyA()})).ok());
  ASSERT_TRUE(engine->Reload(Of({a, b})).ok());
  const std::vector<Revocation> revoked = {{.by = RevokedBy::kKey, .issuer = "https://a", .value = "a"}};
  ASSERT_TRUE(engine->Revoke(revoked, kNow).ok());
  Worker worker(engine);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://b", KeyA()), kNow).accepted());
  EXPECT_EQ(worker.Validate(TokenFrom("https://a", KeyA()), kNow).reason(), Reason::kRevoked);
}

TEST(Reload, AKeyThatIsRevokedByANameThatItsIssuerGetsLaterIsRevokedFromThenOn) {
  IssuerConfig b = IssuerWith("", "https://b");
  b.keys = {KeySource::Kind::kUrl, "https://keys.example/jwks"};
  const auto engine = MakeEngine(Of({b}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://b", JwkSet({KeyA()})).ok());
  const std::vector<Revocation> revoked = {{.by = RevokedBy::kKey, .issuer = "https://a", .value = "a"}};
  ASSERT_TRUE(engine->Revoke(revoked, kNow).ok());
  Worker worker(engine);
  EXPECT_TRUE(worker.Validate(TokenFrom("https://b", KeyA()), kNow).accepted());
  b.policy.issuer_aliases = {"https://a"};
  ASSERT_TRUE(engine->Reload(Of({b})).ok());
  EXPECT_EQ(worker.Validate(TokenFrom("https://b", KeyA()), kNow).reason(), Reason::kRevoked);
}

TEST(Reload, AnIssuerWhoseNameAndSourceStayKeepsTheKeysThatWereFetched) {
  const auto engine = MakeEngine(Of({Fetched("https://a")}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA()})).ok());
  ASSERT_TRUE(engine->Reload(Of({Fetched("https://b"), Fetched("https://a")})).ok());
  EXPECT_TRUE(testing::Judge(engine, TokenFrom("https://a", KeyA())) == Reason::kAccepted);
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://b", KeyA())), Reason::kKeysUnavailable);
  EXPECT_FALSE(engine->Ready());
}

TEST(Reload, AnotherKeySourceKeepsNoKeyOfTheOldOne) {
  const auto engine = MakeEngine(Of({Fetched("https://a")}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA()})).ok());
  KeyFeed old = KeyFeed::Of(engine, "https://a").value();
  IssuerConfig moved = Fetched("https://a");
  moved.keys = {KeySource::Kind::kUrl, "https://elsewhere/jwks"};
  ASSERT_TRUE(engine->Reload(Of({moved})).ok());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kKeysUnavailable);
  EXPECT_FALSE(old.Install(JwkSet({KeyA()})).ok()) << "fetched before the reload";
  EXPECT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA()})).ok());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kAccepted);
}

TEST(Reload, KeysThatWereFetchedAreHeldAgainstTheNewAlgorithmList) {
  const auto engine = MakeEngine(Of({Fetched("https://a")}));
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA()})).ok());
  IssuerConfig stricter = Fetched("https://a");
  stricter.policy.algorithms = {Algorithm::kES384};
  ASSERT_TRUE(engine->Reload(Of({stricter})).ok());
  EXPECT_FALSE(engine->Ready());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kAlgorithmNotAllowed);
}

TEST(Reload, ABadConfigurationChangesNothingAndSaysWhy) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a")}));
  const auto config = engine->config();
  const auto refused = [&](auto change) {
    EngineConfig next = Of({IssuerWith({KeyB()}, "https://a"), IssuerWith({KeyB()}, "https://b")});
    change(next);
    const Result<void> done = engine->Reload(std::move(next));
    return done ? std::string() : done.error();
  };
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers.clear(); }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[1].policy.issuer = "https://a"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[1].policy.audiences.clear(); }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[1].keys.value = "{}"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[1].keys = {KeySource::Kind::kFile, "/nonexistent"}; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.limits.token_bytes = 0; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.revocation.file = "/nonexistent"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.kernel = "none-such"; }).find("cannot replace"), std::string::npos);
  EXPECT_EQ(engine->config(), config);
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kAccepted);
  EXPECT_EQ(refused([&](EngineConfig& c) { c.kernel = engine->kernel(); }), "") << "the kernel in use";
}

TEST(Reload, LimitsAndPoliciesAreReplaced) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a")}));
  const std::string token = TokenFrom("https://a", KeyA());
  EngineConfig next = Of({IssuerWith({KeyA()}, "https://a")});
  next.limits.token_bytes = token.size() - 1;
  ASSERT_TRUE(engine->Reload(next).ok());
  EXPECT_EQ(testing::Judge(engine, token), Reason::kTooLarge);
  next.limits.token_bytes = token.size();
  next.issuers[0].policy.audiences = {"https://other"};
  ASSERT_TRUE(engine->Reload(next).ok());
  EXPECT_EQ(testing::Judge(engine, token), Reason::kWrongAudience);
}

TEST(Reload, CountersFollowTheIssuerNotItsIndex) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a"), IssuerWith({KeyB()}, "https://b")}));
  Worker worker(engine);
  worker.Validate(TokenFrom("https://b", KeyB()), kNow);
  ASSERT_TRUE(engine->Reload(Of({IssuerWith({KeyB()}, "https://b"), IssuerWith({KeyA()}, "https://c")})).ok());
  worker.Validate(TokenFrom("https://b", KeyB()), kNow);
  worker.Validate(TokenFrom("https://c", KeyA()), kNow);
  ASSERT_TRUE(engine->Reload(Of({IssuerWith({KeyA()}, "https://c")})).ok());
  worker.Validate(TokenFrom("https://c", KeyA()), kNow);
  const std::string text = engine->MetricsText();
  for (const char* line : {"assay_tokens_total{issuer=\"https://b\",reason=\"accepted\"} 2\n",
                           "assay_tokens_total{issuer=\"https://c\",reason=\"accepted\"} 2\n",
                           "assay_keys{issuer=\"https://c\"} 1\n", "assay_batch_size_sum 4\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(text.find("assay_keys{issuer=\"https://b\"}"), std::string::npos);
}

TEST(KeysOfIssuers, WithdrawnKeysAreUnavailableUntilTheyAreInstalledAgain) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a"), IssuerWith({KeyB()}, "https://b")}));
  KeyFeed::Of(engine, "https://a")->Withdraw();
  EXPECT_FALSE(engine->Ready());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kKeysUnavailable);
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://b", KeyB())), Reason::kAccepted);
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA()})).ok());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kAccepted);
  EXPECT_FALSE(testing::InstallKeys(engine, "https://nobody", JwkSet({KeyA()})).ok());
}

TEST(KeysOfIssuers, AnUnknownKidIsToldOnceAndOfItsIssuerOnly) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a"), IssuerWith({KeyA()}, "https://b")}));
  EXPECT_FALSE(KeyFeed::Of(engine, "https://a")->TakeUnknownKid());
  EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyB())), Reason::kKeyNotFound);
  EXPECT_FALSE(KeyFeed::Of(engine, "https://b")->TakeUnknownKid());
  EXPECT_TRUE(KeyFeed::Of(engine, "https://a")->TakeUnknownKid());
  EXPECT_FALSE(KeyFeed::Of(engine, "https://a")->TakeUnknownKid());
  EXPECT_FALSE(KeyFeed::Of(engine, "https://nobody").has_value());
}

TEST(KeysOfIssuers, EventsTellRotationsFromUnchangedSets) {
  testing::EventLog log;
  EngineConfig config = Of({IssuerWith({KeyA()}, "https://a")});
  config.log = log.Callback();
  const auto engine = MakeEngine(config);
  log.Clear();
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyB(), KeyA()})).ok());
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA(), KeyB()})).ok());
  KeyFeed::Of(engine, "https://a")->Withdraw();
  ASSERT_TRUE(testing::InstallKeys(engine, "https://a", JwkSet({KeyA(), KeyB()})).ok());
  ASSERT_TRUE(engine->Reload(config).ok());
  config.issuers.clear();
  ASSERT_FALSE(engine->Reload(config).ok());
  EXPECT_EQ(log.Words(), (std::vector<std::string>{"rotation", "key_set_unchanged", "keys_withdrawn", "key_set_loaded",
                                                   "configuration_published", "configuration_refused"}));
}

// One validation for both: a reload must not take what the next start would refuse, and lose good keys to it.
TEST(Reload, RefusesWhatAStartRefusesInTheSameWordsAndKeepsTheKeys) {
  const auto engine = MakeEngine(Of({IssuerWith({KeyA()}, "https://a")}));
  const auto expect_refused = [&](EngineConfig config) {
    const auto created = Engine::Create(config);
    const auto reloaded = engine->Reload(config);
    ASSERT_FALSE(created.ok());
    ASSERT_FALSE(reloaded.ok());
    EXPECT_EQ(reloaded.error(), created.error());
    EXPECT_EQ(testing::Judge(engine, TokenFrom("https://a", KeyA())), Reason::kAccepted);
  };
  for (const char* url : {"https://h:99999/x", "https://h:/x", "http://h/x", "https://u@h/x", "https://h/#f",
                          "https://0x7f.1/", "https://169.254.169.254/jwks", "https://[::ffff:0.0.0.0]/", "ftp://h/",
                          "", "https://h/\xC2\x9B", "https://h./"}) {
    IssuerConfig issuer = Fetched("https://a");
    issuer.keys = {KeySource::Kind::kUrl, url};
    expect_refused(Of({issuer}));
  }
  for (const char* name : {"https://h:99999", "urn:x", "https://h/?tenant=1", "http://h", "https://0.0.0.0"}) {
    expect_refused(Of({Fetched(name)}));
  }
  IssuerConfig file = IssuerWith("", "https://a");
  file.keys = {KeySource::Kind::kFile, "/nowhere/keys.json"};
  expect_refused(Of({file}));
}

TEST(Reload, ARedisUrlThatIsNoneIsRefusedByCreate) {
  for (const char* url : {"redis://h:99999", "redis://", "rediss://h.", "", "http://h"}) {
    EngineConfig config = Of({IssuerWith({KeyA()}, "https://a")});
    config.revocation.redis = RedisConfig{.url = url};
    EXPECT_FALSE(Engine::Create(std::move(config)).ok()) << url;
  }
}

TEST(Reload, ContradictoryMembersOfRedisAreRefusedByCreate) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.File("file", "x");
  const auto error = [&](RedisConfig redis) {
    EngineConfig config = Of({IssuerWith({KeyA()}, "https://a")});
    config.revocation.redis = std::move(redis);
    const auto created = Engine::Create(std::move(config));
    return created ? "" : created.error();
  };
  EXPECT_EQ(error({.url = "rediss://h", .password_file = file, .user = "u", .ca_file = file}), "");
  EXPECT_EQ(error({.url = "redis://:p@h", .password_file = file}),
            "revocation: a password_file beside a password in the URL");
  EXPECT_EQ(error({.url = "redis://h", .user = "u"}), "revocation: a user without a password_file");
  EXPECT_EQ(error({.url = "redis://h", .ca_file = file}),
            "revocation: a ca_file for a redis: URL, which is not encrypted: say rediss:");
  EXPECT_NE(error({.url = "rediss://h", .ca_file = folder.Path("none")}).find("none"), std::string::npos);
  EXPECT_NE(error({.url = "rediss://h", .password_file = folder.Path("none")}).find("none"), std::string::npos);
}

TEST(Reload, ARevocationFileThatAStartRefusesIsRefused) {
  const testing::TemporaryFolder folder;
  EngineConfig config = Of({IssuerWith({KeyA()}, "https://a")});
  config.revocation.file = folder.File("revoked", "");
  const auto engine = MakeEngine(config);
  EXPECT_TRUE(engine->Reload(config).ok());
  folder.File("revoked", "{\"iss\":\n");
  const auto reloaded = engine->Reload(config);
  ASSERT_FALSE(reloaded.ok());
  EXPECT_EQ(reloaded.error(), Engine::Create(config).error());
}

}  // namespace
}  // namespace assay
