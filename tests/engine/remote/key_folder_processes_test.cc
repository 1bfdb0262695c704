// Processes that share a key folder, and die. Each judges tokens of which it knows what they must get.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "tests/engine/remote/key_folder_worker.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/eventually.h"
#include "tests/testing/sanitizers.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

std::string SetOf(unsigned rotation) {
  return JwkSet(
      std::vector<SigningKey>{RotatingKey(rotation % kRotatingKeys), RotatingKey((rotation + 1) % kRotatingKeys)});
}

class KeyFolderProcesses : public ::testing::Test {
 protected:
  KeyFolderProcesses() {
    std::filesystem::create_directory(keys_);
    std::filesystem::permissions(keys_, std::filesystem::perms::owner_all);
    for (unsigned i = 0; i < kRotatingKeys; ++i) sets_.push_back(SetOf(i));
  }
  ~KeyFolderProcesses() override {
    for (unsigned i = 0; i < kWorkerProcesses; ++i) Kill(i);
  }

  // A process in this slot, of `times_` and `refresh_`.
  void Start(unsigned slot) {
    WorkerSlot& its = board_->slots[slot];
    its.holds = false;
    its.rotation = kNoRotation;
    const std::vector<std::string> words = {ASSAY_KEY_FOLDER_WORKER, board_path_,
                                            std::to_string(slot),    keys_,
                                            server_.Url(),           std::to_string(start_.count()),
                                            std::to_string(times_),  std::to_string(refresh_)};
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ASSERT_GT(child, 0);
    children_[slot] = child;
  }
  void Kill(unsigned slot) {
    if (children_[slot] == 0) return;
    ::kill(children_[slot], SIGKILL);
    ::waitpid(children_[slot], nullptr, 0);
    children_[slot] = 0;
    board_->slots[slot].holds = false;
  }

  void Serve(unsigned rotation) {
    server_.SetHandler(testing::Serve(sets_[rotation % kRotatingKeys]));
    board_->serving = rotation;
  }
  bool AllHave(unsigned rotation) const {
    for (unsigned i = 0; i < kWorkerProcesses; ++i) {
      if (children_[i] != 0 && board_->slots[i].rotation != rotation) return false;
    }
    return true;
  }
  // Late: who does not have this rotation's keys, and what became of them.
  std::string Late(unsigned rotation) {
    std::string late;
    for (unsigned i = 0; i < kWorkerProcesses; ++i) {
      const unsigned has = board_->slots[i].rotation;
      if (children_[i] == 0 || has == rotation) continue;
      int status = 0;
      const bool ended = ::waitpid(children_[i], &status, WNOHANG) == children_[i];
      if (ended) children_[i] = 0;
      late += std::to_string(i) + (has == kNoRotation ? " has none" : " has " + std::to_string(has));
      if (ended) late += ", and ended with " + std::to_string(status);
      late += board_->slots[i].holds ? ", and fetches\n" : "\n";
    }
    return late + std::to_string(server_.connections()) + " fetches";
  }
  // Rotate: serves the next keys, and waits until every process has them.
  bool Rotate(unsigned rotation) {
    Serve(rotation);
    if (!Eventually([&] { return AllHave(rotation); })) return false;
    board_->stable = rotation + 1;
    return true;
  }
  // The slots of those that fetch; kWorkerProcesses: of nobody.
  unsigned Holder() const {
    unsigned slot = 0;
    while (slot < kWorkerProcesses && (children_[slot] == 0 || !board_->slots[slot].holds)) ++slot;
    return slot;
  }
  unsigned AwaitHolder() const {
    EXPECT_TRUE(Eventually([&] { return Holder() < kWorkerProcesses; }));
    return Holder();
  }

  void ExpectNoWrongVerdict() const {
    std::uint64_t judged = 0, hostile = 0, accepted = 0, early = 0;
    for (const WorkerSlot& slot : board_->slots) {
      judged += slot.judged;
      hostile += slot.hostile;
      accepted += slot.wrongly_accepted;
      early += slot.early;
      EXPECT_EQ(slot.wrongly_refused, 0u)
          << "with the keys of " << slot.refused_at << ", and " << board_->stable << " was good";
    }
    EXPECT_GT(judged, 100u);
    std::cout << judged << " tokens that must be accepted (" << early
              << " of them refused at a process's start, until it had what others used), " << hostile
              << " that must be refused\n";
    EXPECT_GT(hostile, 300u) << "a fixed share must be refused, or nothing is proved";
    EXPECT_EQ(accepted, 0u) << "of " << hostile;
    RecordProperty("tokens", std::to_string(judged + hostile));
  }

  const TemporaryFolder folder_;
  const std::string keys_ = folder_.Path("keys"), board_path_ = folder_.Path("board");
  WorkerBoard* const board_ = MapBoard(board_path_, true);
  std::vector<std::string> sets_;
  std::array<pid_t, kWorkerProcesses> children_{};
  const milliseconds start_ = Clock::System().Now();
  std::int64_t times_ = 1, refresh_ = 60;
  LoopbackServer server_{testing::Serve(SetOf(0))};
};

TEST_F(KeyFolderProcesses, WhenTheHolderIsKilledUnderLoadAnotherFetchesWithinASecond) {
  constexpr unsigned kProcesses = 4, kKills = 5;
  for (unsigned i = 0; i < kProcesses; ++i) Start(i);
  ASSERT_TRUE(Rotate(0));
  std::vector<milliseconds> taken;
  for (unsigned kill = 1; kill <= kKills; ++kill) {
    const unsigned holder = AwaitHolder();
    ASSERT_LT(holder, kWorkerProcesses);
    Serve(kill);
    const int before = server_.connections();
    const auto begun = SteadyClock::now();
    Kill(holder);
    ASSERT_TRUE(Eventually([&] { return server_.connections() > before; }));
    taken.push_back(std::chrono::duration_cast<milliseconds>(SteadyClock::now() - begun));
    ASSERT_TRUE(Eventually([&] { return AllHave(kill); })) << "who did not fetch has loaded what the other fetched";
    board_->stable = kill + 1;
    Start(holder);
    ASSERT_TRUE(Eventually([&] { return AllHave(kill); }));
  }
  std::sort(taken.begin(), taken.end());
  EXPECT_LT(taken[kKills / 2], seconds(1)) << "of all, at most " << taken.back().count() << " ms";
  // One for each holder, and now and then one that an unknown kid asked for; not one a process.
  EXPECT_LE(server_.connections(), static_cast<int>(1 + 3 * kKills));
  ExpectNoWrongVerdict();
}

// Sixteen processes, each killed at random, while keys rotate. ASSAY_FOLDER_ROTATIONS: how often. By default 50 (5
// where a sanitizer slows sixteen processes down), or as many as a busy machine gets done in 20 seconds.
TEST_F(KeyFolderProcesses, RotationsUnderRandomKillsCostNoVerdictAndNoStorm) {
  const char* const wish = std::getenv("ASSAY_FOLDER_ROTATIONS");
  const unsigned wanted =
      wish == nullptr ? (kSanitized ? 5 : 50) : static_cast<unsigned>(std::strtoul(wish, nullptr, 10));
  ASSERT_GT(wanted, 0u);
  const auto enough = SteadyClock::now() + (wish == nullptr ? seconds(20) : std::chrono::hours(24));
  times_ = 8;
  refresh_ = 2;
  for (unsigned i = 0; i < kWorkerProcesses; ++i) Start(i);
  ASSERT_TRUE(Rotate(0));
  std::mt19937 random(wanted);
  int kills = 0, pauses = 0;
  unsigned rotations = 0;
  for (unsigned rotation = 1; rotation <= wanted && (rotation <= 2 || SteadyClock::now() < enough); ++rotation) {
    // One at random, or who fetches; before the new keys are served, or after.
    const unsigned holder = AwaitHolder();
    ASSERT_LT(holder, kWorkerProcesses);
    const unsigned victim = rotation % 2 == 0 ? holder : static_cast<unsigned>(random() % kWorkerProcesses);
    if (random() % 2 == 0) Serve(rotation);
    std::this_thread::sleep_for(milliseconds(random() % 50));
    // Where there is time, now and then who fetches is not run for so long that others do, whatever it was about.
    const bool pauses_now = wish != nullptr && rotation % 20 == 7 && victim != holder;
    if (pauses_now) {
      ++pauses;
      ::kill(children_[holder], SIGSTOP);
      std::this_thread::sleep_for(milliseconds(3000 + random() % 5000));
      Serve(rotation);
      std::this_thread::sleep_for(milliseconds(random() % 1000));
      ::kill(children_[holder], SIGCONT);
    }
    Kill(victim);
    ++kills;
    Start(victim);
    ASSERT_TRUE(Rotate(rotation)) << rotation << ": " << Late(rotation);
    rotations = rotation;
  }
  const FastClock clock(start_.count(), times_);
  const auto passed = std::chrono::duration_cast<seconds>(clock.SinceStart()).count();
  // One every two seconds because it is due, one every two because of an unknown kid, one for each that took over;
  // twice that on a machine so busy that others find the holder late. Alone, each process would make as many.
  const auto late = static_cast<int>(kWorkerProcesses) * pauses;
  EXPECT_LE(server_.connections(), 2 * (passed + 2 * kills + 1) + late) << passed << " s of the processes' clock";
  EXPECT_GE(server_.connections(), static_cast<int>(rotations)) << "or the rotations have not been fetched";
  ExpectNoWrongVerdict();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(keys_)) files += entry.path().empty() ? 0u : 1u;
  EXPECT_LE(files, 4u) << "the keys, a half-written file, the lock, the requests";
  RecordProperty("fetches", server_.connections());
  RecordProperty("rotations", static_cast<int>(rotations));
  std::cout << rotations << " rotations, " << kills << " kills, " << pauses << " pauses, " << server_.connections()
            << " fetches\n";
}

}  // namespace
}  // namespace assay::testing
