// assay man: the manual page, made from the same descriptions as --help. The build runs it.
#include <CLI/CLI.hpp>

#include "engine/api/engine.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

// Roff: text for roff: no line begins with a control character, backslashes and dashes are literal.
std::string Roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

void AppendOption(std::string* out, const CLI::Option& option) {
  if (option.get_group().empty()) return;
  *out += ".TP\n\\fB" + Roff(option.get_name(false, true)) + "\\fR";
  if (!option.get_type_name().empty() && option.get_items_expected_max() > 0) {
    *out += " \\fI" + Roff(option.get_type_name()) + "\\fR";
  }
  *out += '\n' + Roff(option.get_description());
  if (!option.get_envname().empty()) *out += " (environment: " + Roff(option.get_envname()) + ')';
  *out += '\n';
}

void AppendCommand(std::string* out, const CLI::App& command, const std::string& path) {
  const std::string name = path + ' ' + command.get_name();
  if (!command.get_subcommands({}).empty()) {
    for (const CLI::App* child : command.get_subcommands({})) AppendCommand(out, *child, name);
    return;
  }
  std::string usage = name + " [options]";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    usage += ' ' + (option->get_required() ? option->get_name(true) : '[' + option->get_name(true) + ']');
  }
  *out += ".SS \"" + Roff(usage) + "\"\n" + Roff(command.get_description()) + ".\n";
  if (!command.get_footer().empty()) *out += ".PP\n" + Roff(command.get_footer()) + '\n';
  for (const CLI::Option* option : command.get_options()) AppendOption(out, *option);
}

int RunMan(const CLI::App& app) {
  std::string out = ".TH ASSAY 1 \"\" \"assay " + std::string(Version()) + "\" \"User Commands\"\n";
  out += ".SH NAME\nassay \\- judge JSON Web Tokens\n";
  out += ".SH SYNOPSIS\n.B assay\n.I command\n[\\fIoptions\\fR]\n";
  out += ".SH DESCRIPTION\n" + Roff(app.get_description()) + '\n';
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) AppendCommand(&out, *command, "assay");
  }
  out += ".SH EXIT STATUS\n" + Roff(app.get_footer()) + '\n';
  out +=
      ".SH ENVIRONMENT\n.TP\n\\fBASSAY_KERNEL\\fR\nSignature kernel, where \\-\\-kernel is not "
      "given.\n"
      ".TP\n\\fBNO_COLOR\\fR\nWhen set and not empty, no colours on a terminal.\n";
  out +=
      ".SH EXAMPLES\nA key, its public set, a thousand tokens, and their verdicts:\n.PP\n.nf\n"
      "assay keygen \\-\\-alg ES256 \\-\\-out key.jwk\n"
      "assay jwks key.jwk > jwks.json\n"
      "assay mint \\-\\-key key.jwk \\-\\-claims "
      "\\(aq{\"iss\":\"https://as.example\",\"aud\":\"https://api.example\"}\\(aq \\-\\-count 1000 "
      "> tokens\n"
      "assay verify \\-\\-jwks jwks.json \\-\\-issuer https://as.example \\-\\-audience "
      "https://api.example \\-\\-stats tokens\n.fi\n";
  WriteStdout(out);
  return kExitGood;
}

}  // namespace

void AddMan(CLI::App& app, Action* action) {
  CLI::App* man = app.add_subcommand("man", "Print the manual page as roff");
  man->group("");
  CLI::App* const whole = &app;
  man->callback([=] { *action = [=] { return RunMan(*whole); }; });
}

}  // namespace assay::cli
