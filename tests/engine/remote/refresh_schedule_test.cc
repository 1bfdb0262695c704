#include <algorithm>

#include "engine/remote/refresh_schedule.h"

#include <gtest/gtest.h>

namespace assay::remote {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Cause = RefreshSchedule::Cause;

constexpr Instant kStart = hours(100);
constexpr RefreshConfig kConfig = {
    .min_seconds = 60, .max_seconds = 3600, .cooldown_seconds = 30, .max_stale_seconds = 86400};

RefreshSchedule At(Instant now, std::uint64_t seed = 1) { return RefreshSchedule(kConfig, seed, now); }

// A schedule whose first fetch began and ended well at kStart.
RefreshSchedule Fetched(std::optional<std::int64_t> max_age = std::nullopt, std::uint64_t seed = 1) {
  RefreshSchedule schedule = At(kStart, seed);
  EXPECT_EQ(schedule.Claim(kStart), Cause::kDue);
  schedule.Succeeded(kStart, max_age);
  return schedule;
}

TEST(RefreshSchedule, TheFirstFetchIsDueAtOnceAndAloneInFlight) {
  RefreshSchedule schedule = At(kStart);
  EXPECT_EQ(schedule.Claim(kStart), Cause::kDue);
  EXPECT_EQ(schedule.Claim(kStart + hours(24)), Cause::kNone);
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + hours(24)), Cause::kNone);
}

TEST(RefreshSchedule, RefreshIsAheadOfExpiryWithinTheBounds) {
  const struct {
    std::optional<std::int64_t> max_age;
    seconds least, most;
  } rows[] = {{1000, seconds(750), seconds(900)},
              {std::nullopt, seconds(225), seconds(270)},
              {0, seconds(60), seconds(60)},
              {1, seconds(60), seconds(60)},
              {70, seconds(60), seconds(63)},
              {3600, seconds(2700), seconds(3240)},
              {2147483647, seconds(2700), seconds(3240)}};
  for (const auto& row : rows) {
    Instant earliest = Instant::max();
    Instant latest = Instant::min();
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const Instant delay = Fetched(row.max_age, seed).NextFetch() - kStart;
      EXPECT_GE(delay, row.least);
      EXPECT_LE(delay, row.most);
      earliest = std::min(earliest, delay);
      latest = std::max(latest, delay);
    }
    if (row.most - row.least > seconds(10)) {
      EXPECT_GT(latest - earliest, (row.most - row.least) / 2);  // spread
    }
  }
}

TEST(RefreshSchedule, ALifetimeBeginsWithTheFetch) {
  RefreshSchedule schedule = At(kStart);
  EXPECT_EQ(schedule.Claim(kStart), Cause::kDue);
  schedule.Succeeded(kStart + seconds(300), 300);  // as old by then as they may become
  EXPECT_EQ(schedule.Claim(kStart + seconds(300)), Cause::kDue);
}

TEST(RefreshSchedule, ClaimsNothingBeforeItIsDue) {
  RefreshSchedule schedule = Fetched(1000);
  const Instant next = schedule.NextFetch();
  EXPECT_EQ(schedule.Claim(next - Instant(1)), Cause::kNone);
  EXPECT_EQ(schedule.Claim(next), Cause::kDue);
}

TEST(RefreshSchedule, FailuresBackOffUpToAMinuteWithJitter) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RefreshSchedule schedule = At(kStart, seed);
    Instant now = kStart;
    for (const int whole : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      ASSERT_EQ(schedule.Claim(now), Cause::kDue);
      schedule.Failed(now);
      const Instant delay = schedule.NextFetch() - now;
      EXPECT_GE(delay, seconds(whole) / 2);
      EXPECT_LE(delay, seconds(whole));
      now += delay;
    }
    ASSERT_EQ(schedule.Claim(now), Cause::kDue);
    schedule.Succeeded(now, std::nullopt);
    EXPECT_EQ(schedule.failures_in_a_row(), 0u);
    now = schedule.NextFetch();
    ASSERT_EQ(schedule.Claim(now), Cause::kDue);
    schedule.Failed(now);
    EXPECT_LE(schedule.NextFetch() - now, seconds(1));  // from the beginning again
  }
}

TEST(RefreshSchedule, ThousandsOfFailuresDoNotOverflow) {
  RefreshSchedule schedule = At(kStart);
  Instant now = kStart;
  for (int i = 0; i < 5000; ++i, now = schedule.NextFetch()) {
    ASSERT_EQ(schedule.Claim(now), Cause::kDue);
    schedule.Failed(now);
    ASSERT_LE(schedule.NextFetch() - now, seconds(60));
  }
}

// The fetches within ten minutes of a schedule that is looked at every millisecond.
int FetchesInTenMinutes(bool flooded, bool failing) {
  RefreshSchedule schedule = Fetched(3600);
  int fetches = 0;
  for (Instant now = kStart + Instant(1); now <= kStart + minutes(10); now += Instant(1)) {
    if (flooded) schedule.NoteUnknownKid();
    if (schedule.Claim(now) == Cause::kNone) continue;
    ++fetches;
    failing ? schedule.Failed(now) : schedule.Succeeded(now, 3600);
  }
  return fetches;
}

TEST(RefreshSchedule, AFloodOfUnknownKidsFetchesOncePerCooldown) {
  EXPECT_EQ(FetchesInTenMinutes(false, false), 0);
  EXPECT_EQ(FetchesInTenMinutes(true, false), 20);
}

TEST(RefreshSchedule, AFailedFetchCountsForTheCooldownToo) {
  // The first is for an unknown kid, the rest are its retries, most of them a minute apart: the flood
  // adds at most one fetch per cooldown to them.
  EXPECT_EQ(FetchesInTenMinutes(false, true), 0);
  EXPECT_LE(FetchesInTenMinutes(true, true), 6 + 20);
}

TEST(RefreshSchedule, TheCooldownCountsFromTheStartOfTheLastFetchForAnUnknownKid) {
  RefreshSchedule schedule = Fetched(3600);
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + seconds(1)), Cause::kUnknownKid) << "the fetch before was for none";
  schedule.Succeeded(kStart + seconds(6), 3600);
  EXPECT_EQ(schedule.Claim(kStart + seconds(60)), Cause::kNone) << "nobody has asked again";
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + seconds(60)), Cause::kUnknownKid);
  schedule.Succeeded(kStart + seconds(61), 3600);
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + seconds(90) - Instant(1)), Cause::kNone);
  EXPECT_EQ(schedule.Claim(kStart + seconds(90)), Cause::kUnknownKid);
}

TEST(RefreshSchedule, AScheduledFetchDoesNotEndTheCooldown) {
  RefreshSchedule schedule = Fetched(3600);
  schedule.NoteUnknownKid();
  ASSERT_EQ(schedule.Claim(kStart + seconds(1)), Cause::kUnknownKid);
  schedule.Succeeded(kStart + seconds(1), 3600);
  schedule.Reconfigure(kConfig, kStart + seconds(2));
  ASSERT_EQ(schedule.Claim(kStart + seconds(2)), Cause::kDue);
  schedule.Succeeded(kStart + seconds(2), 3600);
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + seconds(31) - Instant(1)), Cause::kNone);
  EXPECT_EQ(schedule.Claim(kStart + seconds(31)), Cause::kUnknownKid);
}

TEST(RefreshSchedule, AnAbandonedFetchStaysDue) {
  RefreshSchedule schedule = At(kStart);
  schedule.Claim(kStart);
  schedule.Abandoned();
  EXPECT_EQ(schedule.failures_in_a_row(), 0u);
  EXPECT_EQ(schedule.Claim(kStart), Cause::kDue);
}

TEST(RefreshSchedule, ReconfiguringMakesAFetchDue) {
  RefreshSchedule schedule = Fetched(3600);
  schedule.Reconfigure({.min_seconds = 1, .max_seconds = 10, .cooldown_seconds = 1, .max_stale_seconds = 20},
                       kStart + seconds(5));
  EXPECT_EQ(schedule.Claim(kStart + seconds(5)), Cause::kDue);
  schedule.Succeeded(kStart + seconds(5), 3600);
  EXPECT_LE(schedule.NextFetch(), kStart + seconds(14));
}

TEST(RefreshSchedule, UnsoundNumbersOfAProgramAreMended) {
  RefreshSchedule schedule({.min_seconds = -5, .max_seconds = -9, .cooldown_seconds = 0, .max_stale_seconds = -1}, 1,
                           kStart);
  schedule.Claim(kStart);
  schedule.Succeeded(kStart, 100);
  EXPECT_GE(schedule.NextFetch(), kStart + seconds(1));
}

// Where another process fetches -----------------------------------------------------------------------

TEST(RefreshSchedule, Hardening22AnothersRefreshIsOverdueAfter30SecondsAndUpToAsManyMore) {
  Instant earliest = Instant::max(), latest = Instant::min();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RefreshSchedule schedule = At(kStart, seed);
    schedule.Adopt(kStart, 1000, kStart);
    const Instant late = schedule.NextFetch(true) - kStart;
    EXPECT_EQ(schedule.Claim(kStart + late - Instant(1), true), Cause::kNone);
    EXPECT_EQ(schedule.Claim(kStart + late, true), Cause::kDue);
    earliest = std::min(earliest, late);
    latest = std::max(latest, late);
  }
  EXPECT_GE(earliest, seconds(930));
  EXPECT_LE(latest, seconds(960));
  EXPECT_GT(latest - earliest, seconds(25)) << "spread, lest all come at once";
}

TEST(RefreshSchedule, WhatWasOldWhenItWasFoundIsNoReasonForHaste) {
  RefreshSchedule schedule = At(kStart);
  schedule.Adopt(kStart - hours(20), std::nullopt, kStart);
  EXPECT_GE(schedule.NextFetch(true), kStart + seconds(30));
}

TEST(RefreshSchedule, AnotherIsAskedOnceUntilItHasAnswered) {
  RefreshSchedule schedule = At(kStart);
  schedule.Adopt(kStart, std::nullopt, kStart);
  EXPECT_FALSE(schedule.ShouldAsk());
  schedule.NoteUnknownKid();
  EXPECT_TRUE(schedule.ShouldAsk());
  EXPECT_TRUE(schedule.ShouldAsk()) << "it was not";
  schedule.Asked(kStart + seconds(1), true);
  schedule.NoteUnknownKid();
  EXPECT_FALSE(schedule.ShouldAsk());
  schedule.Answered();
  EXPECT_FALSE(schedule.ShouldAsk());
  EXPECT_EQ(schedule.Claim(kStart + seconds(92), true), Cause::kNone) << "nor is the answer overdue";
  schedule.Asked(kStart + seconds(2), true);
  schedule.NoteUnknownKid();
  EXPECT_TRUE(schedule.ShouldAsk()) << "or its tokens would wait for half a minute";
}

TEST(RefreshSchedule, AnAnswerIsAwaitedAsLongAsTokensWait) {
  RefreshSchedule schedule = At(kStart);
  EXPECT_FALSE(schedule.AwaitsAnswer(kStart));
  schedule.NoteUnknownKid();
  EXPECT_TRUE(schedule.AwaitsAnswer(kStart + hours(1))) << "it was not asked for yet";
  schedule.Asked(kStart, true);
  EXPECT_TRUE(schedule.AwaitsAnswer(kStart + milliseconds(999)));
  EXPECT_FALSE(schedule.AwaitsAnswer(kStart + milliseconds(1000)));
  schedule.Asked(kStart, true);
  schedule.Answered();
  EXPECT_FALSE(schedule.AwaitsAnswer(kStart));
}

TEST(RefreshSchedule, WhereAskingNeverSucceedsTheAnswerIsOverdueAllTheSame) {
  RefreshSchedule schedule = At(kStart);
  schedule.Adopt(kStart, std::nullopt, kStart);
  schedule.NoteUnknownKid();
  for (int second = 0; second < 20; ++second) {
    EXPECT_TRUE(schedule.ShouldAsk());
    schedule.Asked(kStart + seconds(second), false);
  }
  EXPECT_FALSE(schedule.AwaitsAnswer(kStart + seconds(1))) << "tokens wait from the first attempt on";
  EXPECT_EQ(schedule.Claim(kStart + seconds(59), true), Cause::kNone);
  EXPECT_EQ(schedule.Claim(kStart + seconds(91), true), Cause::kUnknownKid);
}

TEST(RefreshSchedule, WhatIsNotedWhileASetIsFetchedIsAnsweredByIt) {
  RefreshSchedule schedule = At(kStart);
  ASSERT_EQ(schedule.Claim(kStart), Cause::kDue);
  schedule.NoteUnknownKid();
  schedule.Answered();
  schedule.Succeeded(kStart + seconds(1), 3600);
  EXPECT_EQ(schedule.Claim(kStart + minutes(1)), Cause::kNone);
  schedule.NoteUnknownKid();
  EXPECT_EQ(schedule.Claim(kStart + minutes(1)), Cause::kUnknownKid);
}

TEST(RefreshSchedule, WhoTakesOverFetchesAtOnce) {
  RefreshSchedule schedule = Fetched();
  schedule.TakeOver(kStart + seconds(1));
  EXPECT_EQ(schedule.Claim(kStart + seconds(1)), Cause::kDue);
}

TEST(RefreshSchedule, AForkedProcessHasAJitterOfItsOwn) {
  RefreshSchedule parent = At(kStart), child = parent;
  child.Reseed(2);
  parent.Adopt(kStart, 1000, kStart);
  child.Adopt(kStart, 1000, kStart);
  EXPECT_NE(parent.NextFetch(true), child.NextFetch(true));
}

}  // namespace
}  // namespace assay::remote
