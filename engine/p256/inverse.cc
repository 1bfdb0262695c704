#include "engine/p256/inverse.h"

#include <cstdint>

#include "engine/p256/constants.h"

namespace assay::p256 {
namespace {

__extension__ using Int128 = __int128;
using std::int64_t;
using std::uint64_t;

constexpr uint64_t kMask62 = ~uint64_t{0} >> 2;

// sum v[i] * 2^(62 i); all limbs but the top one are in [0, 2^62), the top one carries the sign.
struct Signed62 {
  int64_t v[5];
};

struct Modulus {
  Signed62 m;
  uint64_t inverse62;  // 1/m mod 2^62
};

constexpr Signed62 ToSigned62(const U256& a) {
  return {{static_cast<int64_t>(a.w[0] & kMask62), static_cast<int64_t>((a.w[0] >> 62 | a.w[1] << 2) & kMask62),
           static_cast<int64_t>((a.w[1] >> 60 | a.w[2] << 4) & kMask62),
           static_cast<int64_t>((a.w[2] >> 58 | a.w[3] << 6) & kMask62), static_cast<int64_t>(a.w[3] >> 56)}};
}

constexpr U256 ToU256(const Signed62& a) {
  const auto limb = [&a](int i) { return static_cast<uint64_t>(a.v[i]); };
  return {{limb(0) | limb(1) << 62, limb(1) >> 2 | limb(2) << 60, limb(2) >> 4 | limb(3) << 58,
           limb(3) >> 6 | limb(4) << 56}};
}

constexpr Modulus kModP{ToSigned62(kP), (0 - NegInverse64(kP.w[0])) & kMask62};
constexpr Modulus kModN{ToSigned62(kN), (0 - NegInverse64(kN.w[0])) & kMask62};

// 2^62 times the transition matrix of 62 divsteps: |u| + |v| <= 2^62, |q| + |r| <= 2^62.
struct Matrix {
  int64_t u, v, q, r;
};

// Does 62 divsteps on the low bits f (odd) and g; returns the new eta = -delta.
inline int64_t Divsteps62(int64_t eta, uint64_t f, uint64_t g, Matrix& t) {
  uint64_t u = 1, v = 0, q = 0, r = 1;
  int left = 62;
  for (;;) {
    const int zeros = __builtin_ctzll(g | (~uint64_t{0} << left));
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) break;
    uint64_t w;
    if (eta < 0) {
      eta = -eta;
      uint64_t swap = f;
      f = g;
      g = 0 - swap;
      swap = u;
      u = q;
      q = 0 - swap;
      swap = v;
      v = r;
      r = 0 - swap;
      // Cancels up to 6 low bits of g at once; more than eta + 1 steps would need another swap.
      const int limit = eta + 1 > left ? left : static_cast<int>(eta) + 1;
      w = (f * g * (f * f - 2)) & ((~uint64_t{0} >> (64 - limit)) & 63);
    } else {
      const int limit = eta + 1 > left ? left : static_cast<int>(eta) + 1;
      w = f + (((f + 1) & 4) << 1);  // -1/f mod 16, negated below
      w = ((0 - w) * g) & ((~uint64_t{0} >> (64 - limit)) & 15);
    }
    g += f * w;
    q += u * w;
    r += v * w;
  }
  t = {static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q), static_cast<int64_t>(r)};
  return eta;
}

inline Int128 Times(int64_t a, int64_t b) { return static_cast<Int128>(a) * b; }

// (d, e) := t * (d, e) / 2^62 mod m; both stay in (-2m, m).
inline void UpdateDe(Signed62& d, Signed62& e, const Matrix& t, const Modulus& mod) {
  const int64_t sign_d = d.v[4] >> 63;
  const int64_t sign_e = e.v[4] >> 63;
  int64_t md = (t.u & sign_d) + (t.v & sign_e);
  int64_t me = (t.q & sign_d) + (t.r & sign_e);
  Int128 cd = Times(t.u, d.v[0]) + Times(t.v, e.v[0]);
  Int128 ce = Times(t.q, d.v[0]) + Times(t.r, e.v[0]);
  // Multiples of m that clear the low 62 bits.
  md -= static_cast<int64_t>((mod.inverse62 * static_cast<uint64_t>(cd) + static_cast<uint64_t>(md)) & kMask62);
  me -= static_cast<int64_t>((mod.inverse62 * static_cast<uint64_t>(ce) + static_cast<uint64_t>(me)) & kMask62);
  cd = (cd + Times(mod.m.v[0], md)) >> 62;
  ce = (ce + Times(mod.m.v[0], me)) >> 62;
  for (int i = 1; i < 5; ++i) {
    cd += Times(t.u, d.v[i]) + Times(t.v, e.v[i]) + Times(mod.m.v[i], md);
    ce += Times(t.q, d.v[i]) + Times(t.r, e.v[i]) + Times(mod.m.v[i], me);
    d.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cd) & kMask62);
    e.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(ce) & kMask62);
    cd >>= 62;
    ce >>= 62;
  }
  d.v[4] = static_cast<int64_t>(cd);
  e.v[4] = static_cast<int64_t>(ce);
}

// (f, g) := t * (f, g) / 2^62, exactly, on their low `len` limbs.
inline void UpdateFg(int len, Signed62& f, Signed62& g, const Matrix& t) {
  Int128 cf = (Times(t.u, f.v[0]) + Times(t.v, g.v[0])) >> 62;
  Int128 cg = (Times(t.q, f.v[0]) + Times(t.r, g.v[0])) >> 62;
  for (int i = 1; i < len; ++i) {
    cf += Times(t.u, f.v[i]) + Times(t.v, g.v[i]);
    cg += Times(t.q, f.v[i]) + Times(t.r, g.v[i]);
    f.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cf) & kMask62);
    g.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cg) & kMask62);
    cf >>= 62;
    cg >>= 62;
  }
  f.v[len - 1] = static_cast<int64_t>(cf);
  g.v[len - 1] = static_cast<int64_t>(cg);
}

// d (or -d when `negate`) from (-2m, m) to [0, m).
inline void Normalize(Signed62& d, bool negate, const Modulus& mod) {
  const auto carry = [&d] {
    for (int i = 0; i < 4; ++i) {
      d.v[i + 1] += d.v[i] >> 62;
      d.v[i] &= static_cast<int64_t>(kMask62);
    }
  };
  const auto add_if_negative = [&] {
    if (d.v[4] >= 0) return;
    for (int i = 0; i < 5; ++i) d.v[i] += mod.m.v[i];
    carry();
  };
  add_if_negative();
  if (negate) {
    for (int i = 0; i < 5; ++i) d.v[i] = -d.v[i];
    carry();
  }
  add_if_negative();
}

U256 InverseVartime(const U256& a, const Modulus& mod) {
  Signed62 d{{0, 0, 0, 0, 0}};
  Signed62 e{{1, 0, 0, 0, 0}};
  Signed62 f = mod.m;
  Signed62 g = ToSigned62(a);
  int64_t eta = -1;
  int len = 5;
  for (;;) {
    Matrix t;
    eta = Divsteps62(eta, static_cast<uint64_t>(f.v[0]), static_cast<uint64_t>(g.v[0]), t);
    UpdateDe(d, e, t, mod);
    UpdateFg(len, f, g, t);
    int64_t any = 0;
    for (int i = 0; i < len; ++i) any |= g.v[i];
    if (any == 0) break;
    // Drop the top limb of f and g when both hold only a sign; it moves into the limb below.
    const int64_t fn = f.v[len - 1];
    const int64_t gn = g.v[len - 1];
    if (len > 1 && (fn == 0 || fn == -1) && (gn == 0 || gn == -1)) {
      f.v[len - 2] |= static_cast<int64_t>(static_cast<uint64_t>(fn) << 62);
      g.v[len - 2] |= static_cast<int64_t>(static_cast<uint64_t>(gn) << 62);
      --len;
    }
  }
  Normalize(d, f.v[len - 1] < 0, mod);
  return ToU256(d);
}

}  // namespace

U256 InverseModPVartime(const U256& a) { return InverseVartime(a, kModP); }
U256 InverseModNVartime(const U256& a) { return InverseVartime(a, kModN); }

}  // namespace assay::p256
