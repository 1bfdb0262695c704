// How an explanation is written.
#include <algorithm>

#include "engine/json/writer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/explanation.h"

namespace assay::cli {
namespace {

constexpr std::size_t kWidth = 80;

constexpr std::size_t kNameAt = 6;  // where the name of a check stands

// AppendWrapped: `text` behind `indent` spaces in each line but the first, which begins at column `at`. A word that is
// longer than a line is cut.
void AppendWrapped(std::string* out, std::string_view text, std::size_t indent, std::size_t at) {
  const auto new_line = [&] {
    *out += '\n' + std::string(indent, ' ');
    at = indent;
  };
  bool first = true;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!first && at + 1 + word.size() > kWidth) {
      new_line();
    } else if (!first) {
      *out += ' ';
      ++at;
    }
    first = false;
    for (; at + word.size() > kWidth; word.remove_prefix(kWidth - at), new_line()) *out += word.substr(0, kWidth - at);
    *out += word;
    at += word.size();
  }
  *out += '\n';
}

bool HasFailed(const ExplainedCheck& row) { return !row.passed && row.reached; }

std::string_view ResultOf(const ExplainedCheck& row) {
  if (HasFailed(row)) return "fail";
  if (!row.asked) return "not_asked";
  return row.reached ? "ok" : "not_reached";
}

void AppendRow(std::string* out, const ExplainedCheck& row, bool colour) {
  constexpr std::size_t kNameSize = 15;
  constexpr std::size_t kTextAt = kNameAt + kNameSize;
  const std::string word = HasFailed(row) ? "FAIL" : row.passed && row.asked ? "ok" : "-";
  *out += colour && word != "-" ? std::string(row.passed ? kGreen : kRed) + word + std::string(kPlain) : word;
  std::string name = row.name;
  name.resize(std::max(kNameSize, name.size() + 1), ' ');
  *out += std::string(kNameAt - word.size(), ' ') + name;
  std::string text = row.found;
  if (!row.asked) {
    text += text.empty() ? "not asked" : "; not asked";
  } else if (!row.wanted.empty()) {
    text += (text.empty() ? "wanted: " : "; wanted: ") + row.wanted;
  }
  if (HasFailed(row) && !row.detail.empty()) text = row.detail_shown.empty() ? row.detail : row.detail_shown;
  AppendWrapped(out, text, kTextAt, kNameAt + name.size());
}

// AppendVerdict: the first line's words.
void AppendVerdict(std::string* out, const Explanation& explanation) {
  if (!explanation.accepted) {
    *out += "REFUSED: " + explanation.reason;
  } else if (!explanation.tool) {
    *out += "ACCEPTED";
  } else {
    *out += explanation.tool->allowed ? "ACCEPTED, and may call the tool" : "DENIED: " + explanation.tool->reason;
  }
}

std::string CauseOf(const ExplainedTool& tool) {
  if (tool.allowed) return "";
  return Printable(tool.name) + ": " + (tool.detail.empty() ? tool.reason : tool.detail);
}

// AppendParagraph: nothing where `text` is empty.
void AppendParagraph(std::string* out, std::string_view introduction, std::string_view text) {
  if (text.empty()) return;
  *out += "  " + std::string(introduction);
  AppendWrapped(out, text, 2, 2 + introduction.size());
}

}  // namespace

std::string ToText(const Explanation& explanation, bool colour) {
  std::string out;
  const bool good = explanation.accepted && (!explanation.tool || explanation.tool->allowed);
  if (colour) out += good ? kGreen : kRed;
  AppendVerdict(&out, explanation);
  if (colour) out += kPlain;
  out += explanation.report_only ? " (report only: a gateway may let it pass)\n" : "\n";
  const bool of_tool = explanation.accepted && explanation.tool.has_value();
  AppendParagraph(&out, "", of_tool ? CauseOf(*explanation.tool) : explanation.cause);
  AppendParagraph(&out, "What would have to change: ", of_tool ? explanation.tool->advice : explanation.advice);
  if (of_tool && !good) AppendParagraph(&out, "", "The token itself is accepted.");
  out += "\nThe checks, in their order:\n";
  const auto failed = std::find_if(explanation.checks.begin(), explanation.checks.end(), HasFailed);
  std::string unreached;
  for (auto row = explanation.checks.begin(); row != explanation.checks.end(); ++row) {
    if (row->reached) {
      AppendRow(&out, *row, colour);
    } else if (row->asked) {
      unreached += (unreached.empty() ? "" : ", ") + row->name;
    }
    if (row != failed || row + 1 == explanation.checks.end()) continue;
    out += explanation.proven ? "      --- what follows was not needed for the verdict\n"
                              : "      --- what follows is of a token that is not proven to be the issuer's\n";
  }
  if (!unreached.empty()) {
    constexpr std::string_view kIntroduction = "-     could not be checked: ";
    out += kIntroduction;
    AppendWrapped(&out, unreached, kNameAt, kIntroduction.size());
  }
  if (const auto& tool = explanation.tool; tool && explanation.accepted) {
    ExplainedCheck row{"tool", tool->allowed, "", Printable(tool->name) + ": " + tool->reason, ""};
    if (!tool->allowed) {
      row.detail = Printable(tool->name) + ": " + std::to_string(tool->status) + ' ' + tool->reason;
      if (!tool->detail.empty()) row.detail += ": " + tool->detail;
    }
    AppendRow(&out, row, colour);
  }
  return out;
}

std::string ToJson(const Explanation& explanation) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  writer.Begin('{').Member("verdict", explanation.accepted ? "accept" : "reject");
  writer.Member("reason", explanation.reason).Member("detail", explanation.detail);
  if (explanation.report_only) writer.Name("report_only").Raw("true");
  writer.Member("advice", explanation.advice).Name("proven").Raw(explanation.proven ? "true" : "false");
  writer.Name("checks").Begin('[');
  for (const ExplainedCheck& row : explanation.checks) {
    std::string name = row.name;
    std::replace(name.begin(), name.end(), ' ', '_');
    writer.Begin('{').Member("check", name).Member("result", ResultOf(row));
    writer.Member("wanted", row.wanted).Member("found", row.found);
    if (HasFailed(row)) writer.Member("detail", row.detail);
    writer.End('}');
  }
  writer.End(']');
  if (const auto& tool = explanation.tool) {
    writer.Name("tool").Begin('{').Member("name", tool->name).Member("decision", tool->allowed ? "allow" : "deny");
    writer.Member("status", tool->status).Member("reason", tool->reason).Member("detail", tool->detail);
    writer.Member("advice", tool->advice).End('}');
  }
  writer.End('}');
  return out + '\n';
}

}  // namespace assay::cli
