// The `assay` command line: parses, runs one subcommand, and turns every failure into one line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "tools/assay/commands/command.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace {

using namespace assay::cli;

// ExplainMismatch: a value too few or too many, or one for a flag: the parser's own words for these say little.
std::string ExplainMismatch(const std::string& message) {
  const std::string name = message.substr(0, message.find_first_of(": "));
  if (message.find("flag override") != std::string::npos) {
    return (name.starts_with('-') ? "" : "--") + name + " takes no value";
  }
  if (message.find("At Most") != std::string::npos) return name + " can be given once only";
  if (message.find("missing") != std::string::npos) return name + " needs a value";
  return message;
}

// UnknownOption: the first of `words`, which nothing takes, that looks like an option. It is the mistake even where
// others are left over (its value, say) or missing (the option that it was meant for). Null when there is none.
const std::string* UnknownOption(const std::vector<std::string>& words) {
  const auto found = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && word != "--";
  });
  return found == words.end() ? nullptr : &*found;
}

// Explain: what is wrong with the command line, and where to read more.
std::string Explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::string message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    message = ExplainMismatch(message);
  }
  std::string command = "assay";
  const CLI::App* innermost = &app;
  int words = 1;
  for (; !innermost->get_subcommands().empty(); ++words) {
    innermost = innermost->get_subcommands().front();
    command += ' ' + innermost->get_name();
  }
  if (!innermost->get_subcommands({}).empty()) {  // a command of it should have followed
    const std::string word = words < argc ? argv[words] : "";
    if (word.empty()) {
      message = "a command is missing";
    } else if (LooksLikeToken(word)) {
      message = "a token stands where a command is expected";
    } else if (word[0] == '-') {
      message = "there is no option `" + word + "` here";
    } else {
      message = "there is no command `" + (command + ' ' + word).substr(6) + '`';
    }
  }
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool excludes = dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr;
  if ((extras || excludes || dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) &&
      innermost->get_subcommands({}).empty()) {
    const std::vector<std::string> left_over = app.remaining(true);
    if (const std::string* option = UnknownOption(left_over)) {
      message = "there is no option `" + *option + "` here";
    } else if (extras && !left_over.empty()) {
      message =
          "one argument too many: " + (LooksLikeToken(left_over.front()) ? "a token" : '`' + left_over.front() + '`');
    }
  }
  constexpr std::string_view kExcludes = " excludes ";
  const std::size_t between = message.find(kExcludes);
  if (excludes && between != std::string::npos) {
    message.replace(between, kExcludes.size(), " and ");
    message += " cannot be given together";
  }
  return message + " (see " + command + " --help)";
}

int Run(int argc, char** argv) {
  Action action;
  const auto app = MakeApp(&action);
  try {
    app->parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream out, err;
    app->exit(asked, out, err);
    WriteStdout(out.str());
    return kExitGood;
  } catch (const CLI::ParseError& error) {
    throw InputError{Explain(*app, error, argc, argv)};
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  PrepareStandardStreams();
  try {
    return Run(argc, argv);
  } catch (const InputError& error) {
    Complain(error.message);
  } catch (const ConfigDefects& defects) {
    // Each defect has a line; what a file's names and values put into it is shown as elsewhere.
    std::string out;
    for (std::string_view rest = defects.lines; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      AppendPrintable(&out, rest.substr(0, end));
      out += '\n';
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    WriteStderr(out);
  } catch (const OutputClosed&) {
    // Whoever read the output has gone and wants no more of it, messages included.
  } catch (const std::exception& error) {
    Complain(error.what());
  }
  return kExitError;
}
