#include "engine/json/config_reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/nearest_name.h"
#include "engine/base/text.h"
#include "engine/json/text.h"

namespace assay {
namespace {

constexpr std::size_t kMaxDefectsShown = 100;

// One reference token of a JSON pointer (RFC 6901 section 3); control characters are escaped.
std::string PointerPart(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == '~') {
      plain += "~0";
    } else if (c == '/') {
      plain += "~1";
    } else {
      plain += c;
    }
  }
  const std::string quoted = json::Quoted(plain);
  return '/' + quoted.substr(1, quoted.size() - 2);
}

struct TextDefect {
  std::size_t offset;
  std::string_view wrong;
};

// Where and why text that failed as a whole is no JSON, as far as its characters tell.
TextDefect FindTextDefect(std::string_view text, std::size_t otherwise) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) return {0, "begins with a byte order mark"};
  bool in_string = false;
  std::size_t opened = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = json::Utf8SequenceLength(text.substr(i));
    if (length == 0) return {i, "is not UTF-8 here"};
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"') {
      in_string = !in_string;
      opened = i;
    } else if (in_string && c == '\n') {
      return {opened, "a string that begins on this line is not closed on it"};
    } else if (in_string && c < 0x20) {
      return {i, "a control character stands in a string"};
    } else if (in_string && c == '\\') {
      ++i;
      if (i == text.size() || static_cast<unsigned char>(text[i]) >= 0x80) continue;
    }
    i += length;
  }
  if (in_string) return {opened, "a string that begins on this line is not closed"};
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {0, "is empty"};
  return {otherwise, "is not valid JSON here"};
}

}  // namespace

ConfigReader::ConfigReader(std::string_view text, std::string_view name)
    : name_(name), text_(text), size_(text.size()) {
  text_.append(json::StrictParser::kPadding, '\0');
  parser_.LimitMembers(kMaxObjectMembersCeiling);  // a gateway before many servers has rules for hundreds of tools
}

bool ConfigReader::Open(Object* root) {
  const std::string_view text(text_.data(), size_);
  if (size_ > kMaxConfigBytes) {
    RefuseAt(0, "is larger than " + std::to_string(kMaxConfigBytes) + " bytes");
    return false;
  }
  json::Document document;
  const json::Status status = parser_.Parse(text, arena_, &document);
  if (status == json::Status::kDuplicateName) {
    RefuseAt(document.error_offset > 0 ? document.error_offset - 1 : 0,
             "a name stands twice in the object that ends here");
    return false;
  }
  if (status == json::Status::kTooManyMembers) {
    RefuseAt(document.error_offset,
             "an object has more than " + std::to_string(kMaxObjectMembersCeiling) + " members, of which this is one");
    return false;
  }
  if (document.is_too_deep) {
    RefuseAt(document.error_offset, "is nested deeper than " + std::to_string(kMaxJsonDepth) + " here");
    return false;
  }
  if (status != json::Status::kOk) {
    const TextDefect defect = FindTextDefect(text, document.error_offset);
    RefuseAt(defect.offset, std::string(defect.wrong));
    return false;
  }
  *root = {document.root, document.members, ""};
  if (document.root.kind == json::Kind::kObject) return true;
  Refuse(document.root, "", "must be an object");
  return false;
}

void ConfigReader::Refuse(const json::Value& value, const std::string& pointer, std::string_view wrong) {
  const std::string where = pointer.empty() ? "/" : pointer;
  RefuseAt(static_cast<std::size_t>(value.raw.data() - text_.data()), where + ": " + std::string(wrong));
}

void ConfigReader::Warn(const json::Value& value, const std::string& pointer, std::string_view doubtful) {
  warnings_.push_back({static_cast<std::size_t>(value.raw.data() - text_.data()), warnings_.size(),
                       pointer + ": " + std::string(doubtful)});
}

void ConfigReader::RefuseUnknown(const Object& object, std::span<const std::string_view> known, Advice advice) {
  CheckAbout(object);
  for (const json::Member& member : object.members) {
    if (member.name == kAbout || std::find(known.begin(), known.end(), member.name) != known.end()) continue;
    std::string why = "is not a known member";
    const std::string_view advised = advice != nullptr ? advice(member.name) : std::string_view();
    const std::string_view meant = NearestName(member.name, known);
    if (!advised.empty()) {
      why += ": " + std::string(advised);
    } else if (!meant.empty()) {
      why += "; `" + std::string(meant) + "` is";
    }
    Refuse(member.value, Pointer(object, member.name), why);
  }
}

void ConfigReader::CheckAbout(const Object& object) {
  const json::Value* const about = object.Find(kAbout);
  if (about == nullptr || about->kind == json::Kind::kString) return;
  const std::string pointer = Pointer(object, kAbout);
  if (about->kind != json::Kind::kObject) return Refuse(*about, pointer, "must be a string, or an object of strings");
  Object reasons;
  if (!AsObject({*about, pointer}, &reasons)) return;
  for (const json::Member& reason : reasons.members) {
    if (reason.value.kind == json::Kind::kString) continue;
    Refuse(reason.value, Pointer(reasons, reason.name), "must be a string");
  }
}

bool ConfigReader::Required(const Object& object, std::string_view name) {
  if (object.Find(name) != nullptr) return true;
  Refuse(object.value, Pointer(object, name), "is missing");
  return false;
}

bool ConfigReader::IsText(const json::Value& value, const std::string& pointer) {
  if (value.kind != json::Kind::kString) {
    Refuse(value, pointer, "must be a string");
  } else if (value.text.empty()) {
    Refuse(value, pointer, "must not be empty");
  } else if (value.text.find('\0') != std::string_view::npos) {
    Refuse(value, pointer, "must not hold a NUL character");
  } else {
    return true;
  }
  return false;
}

bool ConfigReader::String(const Object& object, std::string_view name, std::string* out) {
  const json::Value* value = object.Find(name);
  if (value == nullptr || !IsText(*value, Pointer(object, name))) return false;
  *out = value->text;
  return true;
}

bool ConfigReader::Boolean(const Object& object, std::string_view name, bool* out) {
  const json::Value* const value = object.Find(name);
  if (value == nullptr) return false;
  const bool is_true = value->kind == json::Kind::kTrue;
  if (is_true || value->kind == json::Kind::kFalse) {
    *out = is_true;
    return true;
  }
  Refuse(*value, Pointer(object, name), "must be true or false");
  return false;
}

bool ConfigReader::Integer(const Object& object, std::string_view name, std::int64_t least, std::int64_t most,
                           std::int64_t* out) {
  const json::Value* value = object.Find(name);
  if (value == nullptr) return false;
  const auto number = ParseNumber<std::int64_t>(value->raw);
  if (value->kind != json::Kind::kNumber || !number || *number < least || *number > most) {
    Refuse(*value, Pointer(object, name),
           least == most ? "must be " + std::to_string(least)
                         : "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return false;
  }
  *out = *number;
  return true;
}

bool ConfigReader::AsObject(const Item& item, Object* out) {
  if (item.value.kind != json::Kind::kObject) {
    Refuse(item.value, item.pointer, "must be an object");
    return false;
  }
  json::Document document;
  // In place: the padding behind the value is the rest of the document.
  (void)parser_.Parse(item.value.raw, arena_, &document);
  *out = {document.root, document.members, item.pointer};
  return true;
}

bool ConfigReader::Child(const Object& object, std::string_view name, Object* out) {
  const json::Value* value = object.Find(name);
  return value != nullptr && AsObject({*value, Pointer(object, name)}, out);
}

bool ConfigReader::List(const Item& array, std::vector<Item>* out) {
  if (array.value.kind != json::Kind::kArray) {
    Refuse(array.value, array.pointer, "must be an array");
    return false;
  }
  json::ForEachItem(array.value, arena_, [&](const json::Value& item) {
    out->push_back({item, array.pointer + '/' + std::to_string(out->size())});
    return true;
  });
  return true;
}

bool ConfigReader::Items(const Object& object, std::string_view name, std::vector<Item>* out) {
  const json::Value* value = object.Find(name);
  if (value == nullptr || !List({*value, Pointer(object, name)}, out)) return false;
  if (!out->empty()) return true;
  Refuse(*value, Pointer(object, name), "must hold at least one item");
  return false;
}

bool ConfigReader::Distinct(const std::vector<Item>& items, std::vector<Item>* out) {
  bool good = true;
  std::set<std::string_view> seen;
  for (const Item& item : items) {
    if (!IsText(item.value, item.pointer)) {
      good = false;
      continue;
    }
    if (!seen.insert(item.value.text).second) {
      Refuse(item.value, item.pointer, "repeats " + json::Quoted(item.value.text));
      good = false;
      continue;
    }
    out->push_back(item);
  }
  return good;
}

bool ConfigReader::Strings(const Object& object, std::string_view name, std::vector<Item>* out) {
  std::vector<Item> items;
  return Items(object, name, &items) && Distinct(items, out);
}

std::string ConfigReader::Pointer(const Object& object, std::string_view name) {
  return object.pointer + PointerPart(name);
}

json::Value ConfigReader::ValueAt(const Object& object, std::string_view path) {
  json::Value value = object.value;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    std::optional<json::Value> inner;
    if (Object holder; value.kind == json::Kind::kObject && AsObject({value, ""}, &holder)) {
      if (const json::Value* const member = holder.Find(part); member != nullptr) inner = *member;
    } else if (value.kind == json::Kind::kArray) {
      std::size_t index = 0;
      json::ForEachItem(value, arena_, [&](const json::Value& item) {
        if (std::to_string(index++) == part) inner = item;
        return !inner;
      });
    }
    if (!inner) break;
    value = *inner;
  }
  return value;
}

std::string ConfigReader::Place(const json::Value& value, const std::string& pointer) const {
  const auto line = 1 + std::count(text_.data(), value.raw.data(), '\n');
  return name_ + ':' + std::to_string(line) + ": " + pointer;
}

std::string ConfigReader::Message() {
  std::string message;
  for (const std::string& line : Lines(defects_)) message += message.empty() ? line : '\n' + line;
  return message;
}

std::vector<std::string> ConfigReader::Warnings() { return Lines(warnings_); }

std::vector<std::string> ConfigReader::Lines(std::vector<Defect> defects) const {
  // Not std::stable_sort: clang 19 rejects its std::get_temporary_buffer, which libstdc++ 12 declares deprecated.
  std::sort(defects.begin(), defects.end(),
            [](const Defect& a, const Defect& b) { return std::tie(a.offset, a.order) < std::tie(b.offset, b.order); });
  std::vector<std::string> lines;
  std::size_t line = 1;
  std::size_t counted = 0;  // text_[0, counted) lies before line `line` or on it
  for (const Defect& defect : defects) {
    const auto at = text_.begin() + static_cast<std::ptrdiff_t>(defect.offset);
    line += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted), at, '\n'));
    counted = defect.offset;
    const std::string where = name_ + ':' + std::to_string(line) + ": ";
    if (lines.size() == kMaxDefectsShown) {
      lines.push_back(where + "and " + std::to_string(defects.size() - lines.size()) + " more from here on");
      break;
    }
    lines.push_back(where + defect.text);
  }
  return lines;
}

}  // namespace assay
