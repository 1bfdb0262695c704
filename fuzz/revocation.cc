// Laws of revocation files: each line that is read is JSON with unique names by the reference as well, and is the
// same again when it is written and read; the whole is read exactly when each of its lines is; whatever was read is
// found in the set made of it, and nothing of another issuer is.
#include <string>
#include <vector>

#include "engine/revocation/revocation_line.h"
#include "engine/revocation/revocation_set.h"
#include "fuzz/law.h"
#include "tests/differential/reference_json.h"

namespace assay {
namespace {

bool Same(const Revocation& a, const Revocation& b) {
  return a.by == b.by && a.issuer == b.issuer && a.value == b.value && a.expires_at == b.expires_at &&
         a.issued_before == b.issued_before;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back(line);
  }
  return lines;
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  static const revocation::Fingerprinter names;
  const std::string_view text = fuzz::Text(data, size);
  std::vector<Revocation> read;
  const bool whole =
      revocation::RevocationLineReader().ReadAll(text, [&](const Revocation& each) { read.push_back(each); }).ok();
  bool all = true;
  for (const std::string_view line : Lines(text)) {
    const Result<Revocation> revocation = ParseRevocation(line);
    all &= revocation.ok();
    if (!revocation) {
      FUZZ_LAW(!revocation.error().empty());
      continue;
    }
    reference::Node root;
    FUZZ_LAW(reference::ReadJson(line, &root) == reference::JsonStatus::kOk);
    FUZZ_LAW(ValidateRevocation(*revocation).ok());
    const Result<Revocation> again = ParseRevocation(FormatRevocation(*revocation));
    FUZZ_LAW(again.ok() && Same(*revocation, *again));
  }
  FUZZ_LAW(whole == all);
  revocation::RevocationSet::Additions additions;
  for (const Revocation& each : read) additions.Add(names, each, {});
  const revocation::RevocationSet set = revocation::RevocationSet().With(std::move(additions), INT64_MIN);
  for (const Revocation& each : read) {
    const auto find = [&](const std::string& issuer) {
      return set.Find(names, names.Hash(each.by, issuer, each.value), each.by, issuer, each.value);
    };
    const auto* const entry = find(each.issuer);
    FUZZ_LAW(entry != nullptr);
    FUZZ_LAW(!each.issued_before || entry->issued_before >= *each.issued_before);
    const std::string other = each.issuer + "/";
    bool listed = false;
    for (const Revocation& any : read) listed |= any.issuer == other && any.by == each.by && any.value == each.value;
    FUZZ_LAW((find(other) != nullptr) == listed);
  }
  fuzz::Note(whole && !read.empty());
  return 0;
}
