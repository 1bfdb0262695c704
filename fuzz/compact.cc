// Laws of splitting and base64url: decode(encode(x)) = x; what is decoded encodes to the same text;
// the naive decoder agrees; every kernel gives the same bytes or the same position; the three segments
// and two dots are the whole token.
#include <algorithm>
#include <memory>
#include <string>

#include "engine/base64url/base64url.h"
#include "engine/base64url/kernels.h"
#include "engine/jws/compact.h"
#include "fuzz/law.h"
#include "tests/differential/reference.h"

namespace assay {
namespace {

// In memory of exactly the right sizes, so that AddressSanitizer sees any access beyond them.
void AgreesWithEveryKernel(std::string_view encoded, std::size_t position, std::string_view decoded) {
  const std::unique_ptr<char[]> text(new char[encoded.size()]);
  std::copy(encoded.begin(), encoded.end(), text.get());
  for (const base64url::Kernel* kernel : base64url::Kernels()) {
    if (!simd::IsSupported(*kernel)) continue;
    const std::unique_ptr<char[]> out(new char[decoded.size()]);
    FUZZ_LAW(kernel->decode({text.get(), encoded.size()}, out.get()) == position);
    FUZZ_LAW(position != base64url::kOk || decoded == std::string_view(out.get(), decoded.size()));
  }
}

bool DecodesByTheLaws(std::string_view encoded) {
  std::string decoded(base64url::DecodedSize(encoded.size()), '\0');
  const std::size_t position = base64url::Decode(encoded, decoded.data());
  AgreesWithEveryKernel(encoded, position, decoded);
  const auto naive = reference::DecodeBase64url(encoded);
  FUZZ_LAW((position == base64url::kOk) == naive.has_value());
  if (position != base64url::kOk) {
    FUZZ_LAW(position < encoded.size());
    return false;
  }
  FUZZ_LAW(decoded == *naive);
  FUZZ_LAW(base64url::Encode(decoded) == encoded);
  return true;
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view text = fuzz::Text(data, size);
  const std::string encoded = base64url::Encode(text);
  FUZZ_LAW(encoded.size() == base64url::EncodedSize(size));
  std::string back(base64url::DecodedSize(encoded.size()), '\0');
  FUZZ_LAW(base64url::Decode(encoded, back.data()) == base64url::kOk && back == text);

  jws::Compact compact;
  const Reason reason = jws::Split(text, 8192, &compact);
  std::size_t dots = 0;
  for (char c : text) dots += c == '.';
  const Reason expected = text.empty()  ? Reason::kEmpty
                          : size > 8192 ? Reason::kTooLarge
                          : dots == 4   ? Reason::kEncryptedToken
                          : dots != 2   ? Reason::kNotThreeSegments
                                        : Reason::kUnset;
  FUZZ_LAW(reason == expected);
  if (reason != Reason::kUnset) {
    DecodesByTheLaws(text);
    fuzz::Note(false);
    return 0;
  }
  std::string joined(compact.header);
  joined += '.';
  joined += compact.payload;
  FUZZ_LAW(compact.signing_input == joined);
  joined += '.';
  joined += compact.signature;
  FUZZ_LAW(joined == text);
  bool all = DecodesByTheLaws(compact.header);
  all &= DecodesByTheLaws(compact.payload);
  all &= DecodesByTheLaws(compact.signature);
  fuzz::Note(all);
  return 0;
}
