#include "engine/api/key_signal.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>

namespace assay {
namespace {

bool IsReadable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

// A descriptor that stays readable has its host's loop run round and round.
TEST(KeySignalTest, NothingIsLeftToReadWhereARaiseAndALowerMeet) {
  KeySignal signal;
  ASSERT_GE(signal.fd(), 0);
  signal.Raise();
  std::uint64_t count = 0;
  ASSERT_EQ(::read(signal.fd(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
  signal.Lower();  // as between a Raise()'s two steps: it is raised, and its write is still to come
  ASSERT_EQ(::write(signal.fd(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
  EXPECT_TRUE(IsReadable(signal.fd()));
  signal.Lower();
  EXPECT_FALSE(IsReadable(signal.fd()));
  signal.Raise();
  EXPECT_TRUE(IsReadable(signal.fd())) << "and a later one is still told of";
}

}  // namespace
}  // namespace assay
