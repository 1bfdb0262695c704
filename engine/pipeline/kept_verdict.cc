#include "engine/pipeline/kept_verdict.h"

#include <cstdint>
#include <cstring>

namespace assay {

std::size_t KeptVerdict::Room(const Verdict& verdict) {
  constexpr std::size_t kNames = 512;  // kid, thumbprint, issuer, identity, detail
  if (verdict.claims() == nullptr) return kNames;
  return kNames + verdict.claims()->json().size() + verdict.claims()->members().size() * sizeof(json::Member);
}

KeptVerdict::KeptVerdict(const Verdict& verdict, std::span<std::byte> memory)
    : memory_(memory.data(), memory.size()), verdict_(verdict) {
  verdict_.kid_ = Copy(verdict.kid_);
  verdict_.key_thumbprint_ = Copy(verdict.key_thumbprint_);
  verdict_.issuer_ = Copy(verdict.issuer_);
  Detail& detail = verdict_.detail_;
  for (std::string_view* text : {&detail.subject, &detail.found, &detail.wanted}) *text = Copy(*text);
  if (verdict.claims_ != nullptr) KeepClaims(verdict);
}

std::string_view KeptVerdict::Copy(std::string_view text) {
  if (text.empty()) return {};
  char* const bytes = static_cast<char*>(memory_.allocate(text.size(), 1));
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

void KeptVerdict::KeepClaims(const Verdict& from) {
  const std::string_view before = from.claims_->json();
  const std::string_view json = Copy(before);
  const auto given = from.claims_->members();
  auto* const members = static_cast<json::Member*>(memory_.allocate(given.size_bytes(), alignof(json::Member)));
  // What is a view of the payload stays one, of its copy.
  bool are_views = true;
  const auto move = [&](std::string_view text) -> std::string_view {
    if (text.empty()) return json.substr(0, 0);
    const std::size_t offset =
        reinterpret_cast<std::uintptr_t>(text.data()) - reinterpret_cast<std::uintptr_t>(before.data());
    if (offset < before.size()) return {json.data() + offset, text.size()};
    are_views = false;
    return Copy(text);
  };
  const auto move_value = [&](const json::Value& value) {
    return json::Value{value.kind, 0, move(value.raw), move(value.text)};
  };
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::construct_at(&members[i], json::Member{move(given[i].name), move_value(given[i].value)});
  }
  if (are_views) {
    claims_.CopyOver(*from.claims_, json, {members, given.size()});
  } else {
    std::string_view bad_name;  // none: they were read before
    (void)claims_.Read(json, {members, given.size()}, &bad_name);
  }
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
