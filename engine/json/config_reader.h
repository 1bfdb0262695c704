// ConfigReader: the members of a configuration file, read strictly, with every defect kept.
//
// Nothing stops at the first defect: a wrong member leaves its target as it was and adds a line.
// The document is parsed once as a whole, so that nested values, parsed again in place, cannot
// fail.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/json/strict.h"

namespace assay {

class ConfigReader {
 public:
  // Object: an object of the document: where it stands and what it holds.
  struct Object {
    json::Value value;
    std::span<const json::Member> members;
    std::string pointer;  // RFC 6901; empty for the whole document

    const json::Value* Find(std::string_view name) const { return json::Find(members, name); }
  };

  // ConfigReader: `name` stands in front of every defect.
  ConfigReader(std::string_view text, std::string_view name);

  // Open: parses the document. False, with a defect, when it is no JSON object.
  bool Open(Object* root);

  // Refuse: adds a defect of the value that `pointer` names.
  void Refuse(const json::Value& value, const std::string& pointer, std::string_view wrong);

  // Warn: likewise adds a warning, which is no defect.
  void Warn(const json::Value& value, const std::string& pointer, std::string_view doubtful);

  // kAbout: a member that every object may have, with what its writer has to say to a reader: a string, or an object of
  // strings, such as {"issuer": "why it is so"}. It is checked, and nothing of it is kept.
  static constexpr std::string_view kAbout = "about";
  void CheckAbout(const Object& object);

  // RefuseUnknown: refuses members whose names are not among `known` or kAbout, and names the one that may be meant, or
  // says what `advice` has for the name, where that is not empty.
  using Advice = std::string_view (*)(std::string_view name);
  void RefuseUnknown(const Object& object, std::span<const std::string_view> known, Advice advice = nullptr);
  void RefuseUnknown(const Object& object, std::initializer_list<std::string_view> known) {
    RefuseUnknown(object, std::span(known.begin(), known.size()));
  }

  // Required, String, Boolean, Integer, Child: each reads one member. False when it is absent or, with a defect, wrong.
  // Required() adds a defect at the object when the member is absent.
  bool Required(const Object& object, std::string_view name);
  bool String(const Object& object, std::string_view name, std::string* out);
  bool Boolean(const Object& object, std::string_view name, bool* out);
  bool Integer(const Object& object, std::string_view name, std::int64_t least, std::int64_t most, std::int64_t* out);
  bool Child(const Object& object, std::string_view name, Object* out);

  struct Item {
    json::Value value;
    std::string pointer;
  };
  // List: the items of an array, which may be empty.
  bool List(const Item& array, std::vector<Item>* out);
  // Distinct: gives those of `items` that are distinct strings and not empty; false when that is not all.
  bool Distinct(const std::vector<Item>& items, std::vector<Item>* out);

  // Items: the items of an array that holds at least one.
  bool Items(const Object& object, std::string_view name, std::vector<Item>* out);
  // Strings: the same for distinct strings that are not empty.
  bool Strings(const Object& object, std::string_view name, std::vector<Item>* out);
  bool AsObject(const Item& item, Object* out);

  static std::string Pointer(const Object& object, std::string_view name);

  // ValueAt: the value that `path`, a pointer without the slash at its start, names inside `object`; where there is
  // none, the innermost one on the way there. Names that hold `~` or `/` are not found.
  json::Value ValueAt(const Object& object, std::string_view path);

  bool clean() const { return defects_.empty(); }
  std::size_t defect_count() const { return defects_.size(); }

  // IsText: whether a value is a string, not empty and without NUL; a defect when it is not.
  bool IsText(const json::Value& value, const std::string& pointer);

  // Place: `NAME:LINE: POINTER` of a value, for what can be told only once the whole file has been read.
  std::string Place(const json::Value& value, const std::string& pointer) const;

  // Message: one line per defect, `NAME:LINE: POINTER: what is wrong`, in the order of the file.
  std::string Message();
  // Warnings: likewise the warnings, one a line.
  std::vector<std::string> Warnings();

 private:
  struct Defect {
    std::size_t offset;
    std::size_t order;  // of discovery: how defects of one offset are listed
    std::string text;
  };

  void RefuseAt(std::size_t offset, std::string text) {
    defects_.push_back({offset, defects_.size(), std::move(text)});
  }
  // Lines: one line for each, in the order of the file.
  std::vector<std::string> Lines(std::vector<Defect> defects) const;

  std::string name_;
  std::string text_;  // with StrictParser::kPadding zero bytes behind it
  std::size_t size_;
  json::StrictParser parser_;
  Arena arena_;
  std::vector<Defect> defects_, warnings_;
};

}  // namespace assay
