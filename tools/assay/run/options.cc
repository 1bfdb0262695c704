#include "tools/assay/run/options.h"

#include "engine/base/text.h"
#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

bool Accept(const CLI::results_t&) { return true; }

}  // namespace

CLI::Option* AddValue(CLI::App* app, const std::string& name, const std::string& type, const std::string& help) {
  return app->add_option(name, CLI::callback_t(Accept), help)->type_name(type)->expected(1);
}

CLI::Option* AddRepeated(CLI::App* app, const std::string& name, const std::string& type, const std::string& help) {
  return AddValue(app, name, type, help)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* AddFlag(CLI::App* app, const std::string& name, const std::string& help) {
  // Without a value: `--any-audience=false` would otherwise count as given.
  return app->add_flag(name, help)->disable_flag_override();
}

std::string Text(const CLI::Option* option, std::string fallback) {
  return Given(option) ? option->results().front() : fallback;
}

const std::vector<std::string>& Texts(const CLI::Option* option) { return option->results(); }

std::int64_t Number(const CLI::Option* option, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  if (!Given(option)) return fallback;
  const std::string& text = option->results().front();
  const auto value = ParseNumber<std::int64_t>(text);
  if (!value || *value < least || *value > most) {
    throw InputError{option->get_name() + " must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not `" + text + "`"};
  }
  return *value;
}

std::vector<std::string> SplitCommas(const std::string& name, const std::string& text) {
  std::vector<std::string> items;
  std::size_t start = 0;
  for (;;) {
    const std::size_t comma = text.find(',', start);
    items.push_back(text.substr(start, comma - start));
    if (items.back().empty()) throw InputError{name + " has an empty item: `" + text + "`"};
    if (comma == std::string::npos) return items;
    start = comma + 1;
  }
}

}  // namespace assay::cli
