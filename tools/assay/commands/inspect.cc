// assay inspect: what a token says, without a word on whether it is true.
#include <ctime>
#include <optional>

#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/claims/numeric_date.h"
#include "engine/json/strict.h"
#include "engine/jws/compact.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/one_token.h"
#include "tools/assay/io/pretty_json.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/options.h"

namespace assay::cli {
namespace {

std::string DecodeSegment(std::string_view segment, std::string_view name) {
  std::string bytes(base64url::DecodedSize(segment.size()), '\0');
  const std::size_t wrong = base64url::Decode(segment, bytes.data());
  if (wrong == base64url::kOk) return bytes;
  throw InputError{"the " + std::string(name) + " is not base64url: character " + std::to_string(wrong + 1) +
                   " of it is wrong"};
}

void AppendSegment(std::string* out, std::string_view name, std::string_view bytes) {
  Arena arena(2 * bytes.size() + 4096);
  json::StrictParser parser(bytes.size());
  parser.LimitMembers(kMaxObjectMembersCeiling);
  json::Document document;
  const json::Status status = parser.ParseCopy(bytes, arena, &document);
  *out += std::string(name) + " (" + Count(bytes.size(), "byte") + ")";
  if (status == json::Status::kOk) {
    *out += '\n';
    AppendPretty(out, document.root.raw);
    *out += '\n';
    return;
  }
  const bool is_json = status != json::Status::kMalformed || document.is_too_deep;
  const std::string defect = json::DescribeDefect(status, document, kMaxObjectMembersCeiling);
  *out += is_json ? ", " + defect + "; Assay refuses that\n" : ", not valid JSON\n";
  AppendJsonString(out, bytes);
  *out += '\n';
}

// AppendDates: `exp`, `nbf`, `iat` as dates.
void AppendDates(std::string* out, std::string_view payload) {
  Arena arena(2 * payload.size() + 4096);
  json::StrictParser parser(payload.size());
  parser.LimitMembers(kMaxObjectMembersCeiling);
  json::Document document;
  if (parser.ParseCopy(payload, arena, &document) != json::Status::kOk) return;
  const std::int64_t now = std::time(nullptr);
  for (const std::string_view name : {"iat", "nbf", "exp"}) {
    const json::Value* value = json::Find(document.members, name);
    if (value == nullptr || value->kind != json::Kind::kNumber) continue;
    const auto date = NumericDate::Parse(value->raw);
    const std::optional<std::string> text = date ? UtcText(date->floor()) : std::nullopt;
    if (!text) continue;
    *out += std::string(name) + "  " + *text;
    *out += date->floor() <= now ? ", past\n" : ", to come\n";
  }
}

int RunInspect(const CLI::Option* option) {
  const std::string given = Text(option);
  const std::string token = given == "-" ? ReadOneToken(given) : OneToken(given);
  jws::Compact parts;
  const Reason reason = jws::Split(token, kMaxTokenBytesCeiling, &parts);
  if (reason == Reason::kEncryptedToken) {
    throw InputError{"this token is encrypted (five segments); only signed tokens can be shown"};
  }
  if (reason == Reason::kTooLarge) throw InputError{"the token is larger than 1 MiB"};
  if (reason != Reason::kUnset) {
    throw InputError{"this is no compact JWS: three segments separated by two dots are expected"};
  }
  const std::string header = DecodeSegment(parts.header, "header");
  const std::string payload = DecodeSegment(parts.payload, "payload");
  const std::string signature = DecodeSegment(parts.signature, "signature");
  std::string out = "NOT VERIFIED: decoded only, anyone can have written this\n\n";
  AppendSegment(&out, "header", header);
  out += '\n';
  AppendSegment(&out, "payload", payload);
  AppendDates(&out, payload);
  out += "\nsignature (" + Count(signature.size(), "byte") + ", not checked)\n";
  WriteStdout(out);
  return kExitGood;
}

}  // namespace

void AddInspect(CLI::App& app, Action* action) {
  CLI::App* inspect = app.add_subcommand("inspect", "Decode a token without verifying it");
  inspect->footer(
      "Control characters of the token are shown escaped. Nothing of what is shown can be "
      "trusted.");
  const CLI::Option* token = AddValue(inspect, "TOKEN", "", "The token; `-` reads it from standard input")->required();
  inspect->callback([=] { *action = [=] { return RunInspect(token); }; });
}

}  // namespace assay::cli
