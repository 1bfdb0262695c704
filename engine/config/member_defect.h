// MemberDefect: what a configuration from a file is told with its place, and one that was built in C++ in words.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// MemberDefect: a member of an object, by its name in the configuration file, and why it may not stand there.
struct MemberDefect {
  std::string_view member;
  std::string why;
};

}  // namespace assay
