// Claims by path, in a form that can be put into a header.
#include "engine/claims/claims.h"
#include "engine/base/text.h"
#include "engine/c/handles.h"
#include "engine/json/strict.h"
#include "engine/json/text.h"

using namespace assay::c;

namespace {

// FindClaim: kFound and the value, kNone, or kUnfit for a path that is none.
std::int32_t FindClaim(const assay_verdict* verdict, const assay_span* path, std::size_t names,
                       assay::json::Value* value) {
  if (path == nullptr || names == 0 || names > assay::kMaxClaimPathNames) return kUnfit;
  if (!std::all_of(path, path + names, IsText)) return kUnfit;
  if (verdict == nullptr || verdict->verdict->claims() == nullptr) return kNone;
  assay::ClaimPath claim;
  for (std::size_t i = 0; i < names; ++i) claim.emplace_back(View(path[i]));
  return verdict->verdict->claims()->FindPath(claim, verdict->scratch->arena(), value) ? kFound : kNone;
}

// AsciiJson: a value without white space, and without bytes that are not of ASCII, or control it.
assay_span AsciiJson(const assay::json::Value& value, Scratch* scratch) {
  std::string minified, ascii;
  assay::json::AppendMinified(value.raw, &minified);
  for (std::string_view rest = minified; !rest.empty();) {
    const auto byte = static_cast<unsigned char>(rest.front());
    const std::size_t length = assay::json::Utf8SequenceLength(rest);
    if (byte < 0x7F) {
      ascii += rest.front();
    } else {  // within a string
      char32_t point = length == 1 ? byte : byte & (0x7Fu >> length);
      for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(rest[i]) & 0x3Fu);
      assay::json::AppendEscape(point, &ascii);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return Span(scratch->arena().Copy(ascii));
}

}  // namespace

namespace assay::c {

std::int32_t TextOf(const json::Value& value, Scratch* scratch, assay_span* out) {
  using json::Kind;
  switch (value.kind) {
    case Kind::kNull:
    case Kind::kFalse:
      return kNone;
    case Kind::kString:
      if (std::any_of(value.text.begin(), value.text.end(), assay::IsControl)) return kUnfit;
      *out = Span(value.text);
      return kFound;
    case Kind::kTrue:
    case Kind::kNumber:
      *out = Span(value.raw);
      return kFound;
    case Kind::kArray:
    case Kind::kObject:
      *out = AsciiJson(value, scratch);
      return kFound;
  }
  return kUnfit;
}

}  // namespace assay::c

extern "C" {

int32_t assay_claim_text(const assay_verdict* verdict, const assay_span* path, size_t names, assay_span* out) {
  if (out == nullptr) return kUnfit;
  *out = {};
  return Fenced<int32_t>(nullptr, kUnfit, [&] {
    assay::json::Value value;
    const std::int32_t found = FindClaim(verdict, path, names, &value);
    return found == kFound ? TextOf(value, verdict->scratch, out) : found;
  });
}

int32_t assay_claim_number(const assay_verdict* verdict, const assay_span* path, size_t names, int64_t* out) {
  if (out == nullptr) return kUnfit;
  *out = 0;
  return Fenced<int32_t>(nullptr, kUnfit, [&] {
    assay::json::Value value;
    const std::int32_t found = FindClaim(verdict, path, names, &value);
    if (found != kFound || value.kind == assay::json::Kind::kNull) return std::min(found, kNone);
    if (value.kind != assay::json::Kind::kNumber) return kUnfit;
    const auto number = assay::NumericDate::Parse(value.raw);
    if (!number || number->has_fraction()) return kUnfit;
    *out = number->floor();
    return kFound;
  });
}

int32_t assay_claim_json(const assay_verdict* verdict, const assay_span* path, size_t names, assay_span* out) {
  if (out == nullptr) return kUnfit;
  *out = {};
  return Fenced<int32_t>(nullptr, kUnfit, [&] {
    assay::json::Value value;
    const std::int32_t found = FindClaim(verdict, path, names, &value);
    if (found == kFound) *out = AsciiJson(value, verdict->scratch);
    return found;
  });
}

}  // extern "C"
