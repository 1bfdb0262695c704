#include "engine/json/strict.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <new>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/json/open_names.h"
#include "engine/json/scan.h"
#include "engine/json/text.h"

#define ASSAY_JSON_INLINE inline __attribute__((always_inline))

namespace assay::json {
namespace {

constexpr std::uint64_t EachByte(std::uint64_t byte) { return byte * 0x0101010101010101u; }

// Whether each of the bytes of `word` that `kept` covers is a decimal digit.
bool AreDigits(std::uint64_t word, std::uint64_t kept) {
  word = (word ^ EachByte('0')) & kept;
  return ((word | (word + EachByte(0x7F - 9))) & EachByte(0x80)) == 0;
}

// Whether `raw` is a well-formed scalar of this kind, which is no string.
__attribute__((noinline)) bool IsScalar(Kind kind, std::string_view raw) {
  switch (kind) {
    case Kind::kTrue:
      return raw == "true";
    case Kind::kFalse:
      return raw == "false";
    case Kind::kNull:
      return raw == "null";
    default:
      return IsNumber(raw);
  }
}

// True of what nearly every number of a token is: a plain integer of at most 16 digits. 8 bytes behind it can be read.
bool IsPlainInteger(std::string_view text) {
  const char* const p = text.data();
  const std::size_t size = text.size();
  if (size > 16 || (p[0] == '0' && size > 1)) return false;
  if (size <= 8) return AreDigits(LoadWord<std::uint64_t>(p), kFirstBytes[size]);
  return AreDigits(LoadWord<std::uint64_t>(p), kFirstBytes[8]) &&
         AreDigits(LoadWord<std::uint64_t>(p + size - 8), kFirstBytes[8]);
}

}  // namespace

struct StrictParser::Impl {
  void Reserve(std::size_t bytes) {
    if (stage1 != nullptr && bytes <= capacity) return;
    // In steps that double, so that documents that grow byte by byte do not allocate each time.
    const std::size_t next_capacity = std::bit_ceil(bytes);
    std::unique_ptr<simdjson::internal::dom_parser_implementation> next;
    const simdjson::error_code error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(next_capacity, kMaxJsonDepth, next);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    ASSAY_CHECK(error == simdjson::SUCCESS);
    closing = std::make_unique_for_overwrite<std::uint32_t[]>(next_capacity);
    stage1 = std::move(next);
    capacity = next_capacity;
  }

  std::size_t capacity = 0;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
  std::unique_ptr<std::uint32_t[]> closing;  // as Structure has it; fewer positions than bytes
  Structure structure;
  bool has_structure = false;
  std::size_t most_members = kMaxObjectMembers, most_levels = kMaxJsonDepth;
  std::unique_ptr<OpenNames> names = std::make_unique<OpenNames>(kMaxObjectMembers, kMaxJsonDepth);
};

// One descent over the structural positions that stage 1 found: the punctuation, the opening quote of
// each string and the first byte of each other scalar. Between two positions there is the scalar that
// begins at the first, then white space, and nothing else. Behind the last position stands the text's size.
//
// A Cursor points to the next position. What reads takes one and returns the one behind what it has read,
// or null, having kept the place, when that is malformed.
class StrictParser::Walk {
 public:
  Walk(std::string_view text, std::span<const std::string_view> path, Impl& impl, Arena& arena)
      : text_(text.data()),
        text_end_(text.data() + text.size()),
        begin_(impl.stage1->structural_indexes.get()),
        end_(begin_ + impl.stage1->n_structural_indexes),
        closing_(impl.closing.get()),
        path_(path),
        names_(*impl.names),
        most_members_(impl.most_members),
        most_levels_(impl.most_levels),
        arena_(arena),
        backslash_(NextBackslash(text_)) {
    impl.stage1->structural_indexes[impl.stage1->n_structural_indexes] = static_cast<std::uint32_t>(text.size());
    names_.Clear();
  }

  Status Run(Document* document) {
    nested_ = document->nested.data();
    document->has_escapes = backslash_ != text_end_;
    Cursor at = begin_ == end_ ? Fail(end_) : ReadValue<true>(begin_, 0, &document->root, &document->members);
    if (at != nullptr && at != end_) at = Fail(at);
    document->error_offset = at == nullptr ? *failed_at_ : repeat_offset_;
    document->too_large = too_large_;
    document->is_too_deep = is_too_deep_;
    if (at == nullptr) return has_too_many_ ? Status::kTooManyMembers : Status::kMalformed;
    return repeat_offset_ == 0 ? Status::kOk : Status::kDuplicateName;
  }

 private:
  using Cursor = const std::uint32_t*;

  static constexpr std::ptrdiff_t kPositionsOfMember = 4;  // name, colon, value at least, comma or brace
  static constexpr std::ptrdiff_t kPositionsOfItem = 2;

  Cursor Fail(Cursor at) {
    failed_at_ = at;
    return nullptr;
  }

  Cursor FailTooMany(Cursor at) {
    has_too_many_ = true;
    return Fail(at);
  }

  // The place where a member breaks off that has too few positions.
  __attribute__((noinline)) Cursor FailShort(Cursor at) {
    for (const char must : {'"', ':'}) {
      if (at == end_ || text_[*at] != must) return Fail(at);
      ++at;
    }
    const bool is_value = at != end_ && std::string_view("]},:").find(text_[*at]) == std::string_view::npos;
    return Fail(is_value ? end_ : at);
  }

  const char* NextBackslash(const char* from) const {
    const void* const found = std::memchr(from, '\\', static_cast<std::size_t>(text_end_ - from));
    return found == nullptr ? text_end_ : static_cast<const char*>(found);
  }

  // The last byte of the scalar at `at`.
  const char* LastOf(Cursor at) const {
    const char* last = text_ + at[1] - 1;
    while (IsSpace(*last)) --last;
    return last;
  }

  // The closing quote of the string at `at`; null when something else stands there.
  ASSAY_JSON_INLINE const char* ClosingQuote(Cursor at) const {
    const char* last = text_ + at[1] - 1;
    if (*last != '"') [[unlikely]]
      last = LastOf(at);
    return *last == '"' && last != text_ + at[0] ? last : nullptr;
  }

  // The text of the string at `at`, whose closing quote is `quote`. Its data() is null when an escape is malformed.
  ASSAY_JSON_INLINE std::string_view TextOf(Cursor at, const char* quote) {
    const char* const begin = text_ + at[0] + 1;
    const std::string_view inside(begin, static_cast<std::size_t>(quote - begin));
    if (backslash_ < quote) [[unlikely]]
      return Unescaped(inside);
    return inside;
  }

  __attribute__((noinline)) std::string_view Unescaped(std::string_view inside) {
    char* const out = arena_.Allocate<char>(inside.size() + OpenNames::kReadBehind);
    const std::optional<std::size_t> size = Unescape(inside, out);
    if (!size) return {};
    arena_.Shrink(out, *size);
    backslash_ = NextBackslash(inside.data() + inside.size());
    return {out, *size};
  }

  // The value at `at`. Behind a value inside another one there is at least one more position: the caller has made
  // sure of it for a scalar. kKept: `*value` receives the value, and `members`, if not null, an object's members.
  template <bool kKept>
  ASSAY_JSON_INLINE Cursor ReadValue(Cursor at, std::size_t depth, Value* value, std::span<const Member>* members) {
    const char* const begin = text_ + *at;
    if (*begin == '"') [[likely]] {
      const char* const quote = ClosingQuote(at);
      if (quote == nullptr) return Fail(at);
      const std::string_view text = TextOf(at, quote);
      if (text.data() == nullptr) return Fail(at);
      if constexpr (kKept) {
        value->kind = Kind::kString;
        value->place = 0;
        value->raw = {begin, static_cast<std::size_t>(quote + 1 - begin)};
        value->text = text;
      }
      return at + 1;
    }
    if (*begin == '{' || *begin == '[') return ReadContainer<kKept>(at, depth, value, members);
    const std::string_view raw(begin, static_cast<std::size_t>(LastOf(at) + 1 - begin));
    Kind kind = Kind::kNumber;
    if (!IsPlainInteger(raw)) {
      kind = KindOf(*begin);
      if (!IsScalar(kind, raw)) return Fail(at);
    }
    if constexpr (kKept) {
      value->kind = kind;
      value->place = 0;
      value->raw = raw;
      value->text = {};
    }
    return at + 1;
  }

  template <bool kKept>
  __attribute__((noinline)) Cursor ReadContainer(Cursor at, std::size_t depth, Value* value,
                                                 std::span<const Member>* members) {
    const char* const begin = text_ + *at;
    const std::ptrdiff_t place = at - begin_;
    const bool is_object = *begin == '{';
    if (depth == most_levels_) {
      is_too_deep_ = true;
      return Fail(at);
    }
    if (!is_object) {
      at = ReadArray(at + 1, depth + 1);
    } else if (kKept && members != nullptr) {
      at = ReadObject<true>(at + 1, depth + 1, members);
    } else {
      at = ReadObject<false>(at + 1, depth + 1, nullptr);
    }
    if (at == nullptr) return nullptr;
    if (at == end_ && depth > 0) return Fail(at);
    closing_[place] = static_cast<std::uint32_t>(at - 1 - begin_);
    if constexpr (kKept) {
      value->place = static_cast<std::uint32_t>(place);
      value->kind = is_object ? Kind::kObject : Kind::kArray;
      value->raw = {begin, static_cast<std::size_t>(text_ + at[-1] + 1 - begin)};
      value->text = {};
    }
    return at;
  }

  // The rest of an array, behind its bracket.
  Cursor ReadArray(Cursor at, std::size_t depth) {
    if (at != end_ && text_[*at] == ']') return at + 1;
    for (;;) {
      if (end_ - at < kPositionsOfItem) return Fail(end_);
      at = ReadValue<false>(at, depth, nullptr, nullptr);
      if (at == nullptr) return nullptr;
      const char next = text_[*at++];
      if (next == ']') return at;
      if (next != ',') return Fail(at - 1);
    }
  }

  // The rest of an object, behind its brace.
  template <bool kKept>
  Cursor ReadObject(Cursor at, std::size_t depth, std::span<const Member>* members) {
    if (at != end_ && text_[*at] == '}') return at + 1;
    const std::size_t most = std::min(most_members_, static_cast<std::size_t>((end_ - at) / kPositionsOfMember));
    Member* const kept = kKept ? arena_.Allocate<Member>(most) : nullptr;
    const std::string_view* const path = kKept && depth <= path_.size() ? &path_[depth - 1] : nullptr;
    OpenNames::Object names = names_.Open();
    for (std::size_t count = 0;; ++count) {
      if (end_ - at < kPositionsOfMember) return FailShort(at);
      if (count == most_members_) return FailTooMany(at);
      if (text_[at[0]] != '"') return Fail(at);
      const char* const quote = ClosingQuote(at);
      if (quote == nullptr) return Fail(at);
      const std::string_view name = TextOf(at, quote);
      if (name.data() == nullptr) return Fail(at);
      if (text_[at[1]] != ':') return Fail(at + 1);
      names_.Add(name, &names);
      if constexpr (kKept) {
        kept[count].name = name;
        const bool is_next = path != nullptr && SameText(name, *path);
        at = ReadValue<true>(at + 2, depth, &kept[count].value, is_next ? nested_ + depth - 1 : nullptr);
      } else {
        at = ReadValue<false>(at + 2, depth, nullptr, nullptr);
      }
      if (at == nullptr) {
        if (kKept && depth == 1) too_large_ = name;
        return nullptr;
      }
      const char next = text_[*at++];
      if (next == ',') continue;
      if (next != '}') return Fail(at - 1);
      if constexpr (kKept) *members = {kept, count + 1};
      break;
    }
    // The walk goes on: only in text that is JSON to its end is a repeated name the defect.
    if (names_.Close(names) && repeat_offset_ == 0) repeat_offset_ = *at;
    return at;
  }

  const char* const text_;
  const char* const text_end_;
  const Cursor begin_;
  const Cursor end_;
  std::uint32_t* const closing_;
  const std::span<const std::string_view> path_;
  OpenNames& names_;
  const std::size_t most_members_, most_levels_;
  bool has_too_many_ = false;
  bool is_too_deep_ = false;
  std::string_view too_large_;  // the root's member that failed
  Arena& arena_;
  const char* backslash_;  // the first one that no string read so far holds, or the text's end
  std::span<const Member>* nested_ = nullptr;
  Cursor failed_at_ = nullptr;
  std::size_t repeat_offset_ = 0;  // behind the first object that repeats a name; 0: none does
};

std::string DescribeDefect(Status status, const Document& document, std::size_t most) {
  if (status == Status::kDuplicateName) return "has a name twice in an object";
  if (status == Status::kTooManyMembers) return "has an object of more than " + std::to_string(most) + " members";
  if (document.is_too_deep) return "is nested deeper than " + std::to_string(kMaxJsonDepth);
  return "is not valid JSON";
}

StrictParser::StrictParser(std::size_t capacity) : impl_(std::make_unique<Impl>()) { impl_->Reserve(capacity); }
StrictParser::~StrictParser() = default;
StrictParser::StrictParser(StrictParser&&) noexcept = default;
StrictParser& StrictParser::operator=(StrictParser&&) noexcept = default;

void StrictParser::LimitMembers(std::size_t most) {
  ASSAY_CHECK(most > 0 && most <= kMaxObjectMembersCeiling);
  if (most == impl_->most_members) return;
  impl_->names = std::make_unique<OpenNames>(most, impl_->most_levels);
  impl_->most_members = most;
}

void StrictParser::LimitDepth(std::size_t most) {
  ASSAY_CHECK(most > 0 && most <= kMaxJsonDepthCeiling);
  if (most == impl_->most_levels) return;
  impl_->names = std::make_unique<OpenNames>(impl_->most_members, most);
  impl_->most_levels = most;
}

Status StrictParser::Parse(std::string_view text, Arena& arena, Document* document) {
  return Parse(text, {}, arena, document);
}

Status StrictParser::Parse(std::string_view text, std::span<const std::string_view> path, Arena& arena,
                           Document* document) {
  ASSAY_CHECK(path.size() <= kMaxPath);
  std::construct_at(document);
  impl_->has_structure = false;
  if (text.empty()) return Status::kMalformed;
  impl_->Reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (impl_->stage1->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return Status::kMalformed;
  }
  const Status status = Walk(text, path, *impl_, arena).Run(document);
  impl_->structure = Structure(text.data(), impl_->stage1->structural_indexes.get(), impl_->closing.get());
  impl_->has_structure = status == Status::kOk && !document->has_escapes;
  return status;
}

const Structure* StrictParser::structure() const { return impl_->has_structure ? &impl_->structure : nullptr; }

Status StrictParser::ParseCopy(std::string_view text, Arena& arena, Document* document) {
  char* const copy = arena.Allocate<char>(text.size() + kPadding);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  std::memset(copy + text.size(), 0, kPadding);
  return Parse({copy, text.size()}, arena, document);
}

}  // namespace assay::json
