#include "engine/jwks/pem.h"

#include <openssl/base64.h>

#include <algorithm>
#include <cstdint>

namespace assay::jwks {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

// Decode: standard base64 with its padding, broken into lines.
Result<std::string> Decode(std::string_view lines) {
  std::string text;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(text),
               [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::string der(text.size(), '\0');
  std::size_t size = 0;
  if (text.empty() ||
      EVP_DecodeBase64(reinterpret_cast<std::uint8_t*>(der.data()), &size, der.size(), bytes, text.size()) != 1) {
    return Error{"its content is not base64"};
  }
  der.resize(size);
  return der;
}

}  // namespace

bool LooksLikePem(std::string_view text) { return text.find(kBegin) != std::string_view::npos; }

bool HoldsPrivateKey(std::string_view text) { return text.find("PRIVATE KEY" + std::string(kDashes)) != text.npos; }

Result<PemBlock> ReadPem(std::string_view text) {
  const std::size_t begin = text.find(kBegin);
  if (begin == text.npos) return Error{"not PEM: it has no " + std::string(kBegin) + "line"};
  if (HoldsPrivateKey(text)) return Error{std::string(kPrivateKeyText)};
  std::string_view rest = text.substr(begin + kBegin.size());
  if (LooksLikePem(rest)) return Error{"it holds more than one key or certificate"};
  const std::size_t label_size = rest.find(kDashes);
  if (label_size == rest.npos) return Error{"its first line does not end"};
  const std::string label(rest.substr(0, label_size));
  rest.remove_prefix(label_size + kDashes.size());
  const std::size_t end = rest.find(std::string(kEnd) + label + std::string(kDashes));
  if (end == rest.npos) return Error{"it has no end of its " + label.substr(0, 40)};
  Result<std::string> der = Decode(rest.substr(0, end));
  if (!der) return Error{der.error()};
  return PemBlock{label, std::move(*der)};
}

}  // namespace assay::jwks
