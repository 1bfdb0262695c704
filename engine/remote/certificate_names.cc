#include "engine/remote/certificate_names.h"

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include <cstddef>
#include <cstdint>

namespace assay::remote {
namespace {

// HasHostNames: whether the subjectAltName of a certificate (RFC 5280 section 4.2.1.6) has a dNSName or an iPAddress.
bool HasHostNames(CBS der) {
  CBS certificate, body, wrapped, extensions;
  if (!CBS_get_asn1(&der, &certificate, CBS_ASN1_SEQUENCE) || !CBS_get_asn1(&certificate, &body, CBS_ASN1_SEQUENCE) ||
      !CBS_get_optional_asn1(&body, nullptr, nullptr, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0) ||
      !CBS_get_asn1(&body, nullptr, CBS_ASN1_INTEGER)) {
    return false;
  }
  for (int i = 0; i < 5; ++i) {  // signature algorithm, issuer, validity, subject, key
    if (!CBS_get_asn1(&body, nullptr, CBS_ASN1_SEQUENCE)) return false;
  }
  if (!CBS_get_optional_asn1(&body, nullptr, nullptr, CBS_ASN1_CONTEXT_SPECIFIC | 1) ||
      !CBS_get_optional_asn1(&body, nullptr, nullptr, CBS_ASN1_CONTEXT_SPECIFIC | 2) ||
      !CBS_get_asn1(&body, &wrapped, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3) ||
      !CBS_get_asn1(&wrapped, &extensions, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  static constexpr std::uint8_t kSubjectAltName[] = {0x55, 0x1D, 0x11};
  CBS extension, oid, value, names, entry;
  while (CBS_get_asn1(&extensions, &extension, CBS_ASN1_SEQUENCE)) {
    if (!CBS_get_asn1(&extension, &oid, CBS_ASN1_OBJECT)) return false;
    if (!CBS_mem_equal(&oid, kSubjectAltName, sizeof kSubjectAltName)) continue;
    if (!CBS_get_optional_asn1(&extension, nullptr, nullptr, CBS_ASN1_BOOLEAN) ||
        !CBS_get_asn1(&extension, &value, CBS_ASN1_OCTETSTRING) || !CBS_get_asn1(&value, &names, CBS_ASN1_SEQUENCE)) {
      return false;
    }
    unsigned tag = 0;
    while (CBS_get_any_asn1(&names, &entry, &tag)) {
      if (tag == (CBS_ASN1_CONTEXT_SPECIFIC | 2) || tag == (CBS_ASN1_CONTEXT_SPECIFIC | 7)) return true;
    }
  }
  return false;
}

}  // namespace

bool NamesHosts(std::string_view pem) {
  const bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char *name = nullptr, *header = nullptr;
  std::uint8_t* der = nullptr;
  long size = 0;
  const bool read = in && PEM_read_bio(in.get(), &name, &header, &der, &size) == 1;
  ERR_clear_error();
  if (!read) return false;
  const bssl::UniquePtr<char> own_name(name), own_header(header);
  const bssl::UniquePtr<std::uint8_t> own_der(der);
  CBS bytes;
  CBS_init(&bytes, der, static_cast<std::size_t>(size));
  return HasHostNames(bytes);
}

}  // namespace assay::remote
