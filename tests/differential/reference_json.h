// JSON read a second time, by nlohmann-json, with the strictness that tokens need put on top.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::reference {

struct Node {
  enum class Kind { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;                // a string's value; a number's spelling (integers within 64 bits: normalised)
  std::vector<std::string> names;  // an object's, in order
  std::vector<Node> items;         // an array's items, or the values that `names` name

  const Node* Find(std::string_view name) const;
  bool IsString() const { return kind == Kind::kString; }
};

enum class JsonStatus { kOk, kMalformed, kDuplicateName };

// What nlohmann-json refuses, and besides: a byte order mark, NUL bytes (which it takes for the
// end), names that repeat, more than 16 levels, more than 256 members. Numbers of any size are
// legal. A document with several of these defects is malformed.
JsonStatus ReadJson(std::string_view text, Node* root);

// One unambiguous text for a tree, to compare trees by.
std::string Dump(const Node& node);

// A number's spelling as Dump() has it.
std::string NormalNumber(std::string_view spelling);

}  // namespace assay::reference
