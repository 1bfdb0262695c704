#include "engine/jwks/certificate.h"

#include <openssl/bytestring.h>

#include <chrono>
#include <optional>

#include "engine/base/text.h"

namespace assay::jwks {
namespace {

constexpr unsigned kUtcTime = 23, kGeneralizedTime = 24;
constexpr unsigned kVersion = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;

// ReadTime: a Time as RFC 5280 section 4.1.2.5 wants it: with seconds and in UTC; two digits of a year are of 1950 to
// 2049.
std::optional<std::int64_t> ReadTime(CBS* validity) {
  CBS time;
  unsigned tag = 0;
  if (!CBS_get_any_asn1(validity, &time, &tag) || (tag != kUtcTime && tag != kGeneralizedTime)) return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(CBS_data(&time)), CBS_len(&time));
  const std::size_t year_digits = tag == kUtcTime ? 2 : 4;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return std::nullopt;
  text.remove_suffix(1);
  if (!std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  const auto next = [&](std::size_t digits) {
    const int number = ParseNumber<int>(text.substr(0, digits)).value_or(0);
    text.remove_prefix(digits);
    return number;
  };
  int year = next(year_digits);
  if (tag == kUtcTime) year += year < 50 ? 2000 : 1900;
  const auto month = static_cast<unsigned>(next(2)), day = static_cast<unsigned>(next(2));
  const int hour = next(2), minute = next(2), second = next(2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace

Result<CertificateKey> ReadCertificate(std::string_view der) {
  constexpr char kMalformed[] = "it is no certificate in DER";
  CBS whole, certificate, tbs, validity, spki, unread;
  CBS_init(&whole, reinterpret_cast<const std::uint8_t*>(der.data()), der.size());
  const bool is_framed = CBS_get_asn1(&whole, &certificate, CBS_ASN1_SEQUENCE) && CBS_len(&whole) == 0 &&
                         CBS_get_asn1(&certificate, &tbs, CBS_ASN1_SEQUENCE) &&
                         CBS_get_asn1(&certificate, &unread, CBS_ASN1_SEQUENCE) &&   // signatureAlgorithm
                         CBS_get_asn1(&certificate, &unread, CBS_ASN1_BITSTRING) &&  // signatureValue
                         CBS_len(&certificate) == 0;
  int has_version = 0;
  const bool is_read = is_framed && CBS_get_optional_asn1(&tbs, &unread, &has_version, kVersion) &&
                       CBS_get_asn1(&tbs, &unread, CBS_ASN1_INTEGER) &&   // serialNumber
                       CBS_get_asn1(&tbs, &unread, CBS_ASN1_SEQUENCE) &&  // signature
                       CBS_get_asn1(&tbs, &unread, CBS_ASN1_SEQUENCE) &&  // issuer
                       CBS_get_asn1(&tbs, &validity, CBS_ASN1_SEQUENCE) &&
                       CBS_get_asn1(&tbs, &unread, CBS_ASN1_SEQUENCE) &&  // subject
                       CBS_get_asn1_element(&tbs, &spki, CBS_ASN1_SEQUENCE);
  if (!is_read) return Error{kMalformed};
  const std::optional<std::int64_t> from = ReadTime(&validity), through = ReadTime(&validity);
  if (!from || !through || CBS_len(&validity) != 0) return Error{"the times of the certificate are malformed"};
  return CertificateKey{std::string(reinterpret_cast<const char*>(CBS_data(&spki)), CBS_len(&spki)), *from, *through};
}

}  // namespace assay::jwks
