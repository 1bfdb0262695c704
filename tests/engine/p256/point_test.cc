// The templates of point.h and tree.h over a curve small enough to try everything:
// y^2 = x^3 - 3x + 10 mod 43, a group of 37 points.
#include "engine/p256/point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/p256/tree.h"

namespace assay::p256 {
namespace {

constexpr int kPrime = 43;
constexpr int kCurveB = 10;
constexpr int kOrder = 37;

struct Tiny {
  using Fe = int;
  static Fe One() { return 1; }
  static Fe Mod(int a) { return ((a % kPrime) + kPrime) % kPrime; }
  static Fe Mul(Fe a, Fe b) { return a * b % kPrime; }
  static Fe Sqr(Fe a) { return a * a % kPrime; }
  static Fe Add(Fe a, Fe b) { return (a + b) % kPrime; }
  static Fe Sub(Fe a, Fe b) { return Mod(a - b); }
  static Fe SqrSubTwice(Fe a, Fe b, Fe c) { return Mod(a * a - b - 2 * c); }
  static Fe MulSubMul(Fe a, Fe b, Fe c, Fe d) { return Mod(a * b - c * d); }
  static bool IsZero(Fe a) { return a == 0; }
  static Fe Invert(Fe a) {
    for (int i = 0; i < kPrime; ++i) {
      if (Mul(a, i) == 1) return i;
    }
    return 0;
  }
};

// A lane over Tiny. Table entries keep their coordinates in the lowest word.
struct TinyLane : Tiny {
  using Mask = bool;
  using Entry = Affine<Tiny>;
  static constexpr int kLanes = 1;
  static constexpr std::size_t kChains = 2;
  static constexpr int kInterleave = 2;
  static constexpr int kBlockVectors = 2;

  static Entry Load(const Pick* pick) {
    const TableEntry* entry = reinterpret_cast<const TableEntry*>(*pick & ~kPickNegate);
    const int y = static_cast<int>(entry->y.w[0]);
    return {static_cast<int>(entry->x.w[0]), (*pick & kPickNegate) != 0 ? Mod(-y) : y};
  }
  static Fe LoadX(const Pick* pick) { return Load(pick).x; }
  static void Prefetch(const Pick*) {}
  static Affine<TinyLane> ToPoint(const Entry& a) { return {a.x, a.y}; }
  static Fe EntryDx(Fe a, Fe b) { return Sub(b, a); }
  static Fe EntryDy(const Entry& a, const Entry& b) { return Sub(b.y, a.y); }
  static Fe EntryThirdX(Fe l, const Entry& a, const Entry& b) { return SqrSub2(l, a.x, b.x); }
  static Fe EntryThirdY(Fe l, const Entry& a, Fe x) { return MulSub(l, Sub(a.x, x), a.y); }
  static Fe SqrSub2(Fe a, Fe b, Fe c) { return Mod(a * a - b - c); }
  static Fe MulSub(Fe a, Fe b, Fe c) { return Mod(a * b - c); }
  static bool Any(bool mask) { return mask; }
  static Fe Select(bool mask, Fe a, Fe b) { return mask ? a : b; }
  static bool Invert(Fe (&chain)[kChains]) {
    for (Fe& c : chain) {
      const Fe inverse = Tiny::Invert(c);
      if (Mul(c, inverse) != 1) return false;
      c = inverse;
    }
    return true;
  }
};

// multiples[k] is k P for a generator P; multiples[0] is infinity.
struct Group {
  Group() {
    Affine<Tiny> base{};
    for (int x = 0; x < kPrime && multiples.empty(); ++x) {
      for (int y = 1; y < kPrime; ++y) {
        if (Tiny::Mod(y * y - x * x * x + 3 * x - kCurveB) == 0) {
          base = {x, y};
          multiples.push_back({});
          break;
        }
      }
    }
    // The textbook law, independent of what is tested.
    multiples.push_back(base);
    for (int k = 2; k < kOrder; ++k) multiples.push_back(TextbookSum(multiples.back(), base));
  }

  static Affine<Tiny> TextbookSum(const Affine<Tiny>& a, const Affine<Tiny>& b) {
    const int slope = a.x == b.x ? Tiny::Mul(Tiny::Mod(3 * a.x * a.x - 3), Tiny::Invert(Tiny::Mod(2 * a.y)))
                                 : Tiny::Mul(Tiny::Sub(b.y, a.y), Tiny::Invert(Tiny::Sub(b.x, a.x)));
    const int x = Tiny::Mod(slope * slope - a.x - b.x);
    return {x, Tiny::Mod(slope * (a.x - x) - a.y)};
  }

  std::vector<Affine<Tiny>> multiples;
};

const Group& TheGroup() {
  static const Group group;
  return group;
}

// a in XYZZ with the given Z.
Xyzz<Tiny> Scaled(const Affine<Tiny>& a, int z) {
  const int zz = Tiny::Mul(z, z);
  const int zzz = Tiny::Mul(zz, z);
  return {Tiny::Mul(a.x, zz), Tiny::Mul(a.y, zzz), zz, zzz};
}

void ExpectMultiple(const Xyzz<Tiny>& a, int k) {
  k %= kOrder;
  if (k == 0) {
    ASSERT_TRUE(IsInfinity(a));
    return;
  }
  const Affine<Tiny>& expected = TheGroup().multiples[static_cast<std::size_t>(k)];
  ASSERT_NE(0, a.zz);
  ASSERT_EQ(Tiny::Mul(expected.x, a.zz), a.x);
  ASSERT_EQ(Tiny::Mul(expected.y, a.zzz), a.y);
  ASSERT_EQ(Tiny::Mul(a.zz, Tiny::Sqr(a.zz)), Tiny::Sqr(a.zzz));
}

TEST(TinyCurve, HasPrimeOrder) {
  const auto& m = TheGroup().multiples;
  ASSERT_EQ(static_cast<std::size_t>(kOrder), m.size());
  EXPECT_EQ(m[1].x, m[kOrder - 1].x);
  EXPECT_EQ(Tiny::Mod(-m[1].y), m[kOrder - 1].y);
}

TEST(TinyCurve, CompleteAdditionIsRightForEveryPairAndScaling) {
  const auto& m = TheGroup().multiples;
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 1; j < kOrder; ++j) {
      for (int z = 1; z < kPrime; ++z) {
        Xyzz<Tiny> a = Scaled(m[static_cast<std::size_t>(i)], z);
        if (i == 0) a = {z, 1, 0, 0};
        Add(a, m[static_cast<std::size_t>(j)]);
        ExpectMultiple(a, i + j);
      }
    }
  }
}

TEST(TinyCurve, DoublingIsRightForEveryPointAndScaling) {
  for (int i = 1; i < kOrder; ++i) {
    for (int z = 1; z < kPrime; ++z) {
      ExpectMultiple(Double(Scaled(TheGroup().multiples[static_cast<std::size_t>(i)], z)), 2 * i);
    }
  }
}

TEST(TinyCurve, IncompleteAdditionsReturnZeroExactlyWhenTheyAreExceptional) {
  const auto& m = TheGroup().multiples;
  for (int i = 1; i < kOrder; ++i) {
    for (int j = 1; j < kOrder; ++j) {
      const Affine<Tiny>& a = m[static_cast<std::size_t>(i)];
      const Affine<Tiny>& b = m[static_cast<std::size_t>(j)];
      const bool exceptional = i == j || i + j == kOrder;
      Xyzz<Tiny> sum{};
      ASSERT_EQ(exceptional, AddAffineAffine(sum, a, b) == 0);
      if (!exceptional) ExpectMultiple(sum, i + j);
      XOnly<Tiny> only{};
      ASSERT_EQ(exceptional, AddAffineAffineX(only, a, b) == 0);
      ASSERT_EQ(exceptional, only.zz == 0);
      if (!exceptional) {
        ASSERT_EQ(sum.x, only.x);
        ASSERT_EQ(sum.zz, only.zz);
      }
      for (int z = 1; z < kPrime; ++z) {
        Xyzz<Tiny> mixed = Scaled(a, z);
        ASSERT_EQ(exceptional, AddAffine(mixed, b) == 0);
        if (!exceptional) ExpectMultiple(mixed, i + j);
        ASSERT_EQ(exceptional, AddAffineX(only, Scaled(a, z), b) == 0);
        if (!exceptional) {
          ASSERT_EQ(mixed.x, only.x);
        }
        Xyzz<Tiny> full = Scaled(a, z);
        ASSERT_EQ(exceptional, AddXyzz(full, Scaled(b, 7 * z % kPrime)) == 0);
        if (!exceptional) ExpectMultiple(full, i + j);
      }
    }
  }
}

// What the tree should do: sums by levels, and whether any addition on the way was exceptional.
struct Model {
  int sum;
  bool exceptional;
};
Model ModelSum(std::vector<int> points, int levels) {
  bool exceptional = false;
  const auto add = [&](int a, int b) {
    exceptional = exceptional || a == b || (a + b) % kOrder == 0;
    return (a + b) % kOrder;
  };
  for (int level = 0; level < levels && (level == 0 || points.size() > 3); ++level) {
    std::vector<int> next;
    for (std::size_t i = 0; i + 1 < points.size(); i += 2) next.push_back(add(points[i], points[i + 1]));
    if (points.size() % 2 != 0) next.push_back(points.back());
    points = next;
    if (exceptional) break;
  }
  int sum = points[0];
  for (std::size_t i = 1; i < points.size() && !exceptional; ++i) sum = add(sum, points[i]);
  return {sum, exceptional};
}

TEST(TinyCurve, TreesAreRightOrFlaggedForEveryTupleAndShape) {
  const auto& m = TheGroup().multiples;
  std::vector<TableEntry> table(kOrder);
  for (int k = 1; k < kOrder; ++k) {
    const Affine<Tiny>& point = m[static_cast<std::size_t>(k)];
    table[static_cast<std::size_t>(k)].x = {{static_cast<std::uint64_t>(point.x), 0, 0, 0}};
    table[static_cast<std::size_t>(k)].y = {{static_cast<std::uint64_t>(point.y), 0, 0, 0}};
  }
  const auto block = std::make_unique<BlockSum<TinyLane>>();
  // The second signature of the block is harmless and must come out right whatever the first does.
  const std::vector<int> harmless = {1, 3, 9, 27, 7, 20};
  ASSERT_FALSE(ModelSum(harmless, 3).exceptional);
  std::uint64_t exceptional = 0;
  std::uint64_t regular = 0;
  const auto check = [&](const std::vector<int>& points, int levels) {
    const int count = static_cast<int>(points.size());
    std::vector<int> other(harmless.begin(), harmless.begin() + count);
    const Model second = ModelSum(other, levels);
    if (second.exceptional) return;
    for (int k = 0; k < count; ++k) {
      // Every other point is picked as the negative of its negative.
      const auto pick = [&](int multiple) {
        return k % 2 == 0 ? reinterpret_cast<Pick>(&table[static_cast<std::size_t>(multiple)])
                          : reinterpret_cast<Pick>(&table[static_cast<std::size_t>(kOrder - multiple)]) | kPickNegate;
      };
      block->Row(k)[0] = pick(points[static_cast<std::size_t>(k)]);
      block->Row(k)[1] = pick(other[static_cast<std::size_t>(k)]);
    }
    ASSERT_TRUE(block->Run(count, 2, levels));
    const Model model = ModelSum(points, levels);
    ASSERT_EQ(model.exceptional, block->flags[0]);
    ASSERT_FALSE(block->flags[1]);
    const auto x_is = [&](int v, int multiple) {
      return block->sum[v].zz != 0 &&
             Tiny::Mul(m[static_cast<std::size_t>(multiple)].x, block->sum[v].zz) == block->sum[v].x;
    };
    if (!model.exceptional) {
      ASSERT_TRUE(x_is(0, model.sum));
    }
    ASSERT_TRUE(x_is(1, second.sum));
    (model.exceptional ? exceptional : regular) += 1;
  };
  for (int a = 1; a < kOrder; ++a) {
    for (int b = 1; b < kOrder; ++b) {
      for (int c = 1; c < kOrder; ++c) {
        for (int levels = 0; levels <= 2; ++levels) check({a, b, c}, levels);
        for (int d = 1; d < kOrder; d += 1 + (a + b + c) % 3) {
          for (int levels = 0; levels <= 2; ++levels) check({a, b, c, d}, levels);
          if (d % 9 == 0) check({a, b, c, d, (a + 2 * d) % (kOrder - 1) + 1}, 3);
          if (d % 9 == 1) check({d, c, b, a, c, (b * d) % (kOrder - 1) + 1}, 3);
        }
      }
    }
  }
  EXPECT_GT(exceptional, 100000u);
  EXPECT_GT(regular, 100000u);
}

}  // namespace
}  // namespace assay::p256
