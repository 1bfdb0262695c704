// Option values as they were typed. CLI11 gathers and names the options; their text is read here,
// since its own conversions take more than we want (octal numbers, `{}` as an empty list).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace assay::cli {

// AddValue: adds an option that takes one value. AddRepeated: one that may be repeated, with one value each time.
CLI::Option* AddValue(CLI::App* app, const std::string& name, const std::string& type, const std::string& help);
CLI::Option* AddRepeated(CLI::App* app, const std::string& name, const std::string& type, const std::string& help);

CLI::Option* AddFlag(CLI::App* app, const std::string& name, const std::string& help);

inline bool Given(const CLI::Option* option) { return option->count() > 0; }

// Text: the value, or `fallback` when the option was not given.
std::string Text(const CLI::Option* option, std::string fallback = "");
const std::vector<std::string>& Texts(const CLI::Option* option);

// Number: likewise as a decimal integer within [least, most]; throws InputError naming the option for any other value.
std::int64_t Number(const CLI::Option* option, std::int64_t fallback, std::int64_t least, std::int64_t most);

// SplitCommas: the items of `text`. A comma is a separator; empty items are an error.
std::vector<std::string> SplitCommas(const std::string& name, const std::string& text);

}  // namespace assay::cli
