#include "engine/pipeline/kept_verdict.h"

#include <functional>

namespace assay {
namespace {

// Room: about what the copy of a verdict takes; the arena grows where it is more.
std::size_t Room(const Verdict& verdict) {
  constexpr std::size_t kNames = 512;  // kid, thumbprint, issuer, identity, detail
  if (verdict.claims() == nullptr) return kNames;
  return kNames + verdict.claims()->json().size() + verdict.claims()->members().size() * sizeof(json::Member);
}

bool Holds(std::string_view whole, std::string_view part) {
  const std::less_equal<const char*> no_later;
  return !part.empty() && no_later(whole.data(), part.data()) &&
         no_later(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

KeptVerdict::KeptVerdict(const Verdict& verdict) : arena_(Room(verdict)), verdict_(verdict) {
  verdict_.kid_ = arena_.Copy(verdict.kid_);
  verdict_.key_thumbprint_ = arena_.Copy(verdict.key_thumbprint_);
  verdict_.issuer_ = arena_.Copy(verdict.issuer_);
  Detail& detail = verdict_.detail_;
  for (std::string_view* text : {&detail.subject, &detail.found, &detail.wanted}) *text = arena_.Copy(*text);
  if (verdict.claims_ != nullptr) KeepClaims(verdict);
}

void KeptVerdict::KeepClaims(const Verdict& from) {
  const std::string_view before = from.claims_->json();
  const std::string_view json = arena_.Copy(before);
  const auto given = from.claims_->members();
  json::Member* const members = arena_.Allocate<json::Member>(given.size());
  // What is a view of the payload stays one, of its copy.
  const auto move = [&](std::string_view text) {
    if (!Holds(before, text)) return arena_.Copy(text);
    return json.substr(static_cast<std::size_t>(text.data() - before.data()), text.size());
  };
  const auto move_value = [&](const json::Value& value) {
    return json::Value{value.kind, 0, move(value.raw), move(value.text)};
  };
  for (std::size_t i = 0; i < given.size(); ++i) {
    members[i] = {move(given[i].name), move_value(given[i].value)};
  }
  std::string_view bad_name;  // none: they were read before
  (void)claims_.Read(json, {members, given.size()}, &bad_name);
  verdict_.claims_ = &claims_;
  if (from.scopes_ != nullptr) {
    scopes_ = move_value(*from.scopes_);
    verdict_.scopes_ = &scopes_;
  }
  if (from.identity_ == nullptr) return;
  const auto move_optional = [&](const std::optional<std::string_view>& text) {
    return text ? std::optional(move(*text)) : std::nullopt;
  };
  identity_ = {move_optional(from.identity_->client), move_optional(from.identity_->session),
               move_optional(from.identity_->token_id), move_optional(from.identity_->tenant)};
  verdict_.identity_ = &identity_;
}

}  // namespace assay
