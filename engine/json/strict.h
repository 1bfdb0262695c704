// Strict JSON (RFC 8259): one whole document, every byte checked, nothing forgiven.
//
// simdjson finds the structure (stage 1: UTF-8, strings, control characters, at SIMD speed chosen at
// run time); the walk over that structure is ours, because a token needs what a DOM does not give:
// member names that repeat are refused at every level and in any spelling, numbers are checked by
// the grammar and kept as text (so none is too large, and none goes through `double`), and every
// value remains a view of the document.
//
// Refused besides what RFC 8259 refuses: a byte order mark, lone surrogates (RFC 7493 section 2.1),
// repeated names (RFC 7515 section 4, RFC 7519 section 4), nesting deeper, or objects with more
// members, than the parser's limits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/base/arena.h"
#include "engine/json/items.h"
#include "engine/json/structure.h"
#include "engine/json/value.h"

namespace assay::json {

// Status: kDuplicateName is only reported for text that has no other defect, kTooManyMembers for the first object that
// has more than the limit.
enum class Status : std::uint8_t { kOk, kMalformed, kDuplicateName, kTooManyMembers };

// Document: the root value; for an object its members in order. Views of the text and of the arena.
struct Document {
  Value root;
  std::span<const Member> members;
  // nested: with a path, the members of the object that each of its names leads to, as far as these are objects.
  std::array<std::span<const Member>, 2> nested;
  bool has_escapes = false;      // false: no string has one, so that none holds a NUL or another control
  std::string_view too_large;    // with kTooManyMembers: the root's member in which the object stands; empty: the root
  bool is_too_deep = false;      // with kMalformed: JSON it may be, nested deeper than the limit
  std::size_t error_offset = 0;  // where the walk stopped, when it did not end in kOk
};

// DescribeDefect: what is wrong with text of another status than kOk, to go on after its name: `has a name twice`.
// `most` is the parser's limit.
std::string DescribeDefect(Status status, const Document& document, std::size_t most);

// StrictParser: reusable; allocates only to grow to a larger document than it has seen. Not thread-safe.
class StrictParser {
 public:
  // StrictParser: prepares for documents of up to `capacity` bytes.
  explicit StrictParser(std::size_t capacity = 16 * 1024);
  ~StrictParser();

  // LimitMembers: from now on an object may have `most` members, up to kMaxObjectMembersCeiling; kMaxObjectMembers
  // before. Allocates only when that is another number than before.
  void LimitMembers(std::size_t most);

  // LimitDepth: the same for how deep arrays and objects may stand inside each other: kMaxJsonDepth before, at most
  // kMaxJsonDepthCeiling.
  void LimitDepth(std::size_t most);

  StrictParser(StrictParser&&) noexcept;
  StrictParser& operator=(StrictParser&&) noexcept;

  // Parse: parses `text`. kPadding bytes behind it must be readable. Members and unescaped strings are put into
  // `arena`; what `document` holds lives as long as the text and the arena's content.
  Status Parse(std::string_view text, Arena& arena, Document* document);

  // Parse: the same, and keeps the members of the root's member `path[0]` and of its member `path[1]` too. At most
  // kMaxPath names.
  Status Parse(std::string_view text, std::span<const std::string_view> path, Arena& arena, Document* document);

  // ParseCopy: the same for text without readable padding: copies it into the arena first.
  Status ParseCopy(std::string_view text, Arena& arena, Document* document);

  // structure: of the text that was read last, when that ended in kOk and the text has no escapes; else null.
  const Structure* structure() const;

  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kMaxPath = std::tuple_size_v<decltype(Document::nested)>;

 private:
  class Walk;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// AppendMinified: appends `raw` (accepted JSON) to `out` without the white space that stands outside strings.
void AppendMinified(std::string_view raw, std::string* out);

}  // namespace assay::json
