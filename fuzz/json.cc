// Law of JSON: the engine accepts exactly what nlohmann-json accepts under the documented
// strictness (see reference_json.h), with the same values. Only the kind of defect may differ, when
// there are several.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/json/strict.h"
#include "fuzz/law.h"
#include "tests/differential/reference_json.h"

namespace assay {
namespace {

// The tree as reference::Dump has it.
void Dump(const json::Value& value, json::StrictParser& parser, Arena& arena, std::string* out);

void DumpText(std::string_view text, std::string* out) {
  *out += std::to_string(text.size());
  *out += ':';
  *out += text;
}

void DumpObject(const json::Value& value, json::StrictParser& parser, Arena& arena, std::string* out) {
  json::Document document;
  FUZZ_LAW(parser.ParseCopy(value.raw, arena, &document) == json::Status::kOk);
  *out += '{';
  for (const json::Member& member : document.members) {
    DumpText(member.name, out);
    Dump(member.value, parser, arena, out);
  }
  *out += '}';
}

// What a structure finds inside a value is what reading its text again finds.
void CheckStructure(const json::Structure& structure, const json::Value& value, Arena& arena) {
  const auto check = [&](const json::Value& found, const json::Value& read) {
    FUZZ_LAW(found.kind == read.kind && found.raw.data() == read.raw.data() && found.raw.size() == read.raw.size());
    FUZZ_LAW(found.text == read.text);
    CheckStructure(structure, found, arena);
  };
  if (value.kind == json::Kind::kArray) {
    std::vector<json::Value> read;
    json::ForEachItem(value, arena, [&](const json::Value& item) { return read.push_back(item), true; });
    std::size_t count = 0;
    structure.ForEachItem(value, [&](const json::Value& item) {
      FUZZ_LAW(count < read.size());
      check(item, read[count++]);
      return true;
    });
    FUZZ_LAW(count == read.size());
    FUZZ_LAW(structure.IsArrayOfStrings(value) == json::IsArrayOfStrings(value));
  } else if (value.kind == json::Kind::kObject) {
    json::ForEachMember(value, arena, [&](const json::Member& member) {
      json::Value found;
      const std::string name(member.name);
      FUZZ_LAW(structure.FindPath(value, std::span(&name, 1), &found));
      check(found, member.value);
      return true;
    });
  }
}

// Numbers with a point or an exponent, or beyond 64 bits, keep their spelling; other integers are
// as nlohmann-json prints them.
void Dump(const json::Value& value, json::StrictParser& parser, Arena& arena, std::string* out) {
  switch (value.kind) {
    case json::Kind::kNull:
      *out += 'n';
      break;
    case json::Kind::kFalse:
      *out += 'f';
      break;
    case json::Kind::kTrue:
      *out += 't';
      break;
    case json::Kind::kNumber:
      *out += '#';
      DumpText(reference::NormalNumber(value.raw), out);
      break;
    case json::Kind::kString:
      *out += '"';
      DumpText(value.text, out);
      break;
    case json::Kind::kArray: {
      *out += '[';
      bool strings = true;
      json::ForEachItem(value, arena, [&](const json::Value& item) {
        strings &= json::IsString(item);
        Dump(item, parser, arena, out);
        return true;
      });
      FUZZ_LAW(json::IsArrayOfStrings(value) == strings);
      *out += ']';
      break;
    }
    case json::Kind::kObject:
      DumpObject(value, parser, arena, out);
      break;
  }
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  static json::StrictParser parser;
  static Arena arena;
  arena.Reset();
  const std::string_view text = fuzz::Text(data, size);
  // An exact allocation with its padding, so that a read beyond it is seen.
  const auto copy = std::make_unique<char[]>(size + json::StrictParser::kPadding);
  std::copy(text.begin(), text.end(), copy.get());
  json::Document document;
  const json::Status status = parser.Parse({copy.get(), size}, arena, &document);
  reference::Node root;
  const reference::JsonStatus naive = reference::ReadJson(text, &root);
  FUZZ_LAW((status == json::Status::kOk) == (naive == reference::JsonStatus::kOk));
  if (naive == reference::JsonStatus::kDuplicateName) FUZZ_LAW(status == json::Status::kDuplicateName);
  fuzz::Note(status == json::Status::kOk);
  if (status != json::Status::kOk) {
    FUZZ_LAW(document.error_offset <= size);
    return 0;
  }
  if (const json::Structure* const structure = parser.structure()) {
    for (const json::Member& member : document.members) CheckStructure(*structure, member.value, arena);
  } else {
    FUZZ_LAW(text.find('\\') != std::string_view::npos);
  }
  std::string ours;
  Dump(document.root, parser, arena, &ours);
  FUZZ_LAW(ours == reference::Dump(root));

  std::string minified;
  json::AppendMinified(text, &minified);
  FUZZ_LAW(minified.size() <= size);
  reference::Node again;
  FUZZ_LAW(reference::ReadJson(minified, &again) == reference::JsonStatus::kOk);
  FUZZ_LAW(reference::Dump(again) == reference::Dump(root));
  return 0;
}
