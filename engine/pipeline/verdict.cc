#include "engine/pipeline/verdict.h"

#include "engine/json/strict.h"

namespace assay {

std::optional<std::string_view> Verdict::client_id() const {
  if (claims_ == nullptr) return std::nullopt;
  return identity_ == nullptr ? claims_->client_id() : identity_->client;
}

std::optional<std::string_view> Verdict::session() const {
  if (identity_ != nullptr || claims_ == nullptr) return identity_ == nullptr ? std::nullopt : identity_->session;
  const json::Value* const sid = claims_->session();
  return sid != nullptr && json::IsString(*sid) ? std::optional(sid->text) : std::nullopt;
}

std::optional<std::string_view> Verdict::token_id() const {
  if (claims_ == nullptr) return std::nullopt;
  return identity_ == nullptr ? claims_->jwt_id() : identity_->token_id;
}

OwnedVerdict Verdict::Own() const {
  OwnedVerdict owned;
  owned.reason = reason_;
  owned.report_only = report_only_;
  owned.algorithm = algorithm_;
  owned.kid = kid_;
  owned.key_thumbprint = key_thumbprint_;
  owned.issuer_index = issuer_index_;
  if (claims_ != nullptr) owned.claims_json = claims_->json();
  return owned;
}

}  // namespace assay
