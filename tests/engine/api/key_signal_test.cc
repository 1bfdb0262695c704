#include "engine/api/key_signal.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace assay {
namespace {

bool IsReadable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

// A descriptor that stays readable has its host's loop run round and round.
TEST(KeySignalTest, NothingIsLeftToReadWhereARaiseAndALowerMeet) {
  constexpr int kRounds = 5'000;
  KeySignal signal;
  ASSERT_GE(signal.fd(), 0);
  std::atomic<int> begun{0}, raised{0};
  std::thread publisher([&] {
    for (int round = 1; round <= kRounds; ++round) {
      while (begun.load() != round) std::this_thread::yield();
      signal.Raise();
      raised.store(round);
    }
  });
  int left = 0;
  for (int round = 1; round <= kRounds; ++round) {
    begun.store(round);
    while (raised.load() != round) {
      signal.Lower();
      std::this_thread::yield();
    }
    signal.Lower();
    if (IsReadable(signal.fd())) ++left;
  }
  publisher.join();
  EXPECT_EQ(left, 0);
  signal.Raise();
  EXPECT_TRUE(IsReadable(signal.fd())) << "and a later one is still told of";
}

}  // namespace
}  // namespace assay
