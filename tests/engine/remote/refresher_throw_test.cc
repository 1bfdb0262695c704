// What is thrown on the refresher's threads, which have no caller: the host goes on.
#include <algorithm>
#include <atomic>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/remote/refresher_fixture.h"
#include "tests/testing/eventually.h"

namespace assay::testing {
namespace {

using remote::FetchReply;
using remote::FetchRequest;
using std::chrono::hours;
using std::chrono::seconds;

TEST_F(RefresherTest, AFetchThatThrowsHasFailedAndIsTriedAgain) {
  const std::pair<std::function<void()>, std::string> thrown[] = {
      {[] { throw std::bad_alloc(); }, "std::bad_alloc"},
      {[] { throw std::runtime_error("out of order"); }, "out of order"},
      {[] { throw 1; }, "exception"}};
  for (const auto& [throws, what] : thrown) {
    Make();
    fetcher_->Set(kKeysUrl, [call = throws](const FetchRequest&) -> FetchReply {
      call();
      return {};
    });
    refresher_->RunDue();
    EXPECT_EQ(Status().failures, 1u) << what;
    EXPECT_EQ(Status().last_error, what);
    EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
    Serve({Key(0)});
    Pass(seconds(2));
    EXPECT_EQ(Judge(Key(0)), Reason::kAccepted) << what;
  }
}

// ThrowingLog: a host's callback that throws at some events: what is under way then is under no lock, and half done.
class ThrowingLog : public RefresherTest {
 protected:
  void MakeThrowing(std::vector<std::string> events) {
    MakeLogging({FetchedIssuer()}, [this, events = std::move(events)](const LogEvent& event) {
      if (!is_throwing_ || std::find(events.begin(), events.end(), event.event) == events.end()) return;
      ++thrown_;
      throw std::runtime_error("the log is full");
    });
  }

  std::atomic<bool> is_throwing_{true};
  std::atomic<int> thrown_{0};
};

TEST_F(ThrowingLog, AnInstallationThatThrowsKeepsNoOtherWaiting) {
  MakeThrowing({"key_set_loaded", "refresh_failed"});
  Serve({Key(0)});
  refresher_->RunDue();
  EXPECT_EQ(thrown_, 2);
  EXPECT_EQ(Status().failures, 1u);
  is_throwing_ = false;
  Serve({Key(1)});
  Pass(seconds(2));
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Status().failures_in_a_row, 0u);
}

TEST_F(ThrowingLog, TheSchedulingThreadGoesOn) {
  MakeThrowing({"keys_withdrawn", "max_stale_reached", "refresh_failed"});
  Serve({Key(0)});
  refresher_->Start();
  ASSERT_TRUE(Eventually([&] { return Judge(Key(0)) == Reason::kAccepted; }));
  Fail();
  clock_.Advance(hours(25));
  ASSERT_TRUE(Eventually([&] { return thrown_ > 2; }));
  is_throwing_ = false;
  Serve({Key(1)});
  EXPECT_TRUE(Eventually([&] {
    clock_.Advance(seconds(1));
    return Judge(Key(1)) == Reason::kAccepted;
  }));
}

}  // namespace
}  // namespace assay::testing
