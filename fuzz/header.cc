// Laws of the protected header: accepted means an object with a known and allowed `alg`, no `crit`,
// no `b64`, a kid within the limit, all of them strings as the naive parser reads them.
#include <algorithm>
#include <memory>

#include "engine/base/limits.h"
#include "engine/jws/header.h"
#include "fuzz/law.h"
#include "tests/differential/reference_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  static json::StrictParser parser;
  static Arena arena;
  arena.Reset();
  constexpr AlgorithmSet kAllowed = {Algorithm::kES256, Algorithm::kRS256, Algorithm::kEdDSA};
  const std::string_view text = fuzz::Text(data, size);
  const auto copy = std::make_unique<char[]>(size + json::StrictParser::kPadding);
  std::copy(text.begin(), text.end(), copy.get());
  jws::Header header;
  const Reason reason = jws::ReadHeader({copy.get(), size}, kAllowed, parser, arena, &header);
  fuzz::Note(reason == Reason::kUnset);
  FUZZ_LAW(reason == Reason::kUnset || (reason >= Reason::kBadHeaderJson && reason <= Reason::kKidTooLong));

  reference::Node root;
  const bool is_object =
      reference::ReadJson(text, &root) == reference::JsonStatus::kOk && root.kind == reference::Node::Kind::kObject;
  if (reason == Reason::kBadHeaderJson || reason == Reason::kDuplicateName) {
    FUZZ_LAW(!is_object);
    return 0;
  }
  FUZZ_LAW(is_object);
  const reference::Node* const alg = root.Find("alg");
  const reference::Node* const kid = root.Find("kid");
  const reference::Node* const typ = root.Find("typ");
  const reference::Node* const cty = root.Find("cty");
  bool sound = alg != nullptr && root.Find("crit") == nullptr && root.Find("b64") == nullptr;
  for (const reference::Node* node : {alg, kid, typ, cty}) sound &= node == nullptr || node->IsString();
  if (sound) {
    const auto algorithm = ParseAlgorithm(alg->text);
    sound = algorithm && kAllowed.Contains(*algorithm) && (kid == nullptr || kid->text.size() <= kMaxKidBytes);
  }
  FUZZ_LAW(sound == (reason == Reason::kUnset));
  if (!sound) return 0;
  FUZZ_LAW(AlgorithmName(*header.algorithm) == alg->text);
  FUZZ_LAW(header.has_kid == (kid != nullptr) && (kid == nullptr || header.kid == kid->text));
  FUZZ_LAW(header.has_type == (typ != nullptr) && (typ == nullptr || header.type == typ->text));
  return 0;
}
