// Interleavings: runs a few programs over simulated atomics in every order that there is.
//
//   Interleavings run;
//   ASSERT_TRUE(run.Next()); do { set up; run.Run({program, program}); check; } while (run.Next());
//
// # What is enumerated
// A program runs up to its next atomic operation or Step() and then waits to be chosen again, so a run is
// a sequence of choices of whose turn it is; all sequences are gone through, depth first. Atomics are
// sequentially consistent, but for one weakness, x86's: a store of a weaker order than seq_cst waits in its
// program's store buffer, where nobody else sees it, and reaching memory is a choice of its own. It does so
// at the latest before its program's next seq_cst store or read-modify-write. Programs are fibers of one thread.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace assay::testing {

class Interleavings {
 public:
  Interleavings() { active_ = this; }
  ~Interleavings() { active_ = nullptr; }
  Interleavings(const Interleavings&) = delete;
  Interleavings& operator=(const Interleavings&) = delete;

  // Goes on to the next order; false when there is none left.
  bool Next() {
    if (runs_ == 0 || sampling()) return true;
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().options) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }

  // Takes orders at random from now on, instead of all of them; Next() is always true.
  void Sample(unsigned seed) { random_.emplace_back(seed); }
  bool sampling() const { return !random_.empty(); }

  // Runs the programs to their ends in the order that is due.
  void Run(std::vector<std::function<void()>> programs) {
    while (fibers_.size() < programs.size()) fibers_.push_back(std::make_unique<Fiber>());
    ++runs_;
    depth_ = 0;
    if (sampling()) path_.clear();
    count_ = programs.size();
    for (std::size_t i = 0; i < count_; ++i) {
      fibers_[i]->program = std::move(programs[i]);
      fibers_[i]->finished = false;
      Resume(i);  // to its first operation, which is not carried out yet
    }
    std::vector<std::size_t> options;  // 2 * program, + 1: its oldest buffered store reaches memory
    for (;;) {
      options.clear();
      for (std::size_t i = 0; i < count_; ++i) {
        if (!fibers_[i]->finished) options.push_back(2 * i);
        if (!fibers_[i]->buffer.empty()) options.push_back(2 * i + 1);
      }
      if (options.empty()) return;
      const std::size_t option = options[Choose(options.size())];
      if (option % 2 == 1) {
        FlushOne(*fibers_[option / 2]);
      } else {
        Resume(option / 2);
      }
    }
  }

  std::uint64_t runs() const { return runs_; }

  // For programs: a point at which others may have their turn. Outside of Run(), nothing.
  static void Step() {
    if (active_ == nullptr || active_->current_ == nullptr) return;
    active_->Yield();
    if (std::function<void()> before = std::exchange(active_->current_->before_next, nullptr)) before();
  }

  // For programs: `what` happens together with this program's next operation, just before it.
  static void BeforeNextStep(std::function<void()> what) { active_->current_->before_next = std::move(what); }

 private:
  template <typename T>
  friend class SimulatedAtom;

  struct Store {
    const void* where;
    std::uint64_t value;
    std::function<void()> apply;
  };
  struct Fiber {
    std::vector<char> stack = std::vector<char>(64 * 1024);
    ucontext_t context{};
    jmp_buf at;
    bool started = false;
    bool finished = true;
    std::function<void()> program;
    std::function<void()> before_next;
    std::vector<Store> buffer;  // oldest first
  };
  struct Choice {
    std::size_t chosen;
    std::size_t options;
  };

  std::size_t Choose(std::size_t options) {
    if (sampling()) return random_.front()() % options;
    if (depth_ == path_.size()) path_.push_back({0, options});
    return path_[depth_++].chosen;
  }

  // Switching is by setjmp, which unlike swapcontext makes no system call.
  void Resume(std::size_t index) {
    Fiber& fiber = *fibers_[index];
    current_ = &fiber;
    if (_setjmp(scheduler_) == 0) {
      if (fiber.started) _longjmp(fiber.at, 1);
      fiber.started = true;
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.data();
      fiber.context.uc_stack.ss_size = fiber.stack.size();
      makecontext(&fiber.context, &Interleavings::FiberMain, 0);
      setcontext(&fiber.context);
    }
    current_ = nullptr;
  }

  void Yield() {
    if (_setjmp(current_->at) == 0) _longjmp(scheduler_, 1);
  }

  static void FiberMain() {
    for (;;) {
      active_->current_->program();
      active_->current_->finished = true;
      active_->Yield();
    }
  }

  static void FlushOne(Fiber& fiber) {
    fiber.buffer.front().apply();
    fiber.buffer.erase(fiber.buffer.begin());
  }
  static void FlushAll() {
    if (active_ == nullptr || active_->current_ == nullptr) return;
    while (!active_->current_->buffer.empty()) FlushOne(*active_->current_);
  }
  // The newest store to `where` that the running program has in its buffer.
  static const Store* Buffered(const void* where) {
    if (active_ == nullptr || active_->current_ == nullptr) return nullptr;
    const std::vector<Store>& buffer = active_->current_->buffer;
    for (std::size_t i = buffer.size(); i > 0; --i) {
      if (buffer[i - 1].where == where) return &buffer[i - 1];
    }
    return nullptr;
  }
  static std::vector<Store>* Buffer() {
    return active_ == nullptr || active_->current_ == nullptr ? nullptr : &active_->current_->buffer;
  }

  static inline Interleavings* active_ = nullptr;

  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::size_t count_ = 0;
  Fiber* current_ = nullptr;
  jmp_buf scheduler_;
  std::vector<Choice> path_;
  std::size_t depth_ = 0;
  std::uint64_t runs_ = 0;
  std::vector<std::mt19937> random_;  // one when sampling
};

// In std::atomic's place, for integers and pointers.
template <typename T>
class SimulatedAtom {
 public:
  SimulatedAtom(T value = {}) : value_(value) {}  // NOLINT: as std::atomic's
  SimulatedAtom(const SimulatedAtom&) = delete;
  SimulatedAtom& operator=(const SimulatedAtom&) = delete;

  T load(std::memory_order = std::memory_order_seq_cst) const {
    Interleavings::Step();
    const auto* const own = Interleavings::Buffered(this);
    return own == nullptr ? value_ : FromBits(own->value);
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    Interleavings::Step();
    if (auto* const buffer = Interleavings::Buffer(); buffer != nullptr && order != std::memory_order_seq_cst) {
      buffer->push_back({this, ToBits(value), [this, value] { value_ = value; }});
      return;
    }
    Interleavings::FlushAll();
    value_ = value;
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst) {
    Interleavings::Step();
    Interleavings::FlushAll();
    return std::exchange(value_, value);
  }
  T fetch_add(T by, std::memory_order = std::memory_order_seq_cst) {
    Interleavings::Step();
    Interleavings::FlushAll();
    return std::exchange(value_, static_cast<T>(value_ + by));
  }

 private:
  static std::uint64_t ToBits(T value) {
    if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<std::uintptr_t>(value);
    } else {
      return static_cast<std::uint64_t>(value);
    }
  }
  static T FromBits(std::uint64_t bits) {
    if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<T>(static_cast<std::uintptr_t>(bits));
    } else {
      return static_cast<T>(bits);
    }
  }

  T value_;
};

}  // namespace assay::testing
