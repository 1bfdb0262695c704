// # Points of y^2 = x^3 - 3x + b over any field
//
// Templates over F, which supplies a field element F::Fe (of one number, or of one number per lane)
// and Mul, Sqr, Sub, SqrSubTwice (a^2 - b - 2c), MulSubMul (ab - cd), and for the complete law Add,
// IsZero (of one number) and One. The curve's b is never needed.
//
// Coordinates are XYZZ: x = X / ZZ, y = Y / ZZZ, ZZ^3 = ZZZ^2; infinity is ZZ = 0. Formulas from
// the Explicit-Formulas Database (mmadd-2008-s, madd-2008-s, add-2008-s, mdbl-2008-s-1,
// dbl-2008-s-1).
//
// # Exceptions
// The additions AddAffine.. and AddXyzz are incomplete: they are wrong when both points have the
// same x (equal or opposite), where they return P = 0 and a result with ZZ = 0. Every caller must
// test the returned P for zero mod p; a result with P = 0 in its history must never be accepted.
// Add() is complete.
#pragma once

namespace assay::p256 {

template <class F>
struct Affine {
  typename F::Fe x, y;
};

template <class F>
struct Xyzz {
  typename F::Fe x, y, zz, zzz;
};

// AddAffineAffine: r := a + b, both affine. Returns P = b.x - a.x. 4M + 2S.
template <class F>
inline typename F::Fe AddAffineAffine(Xyzz<F>& r, const Affine<F>& a, const Affine<F>& b) {
  using Fe = typename F::Fe;
  const Fe p = F::Sub(b.x, a.x);
  const Fe s = F::Sub(b.y, a.y);
  const Fe pp = F::Sqr(p);
  const Fe ppp = F::Mul(p, pp);
  const Fe q = F::Mul(a.x, pp);
  const Fe x = F::SqrSubTwice(s, ppp, q);
  r.y = F::MulSubMul(s, F::Sub(q, x), a.y, ppp);
  r.x = x;
  r.zz = pp;
  r.zzz = ppp;
  return p;
}

// AddAffine: a := a + b. Returns P = b.x * a.zz - a.x. 8M + 2S.
template <class F>
inline typename F::Fe AddAffine(Xyzz<F>& a, const Affine<F>& b) {
  using Fe = typename F::Fe;
  const Fe p = F::Sub(F::Mul(b.x, a.zz), a.x);
  const Fe s = F::Sub(F::Mul(b.y, a.zzz), a.y);
  const Fe pp = F::Sqr(p);
  const Fe ppp = F::Mul(p, pp);
  const Fe q = F::Mul(a.x, pp);
  const Fe x = F::SqrSubTwice(s, ppp, q);
  a.y = F::MulSubMul(s, F::Sub(q, x), a.y, ppp);
  a.x = x;
  a.zz = F::Mul(a.zz, pp);
  a.zzz = F::Mul(a.zzz, ppp);
  return p;
}

// AddXyzz: a := a + b. Returns P = b.x * a.zz - a.x * b.zz. 12M + 2S.
template <class F>
inline typename F::Fe AddXyzz(Xyzz<F>& a, const Xyzz<F>& b) {
  using Fe = typename F::Fe;
  const Fe u = F::Mul(a.x, b.zz);
  const Fe v = F::Mul(a.y, b.zzz);
  const Fe p = F::Sub(F::Mul(b.x, a.zz), u);
  const Fe s = F::Sub(F::Mul(b.y, a.zzz), v);
  const Fe pp = F::Sqr(p);
  const Fe ppp = F::Mul(p, pp);
  const Fe q = F::Mul(u, pp);
  const Fe x = F::SqrSubTwice(s, ppp, q);
  a.y = F::MulSubMul(s, F::Sub(q, x), v, ppp);
  a.x = x;
  a.zz = F::Mul(F::Mul(a.zz, b.zz), pp);
  a.zzz = F::Mul(F::Mul(a.zzz, b.zzz), ppp);
  return p;
}

// XOnly: X and ZZ of a sum: all that the last addition of a verification needs.
template <class F>
struct XOnly {
  typename F::Fe x, zz;
};

// AddAffineAffineX: r := x of a + b, both affine. Returns P. 2M + 2S.
template <class F>
inline typename F::Fe AddAffineAffineX(XOnly<F>& r, const Affine<F>& a, const Affine<F>& b) {
  using Fe = typename F::Fe;
  const Fe p = F::Sub(b.x, a.x);
  const Fe pp = F::Sqr(p);
  const Fe ppp = F::Mul(p, pp);
  const Fe q = F::Mul(a.x, pp);
  r.x = F::SqrSubTwice(F::Sub(b.y, a.y), ppp, q);
  r.zz = pp;
  return p;
}

// AddAffineX: r := x of a + b. Returns P. 5M + 2S.
template <class F>
inline typename F::Fe AddAffineX(XOnly<F>& r, const Xyzz<F>& a, const Affine<F>& b) {
  using Fe = typename F::Fe;
  const Fe p = F::Sub(F::Mul(b.x, a.zz), a.x);
  const Fe s = F::Sub(F::Mul(b.y, a.zzz), a.y);
  const Fe pp = F::Sqr(p);
  const Fe ppp = F::Mul(p, pp);
  const Fe q = F::Mul(a.x, pp);
  r.x = F::SqrSubTwice(s, ppp, q);
  r.zz = F::Mul(a.zz, pp);
  return p;
}

// Double: 2a. Requires a point other than infinity; no point of odd order has y = 0. 6M + 3S.
template <class F>
inline Xyzz<F> Double(const Xyzz<F>& a) {
  using Fe = typename F::Fe;
  const Fe u = F::Add(a.y, a.y);
  const Fe v = F::Sqr(u);
  const Fe w = F::Mul(u, v);
  const Fe s = F::Mul(a.x, v);
  // 3 x^2 + a zz^2 with a = -3 is 3 (x - zz) (x + zz).
  const Fe t = F::Mul(F::Sub(a.x, a.zz), F::Add(a.x, a.zz));
  const Fe m = F::Add(F::Add(t, t), t);
  Xyzz<F> r;
  r.x = F::Sub(F::Sub(F::Sqr(m), s), s);
  r.y = F::MulSubMul(m, F::Sub(s, r.x), w, a.y);
  r.zz = F::Mul(v, a.zz);
  r.zzz = F::Mul(w, a.zzz);
  return r;
}

template <class F>
inline bool IsInfinity(const Xyzz<F>& a) {
  return F::IsZero(a.zz);
}

template <class F>
inline Xyzz<F> ToXyzz(const Affine<F>& a) {
  return {a.x, a.y, F::One(), F::One()};
}

// Add: a := a + b for any a (infinity included) and any affine b: the complete law, one number at a time.
template <class F>
inline void Add(Xyzz<F>& a, const Affine<F>& b) {
  if (IsInfinity(a)) {
    a = ToXyzz(b);
    return;
  }
  if (!F::IsZero(AddAffine(a, b))) return;
  // Same x. Now a.zz is 0, infinity, which is right for opposite points; a.x is the square of the
  // difference of the y's, 0 for equal ones.
  if (F::IsZero(a.x)) a = Double(ToXyzz(b));
}

}  // namespace assay::p256
