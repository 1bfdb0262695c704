#include "engine/verify/ed25519_point.h"

#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "engine/base/check.h"

namespace assay {
namespace {

// Arithmetic modulo p = 2^255 - 19. Results are reduced. Set-up speed, not the hot path's.
class Field {
 public:
  using Element = bssl::UniquePtr<BIGNUM>;

  Field() : ctx_(BN_CTX_new()), p_(BN_new()) {
    ASSAY_CHECK(ctx_ && p_ && BN_set_bit(p_.get(), 255) && BN_sub_word(p_.get(), 19));
  }

  const BIGNUM* p() const { return p_.get(); }
  Element One() const {
    return Checked([](BIGNUM* r) { return BN_set_word(r, 1); });
  }
  Element Add(const Element& a, const Element& b) const {
    return Checked([&](BIGNUM* r) { return BN_mod_add(r, a.get(), b.get(), p(), ctx_.get()); });
  }
  Element Sub(const Element& a, const Element& b) const {
    return Checked([&](BIGNUM* r) { return BN_mod_sub(r, a.get(), b.get(), p(), ctx_.get()); });
  }
  Element Mul(const Element& a, const Element& b) const {
    return Checked([&](BIGNUM* r) { return BN_mod_mul(r, a.get(), b.get(), p(), ctx_.get()); });
  }
  // a / b. Requires b != 0.
  Element Div(const Element& a, const Element& b) const {
    const Element inverse = Checked([&](BIGNUM* r) { return BN_mod_inverse(r, b.get(), p(), ctx_.get()) != nullptr; });
    return Mul(a, inverse);
  }
  // Euler's criterion, for a != 0.
  bool IsSquare(const Element& a) const {
    const Element half = Checked([&](BIGNUM* r) { return BN_rshift1(r, p()); });
    return BN_is_one(Checked([&](BIGNUM* r) { return BN_mod_exp(r, a.get(), half.get(), p(), ctx_.get()); }).get());
  }
  // d of the curve -x^2 + y^2 = 1 + d x^2 y^2: -121665/121666.
  Element CurveD() const {
    const Element numerator = Checked([&](BIGNUM* r) { return BN_copy(r, p()) != nullptr && BN_sub_word(r, 121665); });
    return Div(numerator, Checked([](BIGNUM* r) { return BN_set_word(r, 121666); }));
  }

 private:
  template <typename Compute>
  static Element Checked(Compute compute) {
    Element result(BN_new());
    ASSAY_CHECK(result && compute(result.get()));
    return result;
  }

  bssl::UniquePtr<BN_CTX> ctx_;
  bssl::UniquePtr<BIGNUM> p_;
};

}  // namespace

bool IsSoundEd25519Point(std::span<const std::uint8_t, 32> encoded) {
  const Field field;
  std::array<std::uint8_t, 32> big_endian;
  std::reverse_copy(encoded.begin(), encoded.end(), big_endian.begin());
  big_endian[0] &= 0x7F;  // the sign of x
  Field::Element y(BN_bin2bn(big_endian.data(), big_endian.size(), nullptr));
  ASSAY_CHECK(y);
  if (BN_cmp(y.get(), field.p()) >= 0) return false;

  const Field::Element one = field.One();
  const Field::Element d = field.CurveD();
  // x^2 from y. The denominators here and below are never zero, since d is no square and -1 is one.
  const auto x_squared = [&](const Field::Element& y_squared) {
    return field.Div(field.Sub(y_squared, one), field.Add(field.Mul(d, y_squared), one));
  };
  Field::Element yy = field.Mul(y, y);
  Field::Element xx = x_squared(yy);
  if (BN_is_zero(xx.get()) || !field.IsSquare(xx)) return false;
  // The neutral element is the only point with y = 1; eight times a point of small order is it.
  for (int doubling = 0; doubling < 3; ++doubling) {
    y = field.Div(field.Add(yy, xx), field.Sub(one, field.Mul(d, field.Mul(xx, yy))));
    yy = field.Mul(y, y);
    xx = x_squared(yy);
  }
  return !BN_is_one(y.get());
}

}  // namespace assay
