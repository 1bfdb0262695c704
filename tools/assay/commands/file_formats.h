// The members of a configuration file and of an MCP policy, in words: what assay.json(5) is made of.
#pragma once

#include <span>
#include <string_view>

namespace assay::cli {

// MemberText: one member: what it holds, what it is when it is left out (empty: it must be there, or says nothing
// then), and what comes of it.
struct MemberText {
  std::string_view name;
  std::string_view value;
  std::string_view otherwise;
  std::string_view meaning;
};

// ObjectText: one object of the file, in the order in which a reader meets it.
struct ObjectText {
  std::string_view heading;
  std::string_view about;
  std::span<const MemberText> members;
};

// ConfigurationObjects, PolicyObjects: all objects of a configuration file, and of an MCP policy. A test holds the
// names against those that the readers take.
std::span<const ObjectText> ConfigurationObjects();
std::span<const ObjectText> PolicyObjects();

}  // namespace assay::cli
