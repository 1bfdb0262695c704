// assay man: the manual pages. assay(1) is made from the same descriptions as --help. The build runs it.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "engine/api/engine.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/commands/file_formats.h"
#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

constexpr char kCommandPage[] = "assay";
constexpr char kFormatPage[] = "assay.json";

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

std::string Title(const std::string& name_and_section, const std::string& book) {
  return ".TH " + name_and_section + " \"\" \"assay " + std::string(Version()) + "\" \"" + book + "\"\n";
}

void PrintCommandPage(const CLI::App& app) {
  std::string out = Title("ASSAY 1", "User Commands");
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
  out += ".SH SEE ALSO\n.BR assay.json (5)\n";
  WriteStdout(out);
}

void AppendMember(std::string* out, const MemberText& member) {
  *out += ".TP\n\\fB" + Roff(std::string(member.name)) + "\\fR: \\fI" + Roff(std::string(member.value)) + "\\fR\n";
  *out += Roff(std::string(member.meaning));
  if (!member.otherwise.empty()) *out += " Without it: " + Roff(std::string(member.otherwise)) + '.';
  *out += '\n';
}

void AppendObjects(std::string* out, std::span<const ObjectText> objects) {
  for (const ObjectText& object : objects) {
    *out += ".SS \"" + Roff(std::string(object.heading)) + "\"\n";
    if (!object.about.empty()) *out += Roff(std::string(object.about)) + '\n';
    for (const MemberText& member : object.members) AppendMember(out, member);
  }
}

void PrintFormatPage() {
  std::string out = Title("ASSAY.JSON 5", "File Formats");
  out +=
      ".SH NAME\nassay.json \\- whose JSON Web Tokens are accepted, and what they may do\n"
      ".SH DESCRIPTION\nA configuration file says which issuers' tokens are accepted, by which keys, and what they "
      "must "
      "say; an MCP policy says which scopes an operation of a Model Context Protocol server needs. Both are JSON (RFC "
      "8259) without comments, trailing commas or members that stand twice. Unknown members, wrong types and unsafe "
      "values are refused, all of them at once, each with its line. A member that has no \"Without it\" must be there, "
      "or means nothing where it is left out.\n"
      ".PP\nEvery object may have a member \\fBabout\\fR, a string or an object of strings, for people; nothing else "
      "comes of it.\n"
      ".PP\nA \\fIclaim\\fR is a name, or an array of names from the root inwards: [\\(dqrealm_access\\(dq, "
      "\\(dqroles\\(dq]. A dot is part of a name; arrays are never entered.\n";
  out += ".SH CONFIGURATION\nRead by \\fB\\-\\-config\\fR, and checked by \\fBassay config check\\fR.\n";
  AppendObjects(&out, ConfigurationObjects());
  out +=
      ".SH MCP POLICY\nRead by \\fB\\-\\-policy\\fR. What no rule names is denied, but for what clients send by "
      "themselves.\n";
  AppendObjects(&out, PolicyObjects());
  out +=
      ".SH EXAMPLES\n.nf\n"
      "{\n"
      "  \\(dqversion\\(dq: 1,\n"
      "  \\(dqissuers\\(dq: [\n"
      "    {\n"
      "      \\(dqissuer\\(dq: \\(dqhttps://auth.example.com\\(dq,\n"
      "      \\(dqaudiences\\(dq: [\\(dqhttps://mcp.example.com/mcp\\(dq],\n"
      "      \\(dqkeys\\(dq: {\\(dqdiscover\\(dq: true},\n"
      "      \\(dqtoken_type\\(dq: \\(dqat+jwt\\(dq\n"
      "    }\n"
      "  ]\n"
      "}\n.fi\n"
      ".SH SEE ALSO\n.BR assay (1)\n.PP\n\\fBassay config init\\fR writes the configuration of twenty providers.\n";
  WriteStdout(out);
}

}  // namespace

void AddMan(CLI::App& app, Action* action) {
  CLI::App* man = app.add_subcommand("man", "Print a manual page as roff");
  man->group("");
  const auto page = std::make_shared<std::string>(kCommandPage);
  man->add_option("PAGE", *page, "assay or assay.json")->check(CLI::IsMember({kCommandPage, kFormatPage}));
  CLI::App* const whole = &app;
  man->callback([=] {
    *action = [=] {
      if (*page == kFormatPage) {
        PrintFormatPage();
      } else {
        PrintCommandPage(*whole);
      }
      return kExitGood;
    };
  });
}

}  // namespace assay::cli
