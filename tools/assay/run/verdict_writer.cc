#include "tools/assay/run/verdict_writer.h"

#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string DetailOf(const TokenBlock::Line& line, bool cut, const Verdict& verdict) {
  if (!cut || verdict.reason() != Reason::kTooLarge) return verdict.Detail();
  return Count(line.length, "byte");
}

void AppendText(std::string* out, bool colour, const TokenBlock::Line& line, bool cut, const Verdict& verdict) {
  const bool accepted = verdict.accepted();
  AppendNumber(out, line.number);
  *out += ' ';
  if (colour) *out += accepted ? kGreen : kRed;
  *out += accepted ? "accept " : "reject ";
  *out += ReasonWord(verdict.reason());
  if (colour) *out += kPlain;
  if (!accepted) {
    const std::string detail = DetailOf(line, cut, verdict);
    if (!detail.empty()) *out += ' ';
    AppendPrintable(out, detail);
  }
  *out += '\n';
}

void AppendJsonVerdict(std::string* out, const TokenBlock::Line& line, bool cut, const Verdict& verdict) {
  *out += "{\"line\":";
  AppendNumber(out, line.number);
  if (!verdict.accepted()) {
    *out += ",\"verdict\":\"reject\",\"reason\":\"";
    *out += ReasonWord(verdict.reason());
    *out += "\",\"detail\":";
    AppendJsonString(out, DetailOf(line, cut, verdict));
    *out += "}\n";
    return;
  }
  *out += ",\"verdict\":\"accept\",\"alg\":\"";
  if (verdict.algorithm()) *out += AlgorithmName(*verdict.algorithm());
  *out += "\",\"kid\":";
  if (verdict.has_kid()) {
    AppendJsonString(out, verdict.kid());
  } else {
    *out += "null";
  }
  *out += ",\"claims\":";
  if (verdict.claims() != nullptr) {
    AppendJson(out, verdict.claims()->json());
  } else {
    *out += "null";
  }
  *out += "}\n";
}

}  // namespace

void AppendVerdict(std::string* out, Format format, bool colour, const TokenBlock::Line& line, bool cut,
                   const Verdict& verdict) {
  if (format == Format::kText) {
    AppendText(out, colour, line, cut, verdict);
  } else if (format == Format::kJson) {
    AppendJsonVerdict(out, line, cut, verdict);
  }
}

}  // namespace assay::cli
