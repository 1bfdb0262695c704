#include "engine/json/strict.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/json/text.h"

namespace assay::json {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Name {
  std::uint64_t hash;
  std::string_view text;
  bool operator==(const Name& other) const { return hash == other.hash && text == other.text; }
};

// The hashes of one object's names so far, as bits: two equal names always meet in one.
class SeenHashes {
 public:
  // False only when no name with this hash was added before.
  bool AddAndMayRepeat(std::uint64_t hash) {
    std::uint64_t& word = bits_[(hash >> 6) % bits_.size()];
    const std::uint64_t bit = std::uint64_t{1} << (hash % 64);
    const bool before = (word & bit) != 0;
    word |= bit;
    return before;
  }

 private:
  std::array<std::uint64_t, 4> bits_{};
};

// Names of the objects that are open, innermost last.
class OpenNames {
 public:
  std::size_t size() const { return size_; }
  std::uint64_t Push(std::string_view text) {
    const std::uint64_t hash = hash_(text);
    names_[size_++] = {hash, text};
    return hash;
  }
  void PopTo(std::size_t base) { size_ = base; }

  // Whether two of the names from `base` on are the same.
  bool AnyTwice(std::size_t base) {
    const std::span<const Name> names(names_.data() + base, size_ - base);
    return names.size() <= kFew ? AnyTwiceAmongFew(names) : AnyTwiceAmongMany(names);
  }

 private:
  static constexpr std::size_t kFew = 16;
  static constexpr std::size_t kSlots = 2 * kMaxObjectMembers;
  static_assert((kSlots & (kSlots - 1)) == 0);

  static bool AnyTwiceAmongFew(std::span<const Name> names) {
    for (std::size_t i = 1; i < names.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (names[i] == names[j]) return true;
      }
    }
    return false;
  }

  bool AnyTwiceAmongMany(std::span<const Name> names) {
    slots_.fill(0);
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::size_t slot = names[i].hash & (kSlots - 1);
      for (; slots_[slot] != 0; slot = (slot + 1) & (kSlots - 1)) {
        if (names[slots_[slot] - 1u] == names[i]) return true;
      }
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
    }
    return false;
  }

  const SeededHash hash_{RandomSeed()};  // nobody can choose names that collide
  std::size_t size_ = 0;
  std::array<Name, kMaxObjectMembers * kMaxJsonDepth> names_;
  std::array<std::uint16_t, kSlots> slots_;
};

}  // namespace

struct StrictParser::Impl {
  void Reserve(std::size_t bytes) {
    if (stage1 != nullptr && bytes <= capacity) return;
    // In steps that double, so that documents that grow byte by byte do not allocate each time.
    const std::size_t next_capacity = std::bit_ceil(bytes);
    std::unique_ptr<simdjson::internal::dom_parser_implementation> next;
    const simdjson::error_code error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        next_capacity, kMaxJsonDepth, next);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    ASSAY_CHECK(error == simdjson::SUCCESS);
    stage1 = std::move(next);
    capacity = next_capacity;
  }

  std::size_t capacity = 0;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
  OpenNames names;
  // Of the root object and of those on the chosen path, until their number is known.
  std::array<std::array<Member, kMaxObjectMembers>, 1 + kMaxPath> members;
};

// One descent over the structural positions that stage 1 found: the punctuation, the opening quote of
// each string and the first byte of each other scalar. Between two positions there is the scalar that
// begins at the first, then white space, and nothing else.
class StrictParser::Walk {
 public:
  Walk(std::string_view text, std::span<const std::string_view> path, Impl& impl, Arena& arena)
      : text_(text),
        path_(path),
        positions_(impl.stage1->structural_indexes.get()),
        count_(impl.stage1->n_structural_indexes),
        impl_(impl),
        names_(impl.names),
        arena_(arena),
        any_backslash_(std::memchr(text.data(), '\\', text.size()) != nullptr) {}

  Status Run(Document* document) {
    names_.PopTo(0);
    nested_ = document->nested.data();
    if (!ReadValue(&document->root, 0, &document->members) || !AtEnd()) {
      document->error_offset = Here();
      return Status::kMalformed;
    }
    document->error_offset = repeat_offset_;
    return repeat_offset_ == 0 ? Status::kOk : Status::kDuplicateName;
  }

 private:
  std::size_t Here() const { return next_ < count_ ? positions_[next_] : text_.size(); }
  bool AtEnd() const { return next_ == count_; }
  bool Take(char c) {
    if (AtEnd() || text_[positions_[next_]] != c) return false;
    ++next_;
    return true;
  }

  // The scalar that begins at `begin`, which has just been taken.
  std::string_view Scalar(std::size_t begin) const {
    std::size_t end = Here();
    while (end > begin + 1 && IsSpace(text_[end - 1])) --end;
    return text_.substr(begin, end - begin);
  }

  // `members` receives the members of the root object or of one on the chosen path; otherwise null.
  bool ReadValue(Value* value, std::size_t depth, std::span<const Member>* members) {
    if (AtEnd()) return false;
    const std::size_t begin = positions_[next_];
    switch (text_[begin]) {
      case '{':
        return depth < kMaxJsonDepth && ReadObject(value, depth + 1, members);
      case '[':
        return depth < kMaxJsonDepth && ReadArray(value, depth + 1);
      case '"':
        value->kind = Kind::kString;
        return ReadString(&value->raw, &value->text);
      case 't':
        return ReadAtom(value, Kind::kTrue, "true");
      case 'f':
        return ReadAtom(value, Kind::kFalse, "false");
      case 'n':
        return ReadAtom(value, Kind::kNull, "null");
      default:
        ++next_;
        value->kind = Kind::kNumber;
        value->raw = Scalar(begin);
        return IsNumber(value->raw) || Back();
    }
  }

  bool ReadAtom(Value* value, Kind kind, std::string_view spelling) {
    const std::size_t begin = positions_[next_++];
    value->kind = kind;
    value->raw = Scalar(begin);
    return value->raw == spelling || Back();
  }

  bool ReadString(std::string_view* raw, std::string_view* text) {
    const std::size_t begin = positions_[next_++];
    *raw = Scalar(begin);
    if (raw->size() < 2 || raw->back() != '"') return Back();
    const std::string_view inside = raw->substr(1, raw->size() - 2);
    *text = inside;
    if (!any_backslash_ || inside.find('\\') == std::string_view::npos) return true;
    char* const out = arena_.Allocate<char>(inside.size());
    const std::optional<std::size_t> size = Unescape(inside, out);
    if (!size) return Back();
    arena_.Shrink(out, *size);
    *text = {out, *size};
    return true;
  }

  bool ReadArray(Value* value, std::size_t depth) {
    const std::size_t begin = positions_[next_++];
    if (!Take(']')) {
      do {
        Value item;
        if (!ReadValue(&item, depth, nullptr)) return false;
      } while (Take(','));
      if (!Take(']')) return false;
    }
    Close(value, Kind::kArray, begin);
    return true;
  }

  bool ReadObject(Value* value, std::size_t depth, std::span<const Member>* members) {
    const std::size_t begin = positions_[next_++];
    const std::size_t base = names_.size();
    SeenHashes seen;
    bool may_repeat = false;
    Member* const kept = members == nullptr ? nullptr : impl_.members[depth - 1].data();
    const bool has_next = members != nullptr && depth <= path_.size();
    Member passing;
    std::size_t count = 0;
    if (!Take('}')) {
      do {
        if (AtEnd() || text_[positions_[next_]] != '"' || count == kMaxObjectMembers) return false;
        Member& member = kept == nullptr ? passing : kept[count];
        member.value.text = {};
        std::string_view raw_name;
        if (!ReadString(&raw_name, &member.name) || !Take(':')) return false;
        may_repeat |= seen.AddAndMayRepeat(names_.Push(member.name));
        const bool is_next = has_next && member.name == path_[depth - 1];
        if (!ReadValue(&member.value, depth, is_next ? nested_ + depth - 1 : nullptr)) return false;
        ++count;
      } while (Take(','));
      if (!Take('}')) return false;
    }
    // The walk goes on: only in text that is JSON to its end is a repeated name the defect.
    if (may_repeat && repeat_offset_ == 0 && names_.AnyTwice(base)) repeat_offset_ = Here();
    names_.PopTo(base);
    Close(value, Kind::kObject, begin);
    if (members != nullptr) {
      Member* const copy = arena_.Allocate<Member>(count);
      std::copy_n(kept, count, copy);
      *members = {copy, count};
    }
    return true;
  }

  void Close(Value* value, Kind kind, std::size_t begin) const {
    value->kind = kind;
    value->raw = text_.substr(begin, positions_[next_ - 1] + 1 - begin);
  }

  // Points the error at the scalar just taken.
  bool Back() {
    --next_;
    return false;
  }

  const std::string_view text_;
  const std::span<const std::string_view> path_;
  const std::uint32_t* const positions_;
  const std::uint32_t count_;
  Impl& impl_;
  OpenNames& names_;
  Arena& arena_;
  const bool any_backslash_;
  std::span<const Member>* nested_ = nullptr;
  std::uint32_t next_ = 0;
  std::size_t repeat_offset_ = 0;  // behind the first object that repeats a name; 0: none does
};

StrictParser::StrictParser(std::size_t capacity) : impl_(std::make_unique<Impl>()) {
  impl_->Reserve(capacity);
}
StrictParser::~StrictParser() = default;
StrictParser::StrictParser(StrictParser&&) noexcept = default;
StrictParser& StrictParser::operator=(StrictParser&&) noexcept = default;

Status StrictParser::Parse(std::string_view text, Arena& arena, Document* document) {
  return Parse(text, {}, arena, document);
}

Status StrictParser::Parse(std::string_view text, std::span<const std::string_view> path, Arena& arena,
                           Document* document) {
  ASSAY_CHECK(path.size() <= kMaxPath);
  *document = {};
  if (text.empty()) return Status::kMalformed;
  impl_->Reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (impl_->stage1->stage1(bytes, text.size(), simdjson::stage1_mode::regular) !=
      simdjson::SUCCESS) {
    return Status::kMalformed;
  }
  return Walk(text, path, *impl_, arena).Run(document);
}

Status StrictParser::ParseCopy(std::string_view text, Arena& arena, Document* document) {
  char* const copy = arena.Allocate<char>(text.size() + kPadding);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  std::memset(copy + text.size(), 0, kPadding);
  return Parse({copy, text.size()}, arena, document);
}

namespace {

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

std::size_t SkipString(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

// The end of the accepted value that begins at `at`.
std::size_t SkipValue(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  do {
    switch (text[at]) {
      case '"':
        at = SkipString(text, at);
        break;
      case '[':
      case '{':
        ++depth;
        ++at;
        break;
      case ']':
      case '}':
        --depth;
        ++at;
        break;
      default:
        ++at;
        if (depth > 0) break;
        while (at < text.size() && text[at] != ',' && text[at] != ']' && !IsSpace(text[at])) ++at;
    }
  } while (depth > 0);
  return at;
}

Kind KindOf(char first) {
  switch (first) {
    case '{': return Kind::kObject;
    case '[': return Kind::kArray;
    case '"': return Kind::kString;
    case 't': return Kind::kTrue;
    case 'f': return Kind::kFalse;
    case 'n': return Kind::kNull;
    default: return Kind::kNumber;
  }
}

}  // namespace

void ForEachItem(const Value& array, Arena& arena, bool (*visit)(void* context, const Value& item),
                 void* context) {
  const std::string_view text = array.raw;
  std::size_t at = SkipSpace(text, 1);
  while (text[at] != ']') {
    const std::size_t end = SkipValue(text, at);
    Value item{KindOf(text[at]), text.substr(at, end - at), {}};
    if (item.kind == Kind::kString) {
      item.text = item.raw.substr(1, item.raw.size() - 2);
      if (item.text.find('\\') != std::string_view::npos) {
        char* const out = arena.Allocate<char>(item.text.size());
        item.text = {out, Unescape(item.text, out).value_or(0)};
      }
    }
    if (!visit(context, item)) return;
    at = SkipSpace(text, end);
    if (text[at] == ',') at = SkipSpace(text, at + 1);
  }
}

bool IsArrayOfStrings(const Value& value) {
  if (value.kind != Kind::kArray) return false;
  const std::string_view text = value.raw;
  std::size_t at = SkipSpace(text, 1);
  while (text[at] == '"') {
    at = SkipSpace(text, SkipString(text, at));
    if (text[at] == ',') at = SkipSpace(text, at + 1);
  }
  return at + 1 == text.size();
}

}  // namespace assay::json
