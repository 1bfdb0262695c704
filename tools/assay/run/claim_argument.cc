#include "tools/assay/run/claim_argument.h"

#include "engine/config/claim_members.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

// EndOfList: the place behind the `]` that closes the list at the front of `text`; npos: none does.
std::size_t EndOfList(const std::string& text) {
  bool in_string = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (text[i] == ']' && !in_string) {
      return i + 1;
    }
  }
  return std::string::npos;
}

ClaimPath ReadList(const std::string& option, const std::string& list) {
  ConfigReader reader("{\"claim\":" + list + "}", option);
  ConfigReader::Object root;
  ClaimPath claim;
  if (reader.Open(&root)) ReadClaimPath(reader, root, "claim", &claim);
  if (!reader.clean()) throw InputError{option + ": " + list + " is no JSON list of names"};
  return claim;
}

// LooksLikePath: as in configuration files: a URL with dots is what it seems.
bool LooksLikePath(const std::string& name) {
  return name.find('.') != std::string::npos && name.find("://") == std::string::npos;
}

}  // namespace

ClaimArgument ReadClaimArgument(const std::string& option, const std::string& text,
                                std::vector<std::string>* warnings) {
  ClaimArgument argument;
  const bool is_list = text.starts_with('[');
  const std::size_t end = is_list ? EndOfList(text) : text.find('=');
  if (is_list) {
    argument.claim = ReadList(option, text.substr(0, end));
    if (end < text.size() && text[end] != '=')
      throw InputError{option + ": behind the list stands neither = nor nothing"};
  } else {
    argument.claim = {text.substr(0, end)};
    if (argument.claim.front().empty()) throw InputError{option + " needs a name, as in NAME or NAME=VALUE"};
    if (LooksLikePath(argument.claim.front())) {
      warnings->push_back(option + ": " + Printable(argument.claim.front()) +
                          " is one name with a dot; a claim inside another is a JSON list of names");
    }
  }
  if (end >= text.size()) return argument;
  argument.value = text.substr(end + 1);
  if (const std::string_view why = WhyDoubtful(*argument.value); !why.empty()) {
    warnings->push_back(option + ": the value " + Printable(*argument.value) + " " + std::string(why));
  }
  return argument;
}

}  // namespace assay::cli
