// What the processes of key_folder_processes_test.cc share: a file that they all map.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <new>
#include <string>

#include "engine/api/clock.h"
#include "engine/base/check.h"
#include "engine/base/descriptor.h"
#include "tests/testing/signing_key.h"
#include "tests/testing/token.h"

namespace assay::testing {

inline constexpr unsigned kRotatingKeys = 4, kWorkerProcesses = 16;
inline constexpr unsigned kNoRotation = ~0u;

// RotatingKey: key `number` of those that rotate; kRotatingKeys: one that is in no set, ever.
inline SigningKey RotatingKey(unsigned number) {
  return SigningKey::Make(Algorithm::kES256, "k" + std::to_string(number), number);
}

// WorkerSlot: one process's.
struct WorkerSlot {
  std::atomic<bool> holds{false};               // it fetches
  std::atomic<unsigned> rotation{kNoRotation};  // it has the keys of this one
  std::atomic<std::uint64_t> judged{0};         // tokens that must be accepted, and whose verdict is certain
  std::atomic<std::uint64_t> hostile{0};        // tokens that must be refused
  std::atomic<std::uint64_t> wrongly_refused{0}, wrongly_accepted{0};
  std::atomic<std::uint64_t> early{0};            // refused by a process that has never had the present keys
  std::atomic<unsigned> refused_at{kNoRotation};  // the rotation whose keys it had at the first wrong refusal
};

struct WorkerBoard {
  std::atomic<unsigned> stable{1};   // the key that is in the sets of this rotation and of the next
  std::atomic<unsigned> serving{0};  // the rotation whose keys are served: this one and the next
  std::array<WorkerSlot, kWorkerProcesses> slots;
};
static_assert(std::atomic<unsigned>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

// MapBoard: the board in this file, for as long as the process lives; made anew by who gives `make`.
inline WorkerBoard* MapBoard(const std::string& path, bool make) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSAY_CHECK(file.get() >= 0 && (!make || ::ftruncate(file.get(), sizeof(WorkerBoard)) == 0));
  void* const room = ::mmap(nullptr, sizeof(WorkerBoard), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  ASSAY_CHECK(room != MAP_FAILED);
  return make ? new (room) WorkerBoard : static_cast<WorkerBoard*>(room);
}

// FastClock: the machine's, `times` as fast from `start` on (of Clock::Now()); the wall clock then shows kNow.
class FastClock : public Clock {
 public:
  FastClock(std::int64_t start, std::int64_t times) : start_(start), times_(times) {}
  std::chrono::milliseconds Now() const override { return std::chrono::milliseconds(start_) + SinceStart(); }
  std::int64_t UnixSeconds() const override {
    return kNow + std::chrono::floor<std::chrono::seconds>(SinceStart()).count();
  }
  std::chrono::milliseconds SinceStart() const {
    return (Clock::System().Now() - std::chrono::milliseconds(start_)) * times_;
  }

 private:
  const std::int64_t start_, times_;
};

}  // namespace assay::testing
