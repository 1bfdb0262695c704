#include "tools/load/token_maker.h"

#include <openssl/rand.h>

#include "engine/base64url/base64url.h"
#include "engine/json/writer.h"

namespace assay::cli {

TokenMaker::TokenMaker(const load::SigningKey& key, std::string_view typ) : key_(key) {
  std::string json;
  json::Writer writer(&json);
  writer.Begin('{').Member("alg", AlgorithmName(key.algorithm())).Member("kid", key.kid());
  if (!typ.empty()) writer.Member("typ", typ);
  writer.End('}');
  header_ = base64url::Encode(json) + '.';
}

void TokenMaker::Append(std::string_view payload, std::string* out) const {
  const std::size_t start = out->size();
  *out += header_;
  *out += base64url::Encode(payload);
  const std::string signature = key_.Sign(std::string_view(*out).substr(start));
  *out += '.';
  *out += base64url::Encode(signature);
}

std::string TokenMaker::Make(std::string_view payload) const {
  std::string token;
  Append(payload, &token);
  return token;
}

std::string TokenMaker::RandomId() {
  std::string bytes(16, '\0');
  RAND_bytes(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  return base64url::Encode(bytes);
}

}  // namespace assay::cli
