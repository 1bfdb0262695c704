#include "tools/assay/io/help_format.h"

#include <sstream>

namespace assay::cli {
namespace {

constexpr std::size_t kColumn = 26;
constexpr std::size_t kWidth = 80;

std::string Wrap(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string out;
  std::size_t column = 0;
  for (std::string word; words >> word;) {
    if (column > 0 && column + 1 + word.size() > width) {
      out += '\n';
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

}  // namespace

HelpFormat::HelpFormat() {
  column_width(kColumn);
  label("OPTIONS", "options");
  label("SUBCOMMAND", "COMMAND");
  label("SUBCOMMANDS", "COMMANDS");
  label("Subcommands", "Commands");
  label("Positionals", "Arguments");
}

// make_group: one blank line before a group: the base class leaves one after a group too, where another follows.
std::string HelpFormat::make_group(std::string group, bool is_positional,
                                   std::vector<const CLI::Option*> options) const {
  const bool first = is_positional || group == "Options";
  const std::string text = CLI::Formatter::make_group(group, is_positional, options);
  return first ? text : text.substr(1);
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  return option->get_type_name().empty() || option->get_items_expected_max() == 0 ? "" : ' ' + option->get_type_name();
}

std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (!option->get_envname().empty()) text += " (environment: " + option->get_envname() + ')';
  if (option->get_required()) text += " (required)";
  return Wrap(text, kWidth - kColumn);
}

}  // namespace assay::cli
