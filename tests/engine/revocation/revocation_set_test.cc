#include "engine/revocation/revocation_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace assay::revocation {
namespace {

const Fingerprinter& Names() {
  static const Fingerprinter names;
  return names;
}

RevocationSet With(const RevocationSet& set, const Revocation& revocation, std::int64_t now = 0,
                   std::optional<std::int64_t> max_lifetime = std::nullopt) {
  RevocationSet::Additions more;
  more.Add(Names(), revocation, max_lifetime);
  return set.With(std::move(more), now);
}

const RevocationSet::Entry* Find(const RevocationSet& set, RevokedBy by, std::string_view issuer,
                                 std::string_view value) {
  return set.Find(Names(), Names().Hash(by, issuer, value), by, issuer, value);
}

TEST(RevocationSet, FindsByIssuerKindAndValueTogether) {
  const RevocationSet set = With({}, {RevokedBy::kSubject, "a", "x", {}, 100});
  ASSERT_NE(Find(set, RevokedBy::kSubject, "a", "x"), nullptr);
  EXPECT_EQ(Find(set, RevokedBy::kSubject, "a", "x")->issued_before, 100);
  EXPECT_EQ(Find(set, RevokedBy::kSubject, "b", "x"), nullptr);
  EXPECT_EQ(Find(set, RevokedBy::kSubject, "a", "y"), nullptr);
  EXPECT_EQ(Find(set, RevokedBy::kClient, "a", "x"), nullptr);
  EXPECT_NE(set.kinds() & RevocationSet::KindBit(RevokedBy::kSubject), 0);
  EXPECT_EQ(set.kinds() & RevocationSet::KindBit(RevokedBy::kJwtId), 0);
  EXPECT_EQ(set.size(), 1u);
}

TEST(RevocationSet, IsNotChangedByWhatComesOfIt) {
  const RevocationSet first = With({}, {RevokedBy::kJwtId, "a", "x", 5, {}});
  const RevocationSet second = With(first, {RevokedBy::kJwtId, "a", "y", 5, {}});
  EXPECT_EQ(Find(first, RevokedBy::kJwtId, "a", "y"), nullptr);
  EXPECT_NE(Find(second, RevokedBy::kJwtId, "a", "x"), nullptr);
  EXPECT_NE(Find(second, RevokedBy::kJwtId, "a", "y"), nullptr);
}

TEST(RevocationSet, TheLaterTimeCountsWhicheverComesFirst) {
  for (const auto& [one, other] : {std::pair{10, 20}, std::pair{20, 10}}) {
    RevocationSet set = With({}, {RevokedBy::kSubject, "a", "x", {}, one});
    set = With(set, {RevokedBy::kSubject, "a", "x", {}, other});
    EXPECT_EQ(Find(set, RevokedBy::kSubject, "a", "x")->issued_before, 20);
    EXPECT_EQ(set.size(), 1u);
  }
}

TEST(RevocationSet, AJtiIsForgottenWhenItsShardIsRebuilt300SecondsAfterExp) {
  const RevocationSet set = With({}, {RevokedBy::kJwtId, "a", "x", 1000, {}});
  const Revocation again{RevokedBy::kJwtId, "a", "x", 1000, {}};  // the same shard
  EXPECT_NE(Find(With(set, again, 1300), RevokedBy::kJwtId, "a", "x"), nullptr);
  EXPECT_EQ(Find(With(set, again, 1301), RevokedBy::kJwtId, "a", "x"), nullptr);
  EXPECT_EQ(With(set, again, 1301).size(), 0u);
  EXPECT_NE(Find(set, RevokedBy::kJwtId, "a", "x"), nullptr);
}

TEST(RevocationSet, AJtiWithoutExpAndAWatermarkAreKeptForGood) {
  for (const Revocation& revocation :
       {Revocation{RevokedBy::kJwtId, "a", "x", {}, {}}, Revocation{RevokedBy::kJwtId, "a", "x", INT64_MAX, {}},
        Revocation{RevokedBy::kSession, "a", "x", {}, 10}}) {
    const RevocationSet set = With(With({}, revocation), revocation, INT64_MAX);
    EXPECT_NE(Find(set, revocation.by, "a", "x"), nullptr);
  }
}

TEST(RevocationSet, AWatermarkIsForgottenWhenNoTokenCanBeAsOld) {
  const Revocation revocation{RevokedBy::kClient, "a", "x", {}, 1000};
  EXPECT_NE(Find(With({}, revocation, 4900, 3600), RevokedBy::kClient, "a", "x"), nullptr);
  EXPECT_EQ(Find(With({}, revocation, 4901, 3600), RevokedBy::kClient, "a", "x"), nullptr);
}

TEST(RevocationSet, AMillionEntriesFitInto64MiBAndAreAllFound) {
  RevocationSet::Additions more;
  constexpr int kCount = 1'000'000;
  for (int i = 0; i < kCount; ++i) {
    more.Add(Names(), {RevokedBy::kJwtId, "https://issuer.example", std::to_string(i), {}, {}}, {});
  }
  const RevocationSet set = RevocationSet().With(std::move(more), 0);
  EXPECT_EQ(set.size(), std::size_t{kCount});
  EXPECT_LE(set.MemoryBytes(), std::size_t{64} << 20);
  int found = 0, strangers = 0;
  for (int i = 0; i < kCount; ++i) {
    const std::string jti = std::to_string(i);
    found += Find(set, RevokedBy::kJwtId, "https://issuer.example", jti) != nullptr ? 1 : 0;
    strangers += Find(set, RevokedBy::kJwtId, "https://issuer.example", "n" + jti) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(found, kCount);
  EXPECT_EQ(strangers, 0);
}

// Random additions to a set and to a map that is as plain as the rules.
TEST(RevocationSet, IsTheNaiveSetForRandomAdditions) {
  struct Times {
    std::int64_t issued_before, forget_after;
  };
  std::mt19937_64 random(20261124);
  const auto below = [&](std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int round = 0; round < 8; ++round) {
    const std::optional<std::int64_t> lifetime =
        round % 2 == 0 ? std::optional<std::int64_t>() : std::optional<std::int64_t>(200);
    std::map<std::tuple<RevokedBy, std::string, std::string>, Times> naive;
    RevocationSet set;
    std::int64_t now = 0;
    for (int step = 0; step < 200; ++step) {
      now += below(30);
      RevocationSet::Additions more;
      for (std::int64_t i = below(40); i >= 0; --i) {
        Revocation revocation;
        revocation.by = static_cast<RevokedBy>(below(4));
        revocation.issuer = "i" + std::to_string(below(3));
        revocation.value = std::to_string(below(300));
        Times times{kForGood, kForGood};
        if (revocation.by != RevokedBy::kJwtId) {
          times.issued_before = now - below(100);
          revocation.issued_before = times.issued_before;
          if (lifetime) times.forget_after = times.issued_before + *lifetime + 300;
        } else if (below(4) != 0) {
          revocation.expires_at = now + below(200) - 100;
          times.forget_after = *revocation.expires_at + 300;
        }
        more.Add(Names(), revocation, lifetime);
        Times& held = naive.try_emplace({revocation.by, revocation.issuer, revocation.value}, times).first->second;
        held = {std::max(held.issued_before, times.issued_before), std::max(held.forget_after, times.forget_after)};
      }
      set = set.With(std::move(more), now);
      for (const auto& [name, times] : naive) {
        const auto& [by, issuer, value] = name;
        const RevocationSet::Entry* const entry = Find(set, by, issuer, value);
        // What has outlived its tokens may be there still, and then says the same.
        if (entry == nullptr) {
          ASSERT_LT(times.forget_after, now);
          continue;
        }
        if (times.forget_after >= now) {
          ASSERT_EQ(entry->issued_before, times.issued_before);
          ASSERT_EQ(entry->forget_after, times.forget_after);
        }
        ASSERT_EQ(Find(set, by, "i9", value), nullptr);
      }
      ASSERT_LE(set.size(), naive.size());
      std::erase_if(naive, [&](const auto& entry) {
        const auto& [by, issuer, value] = entry.first;
        return Find(set, by, issuer, value) == nullptr;
      });
      ASSERT_EQ(set.size(), naive.size());
    }
  }
}

// Sets of one origin share a filter until it is full.
class Chain {
 public:
  Chain(RevocationSet set, std::string name) : set_(std::move(set)), name_(std::move(name)) {}

  void Grow(std::size_t by) {
    RevocationSet::Additions more;
    for (std::size_t i = 0; i < by; ++i) more.Add(Names(), Entry(size_++), {});
    set_ = set_.With(std::move(more), 0);
  }
  std::size_t CountMissed() const {
    std::size_t missed = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      missed += Find(set_, RevokedBy::kJwtId, "a", Entry(i).value) == nullptr ? 1u : 0u;
    }
    return missed;
  }

 private:
  Revocation Entry(std::size_t i) const { return {RevokedBy::kJwtId, "a", name_ + std::to_string(i), {}, {}}; }

  RevocationSet set_;
  std::string name_;
  std::size_t size_ = 0;
};

TEST(RevocationSet, ManyMayComeOfOneInAnyOrder) {
  Chain first({}, "first");
  first.Grow(1000);
  std::vector<Chain> chains;
  for (int round = 0; round < 30; ++round) {
    chains.push_back(first);  // as it was; the ones before have grown since
    for (Chain& chain : chains) {
      chain.Grow(100);
      ASSERT_EQ(chain.CountMissed(), 0u);
    }
    ASSERT_EQ(first.CountMissed(), 0u);
  }
}

TEST(RevocationSet, ThreadsMayEachMakeTheirOwnOfOne) {
  const RevocationSet origin = With({}, {RevokedBy::kJwtId, "a", "x", {}, {}});
  std::atomic<std::size_t> missed{0};
  std::vector<std::thread> threads;
  for (const char* name : {"one", "two"}) {
    threads.emplace_back([&, name] {
      Chain chain(origin, name);
      for (int round = 0; round < 40; ++round) {
        chain.Grow(60);
        missed += chain.CountMissed();
        missed += Find(origin, RevokedBy::kJwtId, "a", "x") == nullptr ? 1u : 0u;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missed, 0u);
}

}  // namespace
}  // namespace assay::revocation
