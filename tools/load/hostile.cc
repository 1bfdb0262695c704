#include "tools/load/hostile.h"

#include <array>

#include "engine/base64url/base64url.h"

namespace assay::generate {
namespace {

using base64url::Encode;

bool Decode(std::string_view encoded, std::string* out) {
  out->resize(base64url::DecodedSize(encoded.size()));
  return base64url::Decode(encoded, out->data()) == base64url::kOk;
}

std::string WithHeader(const Token& token, const std::string& json) {
  return Encode(json) + '.' + token.payload + '.' + token.signature;
}

std::string WithPayload(const Token& token, const std::string& json) {
  return token.header + '.' + Encode(json) + '.' + token.signature;
}

// Replaced: `json` with the string value of `name` replaced by `value`, which is JSON. Requires the member.
std::string Replaced(const std::string& json, const std::string& name, const std::string& value) {
  const std::string start = '"' + name + "\":\"";
  const std::size_t at = json.find(start);
  const std::size_t end = json.find('"', at + start.size()) + 1;
  return json.substr(0, at) + '"' + name + "\":" + value + json.substr(end);
}

// Rest: `json` without its first brace, so that members can be put before the others.
std::string Rest(const std::string& json) { return json.substr(1); }

std::string None(const Token& token, const Token&) {
  return Encode(Replaced(token.header_json, "alg", "\"none\"")) + '.' + token.payload + '.';
}

std::string HmacConfusion(const Token& token, const Token&) {
  return WithHeader(token, Replaced(token.header_json, "alg", "\"HS256\""));
}

std::string OtherCurve(const Token& token, const Token&) {
  return WithHeader(token, Replaced(token.header_json, "alg", "\"ES384\""));
}

std::string CriticalExtension(const Token& token, const Token&) {
  return WithHeader(token, "{\"crit\":[\"exp\"]," + Rest(token.header_json));
}

std::string RepeatedName(const Token& token, const Token&) {
  return WithPayload(token, "{\"sub\":\"admin\"," + Rest(token.payload_json));
}

std::string HeaderNoJson(const Token& token, const Token&) {
  return WithHeader(token, token.header_json.substr(0, token.header_json.size() - 1));
}

std::string PayloadTrailing(const Token& token, const Token&) { return WithPayload(token, token.payload_json + "{}"); }

std::string ExpiryAsText(const Token& token, const Token&) {
  std::string json = token.payload_json;
  const std::size_t at = json.find("\"exp\":") + 6;
  const std::size_t end = json.find_first_not_of("0123456789", at);
  json.insert(end, 1, '"').insert(at, 1, '"');
  return WithPayload(token, json);
}

std::string UnknownKey(const Token& token, const Token&) {
  return WithHeader(token, Replaced(token.header_json, "kid", "\"../../etc/passwd\""));
}

std::string KeyOfOtherAlgorithm(const Token& token, const Token& other) {
  // The other token's header says its key; this one keeps its own `alg`.
  const std::string start = "\"kid\":\"";
  const std::size_t at = other.header_json.find(start) + start.size();
  const std::string kid = other.header_json.substr(at, other.header_json.find('"', at) - at);
  return WithHeader(token, Replaced(token.header_json, "kid", '"' + kid + '"'));
}

std::string FourSegments(const Token& token, const Token&) { return token.Text() + '.' + token.payload; }

std::string Padded(const Token& token, const Token&) { return token.Text() + "="; }

std::string SignatureShort(const Token& token, const Token&) {
  std::string bytes;
  Decode(token.signature, &bytes);
  bytes.resize(bytes.size() - 1);  // and well-formed base64url again
  return token.header + '.' + token.payload + '.' + Encode(bytes);
}

std::string OtherSubject(const Token& token, const Token&) {
  return WithPayload(token, Replaced(token.payload_json, "sub", "\"administrator\""));
}

std::string SignatureFlipped(const Token& token, const Token&) {
  std::string signature = token.signature;
  char& middle = signature[signature.size() / 2];
  middle = middle == 'A' ? 'B' : 'A';
  return token.header + '.' + token.payload + '.' + signature;
}

}  // namespace

bool ParseToken(std::string_view text, Token* token) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) return false;
  token->header = text.substr(0, first);
  token->payload = text.substr(first + 1, second - first - 1);
  token->signature = text.substr(second + 1);
  return Decode(token->header, &token->header_json) && Decode(token->payload, &token->payload_json);
}

std::span<const HostileKind> HostileKinds() {
  static const std::array kKinds = {
      HostileKind{"alg none, no signature", "algorithm_none", None},
      HostileKind{"HS256 where a public key is expected", "algorithm_unknown", HmacConfusion},
      HostileKind{"an algorithm that is not allowed", "algorithm_not_allowed", OtherCurve},
      HostileKind{"a critical header", "critical_header", CriticalExtension},
      HostileKind{"a claim twice", "duplicate_name", RepeatedName},
      HostileKind{"a header that is no JSON", "bad_header_json", HeaderNoJson},
      HostileKind{"a second value after the payload", "bad_payload_json", PayloadTrailing},
      HostileKind{"exp as a string", "bad_claim_type", ExpiryAsText},
      HostileKind{"a kid nobody has", "key_not_found", UnknownKey},
      HostileKind{"the kid of a key of another algorithm", "key_unusable", KeyOfOtherAlgorithm},
      HostileKind{"four segments", "not_three_segments", FourSegments},
      HostileKind{"base64 padding", "bad_base64url", Padded},
      HostileKind{"a short signature", "signature_length", SignatureShort},
      HostileKind{"another subject", "bad_signature", OtherSubject},
      HostileKind{"one character of the signature", "bad_signature", SignatureFlipped},
  };
  return kKinds;
}

}  // namespace assay::generate
