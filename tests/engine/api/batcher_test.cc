// What both batchers promise, on one thread and with a pinned clock. With threads: batcher_stress_test.
#include "engine/api/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/api/flusher.h"
#include "tests/engine/api/request.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::kNow;
using testing::pinned_time;
using testing::PinnedClock;
using testing::Request;
using testing::SigningKey;
using namespace std::chrono_literals;

class BatcherTest : public ::testing::Test {
 protected:
  BatcherTest() { pinned_time = {}; }

  BatcherConfig Config(std::size_t batch_size, std::size_t capacity = 1024, std::size_t workers = 2) {
    return {.batch_size = batch_size, .queue_capacity = capacity, .workers = workers, .clock = PinnedClock};
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256);
  const std::shared_ptr<Engine> engine_ = testing::EngineFor(key_);
  const std::string token_ = testing::ValidToken(key_);
  const std::string expired_ = testing::Sign(key_, testing::HeaderOf(key_), testing::ClaimsWith("exp", "\"exp\":1"));
};

using EventLoopBatcherTest = BatcherTest;

TEST_F(EventLoopBatcherTest, FlushAtTheTicksEndAnswersAllThatWait) {
  Request good, bad, empty;
  EventLoopBatcher batcher(engine_, Config(64));
  ASSERT_TRUE(batcher.Submit(token_, kNow, good.completion()));
  ASSERT_TRUE(batcher.Submit(expired_, kNow, bad.completion()));
  ASSERT_TRUE(batcher.Submit("", kNow, empty.completion()));
  EXPECT_TRUE(good.Waits() && bad.Waits() && empty.Waits());
  batcher.Flush();
  EXPECT_TRUE(good.Has(Reason::kAccepted));
  EXPECT_EQ(good.subject, "user-1");
  EXPECT_TRUE(bad.Has(Reason::kExpired));
  EXPECT_TRUE(empty.Has(Reason::kEmpty));
  batcher.Flush();
  EXPECT_EQ(good.verdicts.size(), 1u);
}

TEST_F(EventLoopBatcherTest, AWholeBatchIsFlushedBySubmit) {
  Request requests[4];
  EventLoopBatcher batcher(engine_, Config(3));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(batcher.Submit(token_, kNow, requests[i].completion()));
  EXPECT_TRUE(requests[0].Waits());
  ASSERT_TRUE(batcher.Submit(token_, kNow, requests[2].completion()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(requests[i].Has(Reason::kAccepted));
  ASSERT_TRUE(batcher.Submit(token_, kNow, requests[3].completion()));
  EXPECT_TRUE(requests[3].Waits());
}

TEST_F(EventLoopBatcherTest, PollFlushesOnceTheOldestHasWaitedForTheDeadline) {
  Request first, second;
  EventLoopBatcher batcher(engine_, Config(64));
  EXPECT_EQ(batcher.TimeLeft(), std::nullopt);
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  pinned_time += 30us;
  ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
  EXPECT_EQ(batcher.TimeLeft(), 20us);
  pinned_time += 20us - 1ns;
  batcher.Poll();
  EXPECT_TRUE(first.Waits());
  pinned_time += 1ns;
  EXPECT_EQ(batcher.TimeLeft(), 0ns);
  batcher.Poll();
  EXPECT_TRUE(first.Has(Reason::kAccepted) && second.Has(Reason::kAccepted));
  EXPECT_EQ(batcher.TimeLeft(), std::nullopt);
}

TEST_F(EventLoopBatcherTest, TokensSubmittedByCallsWaitForTheNextFlush) {
  Request first, second, again[3];
  EventLoopBatcher batcher(engine_, Config(2));
  first.then = [&] {
    for (Request& each : again) ASSERT_TRUE(batcher.Submit(token_, kNow, each.completion()));
    batcher.Flush();
    EXPECT_TRUE(again[0].Waits());
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
  EXPECT_TRUE(second.Has(Reason::kAccepted));
  for (Request& each : again) EXPECT_TRUE(each.Waits());
  EXPECT_EQ(batcher.TimeLeft(), 50us);
  batcher.Flush();
  for (Request& each : again) EXPECT_TRUE(each.Has(Reason::kAccepted));
}

TEST_F(EventLoopBatcherTest, IsFullWithinCallsAndElsewhereFlushesFirst) {
  Request first, within[3], after;
  EventLoopBatcher batcher(engine_, Config(2, 2));
  first.then = [&] {
    EXPECT_TRUE(batcher.Submit(token_, kNow, within[0].completion()));
    EXPECT_TRUE(batcher.Submit(token_, kNow, within[1].completion()));
    EXPECT_FALSE(batcher.Submit(token_, kNow, within[2].completion()));
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  batcher.Flush();
  EXPECT_TRUE(within[0].Waits());
  EXPECT_TRUE(batcher.Submit(token_, kNow, after.completion()));
  EXPECT_TRUE(within[0].Has(Reason::kAccepted) && within[1].Has(Reason::kAccepted));
  EXPECT_TRUE(within[2].Waits() && after.Waits());
}

TEST_F(EventLoopBatcherTest, EachTokenIsJudgedAtItsOwnTime) {
  const std::int64_t times[] = {kNow, kNow + 599, kNow + 600, kNow + 600, kNow};
  Request requests[5];
  EventLoopBatcher batcher(engine_, Config(64));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(batcher.Submit(token_, times[i], requests[i].completion()));
  batcher.Flush();
  const Reason expected[] = {Reason::kAccepted, Reason::kAccepted, Reason::kExpired, Reason::kExpired,
                             Reason::kAccepted};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(requests[i].Has(expected[i])) << i;
}

TEST_F(EventLoopBatcherTest, KeysPublishedBeforeTheFlushAreInForce) {
  Request request;
  EventLoopBatcher batcher(engine_, Config(64));
  ASSERT_TRUE(batcher.Submit(token_, kNow, request.completion()));
  const SigningKey other = SigningKey::Make(Algorithm::kES256, "other", 1);
  ASSERT_TRUE(testing::InstallKeys(engine_, 0, testing::JwkSet({other})).ok());
  batcher.Flush();
  EXPECT_TRUE(request.Has(Reason::kKeyNotFound));
}

TEST_F(EventLoopBatcherTest, NothingIsLeftUnansweredAtTheEnd) {
  Request request;
  {
    EventLoopBatcher batcher(engine_, Config(64));
    ASSERT_TRUE(batcher.Submit(token_, kNow, request.completion()));
  }
  EXPECT_TRUE(request.Has(Reason::kAccepted));
}

TEST_F(EventLoopBatcherTest, AtTheEndCallsCannotSubmitAnyMore) {
  Request request, late;
  bool taken = true;
  {
    EventLoopBatcher batcher(engine_, Config(64));
    request.then = [&] { taken = batcher.Submit(token_, kNow, late.completion()); };
    ASSERT_TRUE(batcher.Submit(token_, kNow, request.completion()));
  }
  EXPECT_TRUE(request.Has(Reason::kAccepted));
  EXPECT_FALSE(taken);
  EXPECT_TRUE(late.Waits());
}

TEST_F(EventLoopBatcherTest, OutsideOfCallsIsFullOnlyIfCallsFillItAnew) {
  EventLoopBatcher batcher(engine_, Config(1, 1));
  Request first, second, third, after;
  const auto submit = [&](Request& request) { EXPECT_TRUE(batcher.Submit(token_, kNow, request.completion())); };
  first.then = [&] { submit(second); };
  second.then = [&] { submit(third); };
  submit(first);
  EXPECT_TRUE(second.Waits());
  EXPECT_FALSE(batcher.Submit(token_, kNow, after.completion()));
  EXPECT_TRUE(second.Has(Reason::kAccepted));
  EXPECT_TRUE(third.Waits() && after.Waits());
  submit(after);
  EXPECT_TRUE(third.Has(Reason::kAccepted) && after.Has(Reason::kAccepted));
}

TEST_F(BatcherTest, ALoneTokenIsAnsweredWithinSubmit) {
  Batcher batcher(engine_, Config(64));
  for (int i = 0; i < 3; ++i) {
    Request request;
    ASSERT_TRUE(batcher.Submit(i == 1 ? expired_ : token_, kNow, request.completion()));
    EXPECT_TRUE(request.Has(i == 1 ? Reason::kExpired : Reason::kAccepted));
  }
}

// In the tests below a call stands for a flush that takes its time: while it runs, a worker is busy.

TEST_F(BatcherTest, WhileOthersAreNotAlwaysAtWorkNothingGathers) {
  for (const std::size_t workers : {1u, 2u}) {
    Batcher batcher(engine_, Config(64, 1024, workers));
    Request first, second;
    first.then = [&] {
      ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
      EXPECT_EQ(second.Waits(), workers == 1);
    };
    ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
    EXPECT_TRUE(second.Has(Reason::kAccepted));
  }
}

// Within a call: submits so many tokens, and has them answered, that from now on tokens gather.
void SubmitMany(Batcher& batcher) {
  Request answered;
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(batcher.Submit("", kNow, answered.completion()));
  batcher.Flush();
  ASSERT_EQ(answered.verdicts.size(), 2000u);
}

TEST_F(BatcherTest, WhileOthersAreAlwaysAtWorkTokensGatherForThem) {
  for (const std::size_t workers : {1u, 2u, 8u}) {  // of which as many are at work as threads submit
    Batcher batcher(engine_, Config(64, 4096, workers));
    Request first, second, third;
    first.then = [&] {
      if (workers > 1) SubmitMany(batcher);
      ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
      ASSERT_TRUE(batcher.Submit(expired_, kNow, third.completion()));
      EXPECT_TRUE(second.Waits() && third.Waits());
    };
    ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
    EXPECT_TRUE(second.Has(Reason::kAccepted));
    EXPECT_TRUE(third.Has(Reason::kExpired));
  }
}

TEST_F(BatcherTest, AWholeBatchTakesAFurtherWorker) {
  Batcher batcher(engine_, Config(3));
  Request first, gathered[3];
  first.then = [&] {
    SubmitMany(batcher);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(batcher.Submit(token_, kNow, gathered[i].completion()));
    EXPECT_TRUE(gathered[0].Waits());
    ASSERT_TRUE(batcher.Submit(token_, kNow, gathered[2].completion()));
    for (Request& each : gathered) EXPECT_TRUE(each.Has(Reason::kAccepted));
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  ASSERT_TRUE(first.Has(Reason::kAccepted));
}

TEST_F(BatcherTest, AnOverdueTokenTakesAFurtherWorker) {
  Batcher batcher(engine_, Config(64));
  Request first, second, third;
  first.then = [&] {
    SubmitMany(batcher);
    ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
    pinned_time += 50us - 1ns;
    batcher.Poll();
    EXPECT_TRUE(second.Waits());
    pinned_time += 1ns;
    ASSERT_TRUE(batcher.Submit(token_, kNow, third.completion()));
    EXPECT_TRUE(second.Has(Reason::kAccepted) && third.Has(Reason::kAccepted));
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  ASSERT_TRUE(first.Has(Reason::kAccepted));
}

TEST_F(BatcherTest, FlushTakesAFurtherWorkerAtOnceWhenThereIsOne) {
  for (const std::size_t workers : {1u, 2u}) {
    Batcher batcher(engine_, Config(64, 1024, workers));
    Request first, second;
    first.then = [&] {
      if (workers == 2) SubmitMany(batcher);
      ASSERT_TRUE(batcher.Submit(token_, kNow, second.completion()));
      EXPECT_TRUE(second.Waits());
      batcher.Flush();
      EXPECT_EQ(second.Waits(), workers == 1);
    };
    ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
    EXPECT_TRUE(second.Has(Reason::kAccepted));
  }
}

TEST_F(BatcherTest, AThreadIsNotKeptForAsLongAsTokensComeWhileAnotherIsAtWork) {
  Batcher batcher(engine_, Config(64, 1024, 2));
  std::array<Request, 100> others;
  Request first, last;
  for (std::size_t i = 0; i < others.size(); ++i) {
    Request& next = i + 1 < others.size() ? others[i + 1] : last;
    others[i].then = [&] { ASSERT_TRUE(batcher.Submit(token_, kNow, next.completion())); };
  }
  first.then = [&] {
    ASSERT_TRUE(batcher.Submit(token_, kNow, others[0].completion()));  // on a worker of its own
    const auto waits = [](const Request& each) { return each.verdicts.empty(); };
    EXPECT_GE(std::count_if(others.begin(), others.end(), waits), 90);
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  EXPECT_TRUE(last.Has(Reason::kAccepted));  // by the one that was at work
}

TEST_F(BatcherTest, SubmittersRelieveAThreadTheSoonerTheLongerItGoesOnForOthers) {
  Batcher batcher(engine_, Config(17));
  Request first, own[17], second, others[5];
  const auto submit = [&](Request& request) { ASSERT_TRUE(batcher.Submit(token_, kNow, request.completion())); };
  first.then = [&] {  // its own turn: a whole batch relieves it
    SubmitMany(batcher);
    for (int i = 0; i < 16; ++i) submit(own[i]);
    EXPECT_TRUE(own[0].Waits());
    submit(own[16]);
    EXPECT_TRUE(own[0].Has(Reason::kAccepted));
    submit(second);
    EXPECT_TRUE(second.Waits());
  };
  second.then = [&] {  // the first one for others: five
    for (int i = 0; i < 4; ++i) submit(others[i]);
    EXPECT_TRUE(others[0].Waits());
    submit(others[4]);
    EXPECT_TRUE(others[0].Has(Reason::kAccepted));
  };
  submit(first);
  ASSERT_TRUE(second.Has(Reason::kAccepted));
}

TEST_F(BatcherTest, SaysFullAndKeepsNothing) {
  Batcher batcher(engine_, Config(4, 4, 1));
  Request first, waiting[4], refused;
  first.then = [&] {
    for (Request& each : waiting) EXPECT_TRUE(batcher.Submit(token_, kNow, each.completion()));
    EXPECT_FALSE(batcher.Submit(token_, kNow, refused.completion()));
    EXPECT_FALSE(batcher.Validate(token_, kNow, refused.completion()));
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  for (Request& each : waiting) EXPECT_TRUE(each.Has(Reason::kAccepted));
  EXPECT_TRUE(refused.Waits());
}

TEST_F(BatcherTest, ATicketIsPolledForACopyOfTheVerdict) {
  Batcher batcher(engine_, Config(64));
  Request first;
  Ticket good, bad;
  first.then = [&] {
    SubmitMany(batcher);
    ASSERT_TRUE(batcher.Submit(token_, kNow, good.completion()));
    ASSERT_TRUE(batcher.Submit(expired_, kNow, bad.completion()));
    EXPECT_FALSE(good.done());
  };
  ASSERT_TRUE(batcher.Submit(token_, kNow, first.completion()));
  ASSERT_TRUE(good.done() && bad.done());
  EXPECT_EQ(good.verdict().reason, Reason::kAccepted);
  EXPECT_EQ(good.verdict().kid, "k");
  EXPECT_NE(good.verdict().claims_json.find("user-1"), std::string::npos);
  EXPECT_EQ(bad.verdict().reason, Reason::kExpired);
  const Completion again = good.completion();
  EXPECT_FALSE(good.done());
  EXPECT_EQ(good.verdict().reason, Reason::kUnset);
  ASSERT_TRUE(batcher.Submit(expired_, kNow, again));
  EXPECT_EQ(good.verdict().reason, Reason::kExpired);
}

TEST_F(BatcherTest, SizesOfNothingAreTakenAsTheLeastThatWorks) {
  Batcher batcher(engine_, {.batch_size = 0, .queue_capacity = 0});
  EventLoopBatcher loop(engine_, {.batch_size = 0, .queue_capacity = 0});
  Request one, two;
  ASSERT_TRUE(batcher.Submit(token_, kNow, one.completion()));
  ASSERT_TRUE(loop.Submit(token_, kNow, two.completion()));
  EXPECT_TRUE(one.Has(Reason::kAccepted) && two.Has(Reason::kAccepted));
}

TEST_F(BatcherTest, MoreWorkersThanAnyHostHasThreadsForAreNotMade) {
  for (const std::size_t workers : {BatcherConfig::kMaxWorkers + 1, SIZE_MAX}) {
    EXPECT_EQ(Normalized(BatcherConfig{.workers = workers}).workers, BatcherConfig::kMaxWorkers);
  }
  EXPECT_EQ(Normalized(BatcherConfig{.workers = 3}).workers, 3u);
  EXPECT_GE(Normalized(BatcherConfig{}).workers, 2u);
}

}  // namespace
}  // namespace assay
