// How --help is laid out: eighty columns, and nothing but what a reader needs.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace assay::cli {

class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat();
  std::string make_group(std::string group, bool is_positional, std::vector<const CLI::Option*> options) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace assay::cli
