#include "tests/differential/reference_json.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>

namespace assay::reference {
namespace {

using nlohmann::json;

class Builder : public nlohmann::json_sax<json> {
 public:
  bool null() override { return Put({Node::Kind::kNull, {}, {}, {}}); }
  bool boolean(bool value) override { return Put({value ? Node::Kind::kTrue : Node::Kind::kFalse, {}, {}, {}}); }
  bool number_integer(number_integer_t value) override { return Number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& spelling) override { return Number(spelling); }
  bool string(string_t& value) override { return Put({Node::Kind::kString, value, {}, {}}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Node::Kind::kObject); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Node::Kind::kArray); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    Node& object = open_.back();
    if (object.names.size() == 256) too_much = true;
    for (const std::string& other : object.names) duplicate |= other == name;
    object.names.push_back(name);
    return !too_much;
  }
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error) override {
    if (error.id == 406) {  // a number beyond double
      number_end = position;
      number = token;
    }
    return false;
  }

  Node root;
  bool duplicate = false;
  bool too_much = false;
  std::size_t number_end = 0;
  std::string number;
  std::size_t numbers = 0;                       // how many have been read
  std::map<std::size_t, std::string> spellings;  // of those for which another number stands

 private:
  bool Number(std::string spelling) {
    const auto other = spellings.find(numbers++);
    if (other != spellings.end()) spelling = other->second;
    return Put({Node::Kind::kNumber, NormalNumber(spelling), {}, {}});
  }
  bool Open(Node::Kind kind) {
    open_.push_back({kind, {}, {}, {}});
    if (open_.size() > 16) too_much = true;
    return !too_much;
  }
  bool Close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    return Put(std::move(node));
  }
  bool Put(Node node) {
    if (open_.empty()) {
      root = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
    return true;
  }

  std::vector<Node> open_;
};

void DumpString(const std::string& text, std::string* out) { *out += std::to_string(text.size()) + ":" + text; }

void DumpTo(const Node& node, std::string* out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      *out += 'n';
      break;
    case Node::Kind::kFalse:
      *out += 'f';
      break;
    case Node::Kind::kTrue:
      *out += 't';
      break;
    case Node::Kind::kNumber:
      *out += '#';
      DumpString(node.text, out);
      break;
    case Node::Kind::kString:
      *out += '"';
      DumpString(node.text, out);
      break;
    case Node::Kind::kArray:
      *out += '[';
      for (const Node& item : node.items) DumpTo(item, out);
      *out += ']';
      break;
    case Node::Kind::kObject:
      *out += '{';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        DumpString(node.names[i], out);
        DumpTo(node.items[i], out);
      }
      *out += '}';
  }
}

}  // namespace

const Node* Node::Find(std::string_view name) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return &items[i];
  }
  return nullptr;
}

std::string NormalNumber(std::string_view spelling) {
  if (spelling == "-0") return "0";
  return std::string(spelling);
}

JsonStatus ReadJson(std::string_view text, Node* root) {
  if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) {
    return JsonStatus::kMalformed;
  }
  // A number beyond double is read anew with a small one in its place, until none is left. That one has
  // a fraction and an exponent too, so that nothing behind it can become a part of it.
  std::string document(text);
  std::map<std::size_t, std::string> spellings;
  for (;;) {
    Builder builder;
    builder.spellings = spellings;
    const bool ok = json::sax_parse(document, &builder);
    if (!ok && builder.number_end > 0) {
      const std::size_t begin = builder.number_end - builder.number.size();
      if (document.substr(begin, builder.number.size()) != builder.number) return JsonStatus::kMalformed;
      document.replace(begin, builder.number.size(), "5.0e0");
      spellings[builder.numbers] = builder.number;
      continue;
    }
    if (!ok || builder.too_much) return JsonStatus::kMalformed;
    if (builder.duplicate) return JsonStatus::kDuplicateName;
    *root = std::move(builder.root);
    return JsonStatus::kOk;
  }
}

std::string Dump(const Node& node) {
  std::string out;
  DumpTo(node, &out);
  return out;
}

}  // namespace assay::reference
