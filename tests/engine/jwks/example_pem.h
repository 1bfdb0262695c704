// The keys of example_keys.h as PEM, written by another library, and what a test makes of it.
#pragma once

#include <string>
#include <string_view>

#include <openssl/base64.h>

#include "engine/verify/public_key.h"

namespace assay::testing {

inline const std::string kRsaPem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJX
ZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS
oc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt
7/RN5w6Cf0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0
zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0f
M4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDK
gwIDAQAB
-----END PUBLIC KEY-----
)";
inline const std::string kEcPem = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A
iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
-----END PUBLIC KEY-----
)";
inline const std::string kP521Pem = R"(-----BEGIN PUBLIC KEY-----
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAcpkss6wI7PPlxj3t7A1RqMH3nvL4
L5Tzxze/XeeYZnHqxiX+gle70DlGRMqqOq+PJ6RYX7vK0PJFdiAIXlyPQq0B3KaU
e86IvFeQSFrJdCc0K8NfiH2G1loIk3fiR+YLqlXk6FAeKtpXJKxR1pCQCAM+vBCs
mZudf1zCUZ8/4eodlHU=
-----END PUBLIC KEY-----
)";
inline const std::string kEd25519Pem = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
)";
// Of secp256k1, which no algorithm here uses.
inline const std::string kOtherCurvePem = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEYtjK7EjzPttV498SpPtswG/ru99yLCRg
gJQJuDo9QhXmS7j31MnBdUS8BhKiNLObijyyXJlC2G6KG05JwVE7Tg==
-----END PUBLIC KEY-----
)";

// Der: one element; any length below 64 KiB.
inline std::string Der(unsigned char tag, const std::string& content) {
  const std::size_t size = content.size();
  std::string out(1, static_cast<char>(tag));
  if (size >= 256) out += std::string("\x82") + static_cast<char>(size >> 8);
  if (size >= 128 && size < 256) out += '\x81';
  return out + static_cast<char>(size & 0xFF) + content;
}

// PemOf: `der` under a label.
inline std::string PemOf(const std::string& label, const std::string& der) {
  std::string text(der.size() * 4 / 3 + 5, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()),
                              reinterpret_cast<const std::uint8_t*>(der.data()), der.size()));
  return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n";
}

// SpkiOf: of a P-256 key.
inline std::string SpkiOf(const PublicKey& key) {
  constexpr std::string_view kAlgorithm(
      "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 21);
  std::string point("\0\x04", 2);
  point.append(reinterpret_cast<const char*>(key.first().data()), key.first().size());
  point.append(reinterpret_cast<const char*>(key.second().data()), key.second().size());
  return Der(0x30, std::string(kAlgorithm) + Der(0x03, point));
}

// CertificateOf: a certificate that nobody has signed, with times as they are written (GeneralizedTime), in DER.
inline std::string CertificateOf(const std::string& spki, const std::string& from, const std::string& through) {
  const std::string name = Der(0x30, ""), algorithm = Der(0x30, Der(0x06, "\x2a"));
  const std::string validity = Der(0x30, Der(0x18, from) + Der(0x18, through));
  const std::string tbs =
      Der(0x30, Der(0xA0, Der(0x02, "\x02")) + Der(0x02, "\x01") + algorithm + name + validity + name + spki);
  return Der(0x30, tbs + algorithm + Der(0x03, std::string("\0\x30", 2)));
}

}  // namespace assay::testing
