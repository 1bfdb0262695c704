// Law of the whole way: the engine and the naive reference give the same reason.
//
// An input is HOW 0x1E HEADER 0x1E PAYLOAD. HOW begins with a letter: `e` and `s` sign header and
// payload with the first issuer's Ed25519 or ES256 key, `2` with the second issuer's, `f` like `e`
// and then forges (flips a bit of the signature), `t` takes the rest as the token itself.
// Acceptance is therefore within reach of a mutation.
#include <string>

#include "fuzz/law.h"
#include "tests/differential/reference.h"
#include "tests/testing/engines.h"
#include "tests/testing/hostile_tokens.h"

namespace assay {
namespace {

struct Setting {
  EngineConfig config = testing::HostileTokens::Config();
  Worker worker{testing::MakeEngine(config)};
  reference::Validator naive{config};
  testing::SigningKey ed = testing::SigningKey::Make(Algorithm::kEdDSA, "ed", 0);
  testing::SigningKey es = testing::SigningKey::Make(Algorithm::kES256, "es", 0);
  testing::SigningKey second = testing::SigningKey::Make(Algorithm::kEdDSA, "ed", 1);
};

std::string MakeToken(const Setting& setting, std::string_view input) {
  const std::string_view how = fuzz::Take(&input, fuzz::kSeparator);
  const char letter = how.empty() ? 't' : how[0];
  if (letter == 't') return std::string(input);
  const std::string_view header = fuzz::Take(&input, fuzz::kSeparator);
  const testing::SigningKey& key = letter == 's' ? setting.es : letter == '2' ? setting.second : setting.ed;
  std::string signature = key.Sign(testing::SigningInput(header, input));
  if (letter == 'f') signature[how.size() % signature.size()] ^= 0x10;
  return testing::Compact(header, input, signature);
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  static Setting* const setting = new Setting;
  const std::string token = MakeToken(*setting, fuzz::Text(data, size));
  const Verdict& verdict = setting->worker.Validate(token, testing::kNow);
  const Reason naive = setting->naive.Validate(token, testing::kNow);
  const bool accepted = verdict.accepted();
  FUZZ_LAW(accepted == IsAccepted(naive));
  FUZZ_LAW(reference::Agree(verdict.reason(), naive));
  FUZZ_LAW(accepted == (verdict.claims() != nullptr));
  FUZZ_LAW(accepted == !verdict.key_thumbprint().empty());
  for (char c : verdict.Detail()) FUZZ_LAW(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  fuzz::Note(accepted);
  const bool forged = size > 0 && data[0] == 'f';
  FUZZ_LAW(!(accepted && forged));

  // A batch of three gives what three batches of one give.
  const Reason alone = verdict.reason();
  const std::string other = testing::ValidToken(setting->ed);
  const std::string_view tokens[] = {token, other, token};
  Verdict verdicts[3];
  setting->worker.ValidateBatch(tokens, testing::kNow, verdicts);
  FUZZ_LAW(verdicts[0].reason() == alone && verdicts[2].reason() == alone);
  FUZZ_LAW(verdicts[1].reason() == Reason::kAccepted);
  return 0;
}
