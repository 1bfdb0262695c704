#include "tools/assay/run/verdict_writer.h"

#include <optional>

#include "engine/json/writer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

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
  if (verdict.report_only()) *out += " (report only)";
  if (!accepted) {
    const std::string detail = DetailOf(line, cut, verdict);
    if (!detail.empty()) *out += ' ';
    AppendPrintable(out, detail);
  }
  *out += '\n';
}

void AppendJsonVerdict(std::string* out, const TokenBlock::Line& line, bool cut, const Verdict& verdict) {
  json::Writer writer(out, json::Escapes::kShownString);
  writer.Begin('{').Member("line", line.number).Member("verdict", verdict.accepted() ? "accept" : "reject");
  if (!verdict.accepted()) {
    writer.Member("reason", ReasonWord(verdict.reason())).Member("detail", DetailOf(line, cut, verdict));
    if (verdict.report_only()) writer.Name("report_only").Raw("true");
  } else {
    writer.Member("alg", verdict.algorithm() ? AlgorithmName(*verdict.algorithm()) : "");
    writer.Member("kid", verdict.has_kid() ? std::optional(verdict.kid()) : std::nullopt).Name("claims");
    if (verdict.claims() == nullptr) {
      writer.Raw("null");
    } else {
      writer.Raw({});  // the value follows
      AppendJson(out, verdict.claims()->json());
    }
  }
  writer.End('}');
  *out += '\n';
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
