// SnapshotCell: read-copy-update of one immutable object, with wait-free readers and epoch-based reclamation.
//
// # Example
//   SnapshotCell<TrustSnapshot> cell(std::move(first));
//   SnapshotCell<TrustSnapshot>::Reader reader(cell);     // once per worker
//   { auto pin = reader.Pin(); use(*pin); }               // once per batch
//   cell.Publish(std::move(next));                        // any thread
//
// # Guarantees
//  - Pin() is wait-free: two stores and two loads, none of them to a line that another reader writes.
//  - A pin sees one whole snapshot: the newest whose Publish() returned before Pin() began, or a newer one.
//  - A snapshot is freed once no pin can hold it: at the first Publish() or Collect() after that.
//  - A reader without a pin holds nothing up, however long it sleeps.
//
// # How
// Epochs count publications. A pinning reader writes the current epoch into its own slot and only then
// loads the pointer. A writer swaps the pointer and only then advances the epoch, so whoever got the old
// pointer had written an epoch no later than the one under which it was retired, and had written it
// before the swap. Hence a retired snapshot is free when every slot is idle or holds a later epoch.
// Those operations are sequentially consistent: the argument is about one order of them all. Ending a pin
// needs only release, so that the reads of the snapshot stay before it.
//
// # Memory
// Snapshots alive = the current one + those retired while the oldest pin has lasted. Pins last for one
// batch, so under a rotation every millisecond that is a handful.
//
// # Why not userspace RCU
// bench/snapshot_bench.cc measures both. A pin costs what the read side of liburcu's memb and bp flavours
// does, about 2.5 ns, flat in threads and under rotation; qsbr costs 1 ns and mb 50. (std::shared_mutex costs
// 6 ns and std::atomic<std::shared_ptr> 11, and 30 and 100 with a second reader.) At no gain in speed liburcu
// registers threads, where a worker may move between them; a qsbr reader that sleeps must have said so, or
// holds every writer up; writers wait for readers, or need a thread; and every host would have to carry it.
// Nor does the argument above rest on barriers that ThreadSanitizer and a search of all orders cannot see.
//
// # When not to use it
// When readers keep references beyond a short call (use std::shared_ptr), or when writes are frequent
// (each takes a lock and looks at every slot).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace assay {

template <typename T, template <typename> class Atom = std::atomic>
class SnapshotCell {
  // Slot: padded to a pair of cache lines against false sharing (the prefetcher fetches lines in pairs).
  struct alignas(128) Slot {
    Atom<std::uint64_t> epoch{kIdle};
    bool in_use = true;  // guarded by mutex_
  };

 public:
  explicit SnapshotCell(std::unique_ptr<const T> first) : current_(first.release()) {}

  // ~SnapshotCell: requires that no reader is left.
  ~SnapshotCell() {
    delete current_.load();
    for (const Retired& retired : retired_) delete retired.object;
  }

  SnapshotCell(const SnapshotCell&) = delete;
  SnapshotCell& operator=(const SnapshotCell&) = delete;

  class Reader {
   public:
    // Pinned: keeps the object that it pins alive until it is destroyed. Not to be copied or moved.
    class Pinned {
     public:
      explicit Pinned(Reader& reader) : slot_(*reader.slot_) {
        slot_.epoch.store(reader.cell_.epoch_.load());
        object_ = reader.cell_.current_.load();
      }
      ~Pinned() { slot_.epoch.store(kIdle, std::memory_order_release); }
      Pinned(const Pinned&) = delete;
      Pinned& operator=(const Pinned&) = delete;

      const T& operator*() const { return *object_; }
      const T* operator->() const { return object_; }

     private:
      Slot& slot_;
      const T* object_;
    };

    // Reader: takes a lock that pins never take. The cell outlives the reader.
    explicit Reader(SnapshotCell& cell) : cell_(cell), slot_(cell.TakeSlot()) {}
    ~Reader() { cell_.GiveBack(slot_); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Pin: one pin at a time per reader.
    Pinned Pin() { return Pinned(*this); }

   private:
    SnapshotCell& cell_;
    Slot* const slot_;
  };

  // Publish: replaces the object. Thread-safe.
  void Publish(std::unique_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    retired_.reserve(retired_.size() + 1);  // may throw: until here nothing has changed
    const T* const old = current_.exchange(next.release());
    retired_.push_back({old, epoch_.fetch_add(1)});
    CollectLocked();
  }

  // Collect: frees what no pin can hold any more; returns how many objects still wait.
  std::size_t Collect() {
    const std::lock_guard lock(mutex_);
    CollectLocked();
    return retired_.size();
  }

 private:
  static constexpr std::uint64_t kIdle = 0;

  struct Retired {
    const T* object;
    std::uint64_t epoch;
  };

  void CollectLocked() {
    std::uint64_t oldest = UINT64_MAX;
    for (const auto& slot : slots_) {
      const std::uint64_t epoch = slot->epoch.load();
      if (epoch != kIdle) oldest = std::min(oldest, epoch);
    }
    std::erase_if(retired_, [&](const Retired& retired) {
      if (retired.epoch >= oldest) return false;
      delete retired.object;
      return true;
    });
  }

  Slot* TakeSlot() {
    const std::lock_guard lock(mutex_);
    for (const auto& slot : slots_) {
      if (std::exchange(slot->in_use, true)) continue;
      return slot.get();
    }
    slots_.push_back(std::make_unique<Slot>());
    return slots_.back().get();
  }

  void GiveBack(Slot* slot) {
    const std::lock_guard lock(mutex_);
    slot->in_use = false;
  }

  Atom<const T*> current_;
  Atom<std::uint64_t> epoch_{kIdle + 1};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Retired> retired_;
};

}  // namespace assay
