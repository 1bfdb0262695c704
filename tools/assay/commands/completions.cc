// assay completions: what the shells complete, made from the same descriptions as --help. The build runs it.
#include <CLI/CLI.hpp>

#include <algorithm>

#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/run/options.h"

namespace assay::cli {
namespace {

std::vector<const CLI::App*> ChildrenOf(const CLI::App& command) {
  std::vector<const CLI::App*> children = command.get_subcommands({});
  std::erase_if(children, [](const CLI::App* child) { return child->get_group().empty(); });
  return children;
}

bool TakesValue(const CLI::Option& option) {
  return !option.get_type_name().empty() && option.get_items_expected_max() > 0;
}

// IsFile: whether a value of this type is a file's name, or may be one.
bool IsFile(const std::string& type) {
  return type.find("FILE") != std::string::npos || type == "PEM" || type.starts_with("KEY");
}

// ChoiceOf: the words that the value must be one of: types such as `text|json`; empty for all else.
std::string ChoiceOf(std::string type) {
  const bool is_choice = type.find('|') != std::string::npos && std::all_of(type.begin(), type.end(), [](char c) {
                           return c == '|' || (c >= 'a' && c <= 'z');
                         });
  if (!is_choice) return "";
  std::replace(type.begin(), type.end(), '|', ' ');
  return type;
}

// FlagsOf: `--format`, `-h`, as they are typed.
std::vector<std::string> FlagsOf(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& name : option.get_snames()) flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flags.push_back("--" + name);
  return flags;
}

// PositionalOf: the type of the first argument that is no option; empty without one.
std::string PositionalOf(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) return option->get_name(true);
  }
  return "";
}

// ForEachCommand: visit(path, command) for the command, and each of its own, with the words that lead to it.
template <typename Visitor>
void ForEachCommand(const CLI::App& command, const std::string& path, const Visitor& visit) {
  visit(path, command);
  for (const CLI::App* child : ChildrenOf(command)) ForEachCommand(*child, path + ' ' + child->get_name(), visit);
}

// Either: adds a word to the pattern of a shell's `case`.
void Either(std::string* pattern, const std::string& word) {
  *pattern += (pattern->empty() ? "\"" : " | \"") + word + '"';
}

// BashBranches: the branches of the `case` that looks at the command and the word before the one to complete.
std::string BashBranches(const CLI::App& app) {
  std::string files, unguessable, choices;
  ForEachCommand(app, "assay", [&](const std::string& path, const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
      if (!TakesValue(*option)) continue;
      const std::string type = option->get_type_name(), choice = ChoiceOf(type);
      for (const std::string& flag : FlagsOf(*option)) {
        const std::string words = path + ' ' + flag;
        if (!choice.empty()) choices += "    \"" + words + "\") words=\"" + choice + "\" ;;\n";
        if (choice.empty()) Either(IsFile(type) ? &files : &unguessable, words);
      }
    }
  });
  return choices + "    " + files + ") files=1 ;;\n    " + unguessable + ") return ;;\n";
}

std::string Bash(const CLI::App& app) {
  std::string paths, words;
  ForEachCommand(app, "assay", [&](const std::string& path, const CLI::App& command) {
    if (&command != &app) Either(&paths, path);
    std::string line;
    for (const CLI::App* child : ChildrenOf(command)) line += ' ' + child->get_name();
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& flag : FlagsOf(*option)) line += ' ' + flag;
    }
    words += "      \"" + path + "\") words=\"" + line.substr(line.find_first_not_of(' ')) + '"';
    words += IsFile(PositionalOf(command)) ? "; [[ $word == -* ]] || files=1 ;;\n" : " ;;\n";
  });
  return R"(# bash completion for assay, made by the command from its own options.
_assay() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" path=assay words="" files="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
      )" +
         paths +
         R"() path+=" ${COMP_WORDS[i]}" ;;
    esac
  done
  # `--option=value` is three words to bash.
  if [[ $word == = ]]; then
    word=""
  elif [[ $before == = ]]; then
    before="${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  case "$path $before" in
)" + BashBranches(app) +
         R"(  esac
  if [[ -z $words$files ]]; then
    case "$path" in
)" + words +
         R"(    esac
  fi
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -F _assay assay
)";
}

// Escaped: `text` with what brackets and colons mean to zsh's _arguments taken from them. Quoted: inside single quotes.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + '\'';
}

std::string ZshValue(const std::string& type) {
  const std::string choice = ChoiceOf(type);
  if (!choice.empty()) return ":(" + choice + ")";
  return IsFile(type) ? ":_files" : ":";
}

std::string ZshOption(const CLI::Option& option) {
  std::string out;
  for (const std::string& flag : FlagsOf(option)) {
    const bool repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    std::string spec = (repeats ? "*" : "") + flag + (TakesValue(option) ? "=" : "") + '[';
    spec += Escaped(option.get_description()) + ']';
    if (TakesValue(option)) spec += ':' + Escaped(option.get_type_name()) + ZshValue(option.get_type_name());
    out += " \\\n        " + Quoted(spec);
  }
  return out;
}

// ZshCases: for each command what its words may be; a command of commands asks the same again of the words behind.
std::string ZshCases(const CLI::App& command, const std::string& path) {
  std::string out = "    (\"" + path + "\")\n      _arguments -s";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) out += ZshOption(*option);
  }
  const std::vector<const CLI::App*> children = ChildrenOf(command);
  if (!children.empty()) {
    std::string spec = "1:command:((";
    for (const CLI::App* child : children) {
      spec += child->get_name() + "\\:\"" + Escaped(Escaped(child->get_description())) + "\" ";
    }
    spec.back() = ')';
    out += " \\\n        " + Quoted(spec + ')');
  } else if (const std::string positional = PositionalOf(command); !positional.empty()) {
    out += " \\\n        " + Quoted("*:" + Escaped(positional) + (IsFile(positional) ? ":_files" : ":"));
  }
  out += " ;;\n";
  for (const CLI::App* child : children) out += ZshCases(*child, path + ' ' + child->get_name());
  return out;
}

std::string Zsh(const CLI::App& app) {
  std::string paths;
  ForEachCommand(app, "assay", [&](const std::string& path, const CLI::App& command) {
    if (&command != &app) Either(&paths, path);
  });
  return R"(#compdef assay
# zsh completion for assay, made by the command from its own options.
_assay() {
  local so_far=assay
  # The command's words go before what completes its own arguments.
  while ((CURRENT > 2)); do
    case "$so_far ${words[2]}" in
      ()" +
         paths +
         R"() so_far+=" ${words[2]}"; shift words; ((CURRENT--)) ;;
      (*) break ;;
    esac
  done
  case "$so_far" in
)" + ZshCases(app, "assay") +
         R"(  esac
}
_assay "$@"
)";
}

}  // namespace

void AddCompletions(CLI::App& app, Action* action) {
  CLI::App* completions = app.add_subcommand("completions", "Print what a shell completes");
  completions->group("");
  const CLI::Option* shell = AddValue(completions, "SHELL", "bash|zsh", "The shell")->required();
  CLI::App* const whole = &app;
  completions->callback([=] {
    *action = [=] {
      const std::string name = Text(shell);
      if (name != "bash" && name != "zsh") throw InputError{"there are completions for bash and zsh only"};
      WriteStdout(name == "bash" ? Bash(*whole) : Zsh(*whole));
      return kExitGood;
    };
  });
}

}  // namespace assay::cli
