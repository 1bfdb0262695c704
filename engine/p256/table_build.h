// Builds comb tables with any arithmetic mod p. Additions are affine and share inversions (Montgomery's trick).
//
// Let B = 2^(w i) P. Entry j of window i is (2j + 1) B, and for 2^(t-1) <= j < 2^t it is entry
// j - 2^(t-1) plus 2^t B, so w - 1 rounds of independent additions fill all windows at once. The
// points 2^k P come from one chain of doublings. No addition meets equal or opposite points or
// infinity: the multiples (2j + 1) < 2^t of a point of order n differ from +-2^t mod n.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/base/check.h"
#include "engine/p256/comb.h"
#include "engine/p256/field64.h"
#include "engine/p256/key_table.h"
#include "engine/p256/point.h"

namespace assay::p256 {

// AddPowers: windows[i][half + j] := windows[i][j] + powers[i] for i < count and j < half. Requires half to be a
// multiple of 8 and none of these additions to be exceptional. False if an inversion failed its check.
using AddPowers = bool (*)(TableEntry* const* windows, const TableEntry* powers, std::size_t count, std::size_t half);

template <class Arith>
class TableBuilder {
 public:
  using F = Field64<Arith>;

  // Build: see KeyTable::Build. `add_powers`, unless null, does the additions that come in eights.
  static std::unique_ptr<const KeyTable> Build(const std::uint8_t* x32, const std::uint8_t* y32, int window,
                                               AddPowers add_powers = nullptr) {
    if (window < kMinWindow || window > kMaxWindow) return nullptr;
    const U256 x = LoadBigEndian(x32);
    const U256 y = LoadBigEndian(y32);
    if (!Less(x, kP) || !Less(y, kP)) return nullptr;
    const Affine<F> point{F::FromU256(x), F::FromU256(y)};
    if (!IsOnCurve(point)) return nullptr;
    auto table = std::make_unique<KeyTable>(window);
    const PopulatedPages memory(sizeof(Workspace));
    TableBuilder builder(*table, *static_cast<Workspace*>(memory.get()));
    builder.Doublings(point);
    for (int t = 1; t < window; ++t) {
      if (add_powers != nullptr && t >= 4) {
        builder.WideRound(t, add_powers);
      } else {
        builder.Round(t);
      }
    }
    return table;
  }

  static bool IsOnCurve(const Affine<F>& a) {
    // x^3 - 3x + b
    const Fp x3 = F::Mul(F::Sqr(a.x), a.x);
    const Fp three_x = F::Add(F::Add(a.x, a.x), a.x);
    return F::Sqr(a.y) == F::Add(F::Sub(x3, three_x), F::FromU256(kB));
  }

 private:
  struct Pending {
    const TableEntry* a;
    const Affine<F>* b;
    TableEntry* sum;
  };
  static constexpr std::size_t kShared = 512;  // additions that share an inversion
  static constexpr std::size_t kPowers = 256 + kMaxWindow;
  static_assert(kPowers >= kMaxWindow * Windows(kMaxWindow));

  struct Workspace {
    Affine<F> powers[kPowers];  // 2^k P
    Xyzz<F> chain[kPowers];
    Fp prefix[kShared];
    Pending pending[kShared];
  };
  static_assert(kPowers <= kShared);

  TableBuilder(KeyTable& table, Workspace& workspace)
      : window_(table.window()), entries_(table.mutable_entries()), work_(workspace) {}

  TableEntry* Window(int i) { return entries_ + static_cast<std::size_t>(i) * WindowEntries(window_); }

  // Doublings: powers[k] := 2^k P, affine, and entry 0 of every window.
  void Doublings(const Affine<F>& point) {
    const std::size_t count = static_cast<std::size_t>(window_ * Windows(window_));
    Xyzz<F>* const chain = work_.chain;
    Fp* const prefix = work_.prefix;
    chain[0] = ToXyzz(point);
    for (std::size_t k = 1; k < count; ++k) chain[k] = Double(chain[k - 1]);
    Fp product = F::One();
    for (std::size_t k = 0; k < count; ++k) {
      prefix[k] = product;
      product = F::Mul(product, chain[k].zzz);
    }
    Fp inverse = Invert(product);
    for (std::size_t k = count; k-- > 0;) {
      const Fp i = F::Mul(inverse, prefix[k]);
      inverse = F::Mul(inverse, chain[k].zzz);
      // 1/ZZ = (ZZ/ZZZ)^2
      work_.powers[k] = {F::Mul(chain[k].x, F::Sqr(F::Mul(chain[k].zz, i))), F::Mul(chain[k].y, i)};
    }
    for (int i = 0; i < Windows(window_); ++i) {
      const Affine<F>& base = work_.powers[static_cast<std::size_t>(window_ * i)];
      *Window(i) = {base.x.v, base.y.v};
    }
  }

  void Round(int t) {
    const std::size_t half = std::size_t{1} << (t - 1);
    const int last = Windows(window_) - 1;
    for (int i = 0; i <= last; ++i) {
      if (i == last && half >= TopWindowEntries(window_)) continue;
      for (std::size_t j = 0; j < half; ++j) {
        if (count_ == kShared) Flush();
        work_.pending[count_++] = {Window(i) + j, &work_.powers[static_cast<std::size_t>(window_ * i + t)],
                                   Window(i) + half + j};
      }
    }
    Flush();
  }

  void WideRound(int t, AddPowers add_powers) {
    const std::size_t half = std::size_t{1} << (t - 1);
    TableEntry* windows[Windows(kMinWindow)];
    TableEntry powers[Windows(kMinWindow)];
    std::size_t count = 0;
    for (int i = 0; i < Windows(window_); ++i) {
      if (i == Windows(window_) - 1 && half >= TopWindowEntries(window_)) continue;
      const Affine<F>& power = work_.powers[static_cast<std::size_t>(window_ * i + t)];
      windows[count] = Window(i);
      powers[count++] = {power.x.v, power.y.v};
    }
    ASSAY_CHECK(add_powers(windows, powers, count, half));
  }

  void Flush() {
    Fp product = F::One();
    for (std::size_t k = 0; k < count_; ++k) {
      const Pending& add = work_.pending[k];
      work_.prefix[k] = product;
      product = F::Mul(product, F::Sub(add.b->x, Fp{add.a->x}));
    }
    Fp inverse = Invert(product);
    for (std::size_t k = count_; k-- > 0;) {
      const Pending& add = work_.pending[k];
      const Affine<F> a{{add.a->x}, {add.a->y}};
      const Affine<F>& b = *add.b;
      const Fp slope = F::Mul(F::Sub(b.y, a.y), F::Mul(inverse, work_.prefix[k]));
      inverse = F::Mul(inverse, F::Sub(b.x, a.x));
      const Fp x = F::Sub(F::Sub(F::Sqr(slope), a.x), b.x);
      *add.sum = {x.v, F::Sub(F::Mul(slope, F::Sub(a.x, x)), a.y).v};
    }
    count_ = 0;
  }

  static Fp Invert(const Fp& a) {
    const Fp inverse = F::InvertVartime(a);
    ASSAY_CHECK(F::Mul(a, inverse) == F::One());
    return inverse;
  }

  int window_;
  TableEntry* entries_;
  Workspace& work_;
  std::size_t count_ = 0;  // of work_.pending
};

}  // namespace assay::p256
