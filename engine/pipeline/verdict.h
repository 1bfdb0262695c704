// Verdict: what became of one token.
//
// Views in a verdict live until the next call of the worker that gave it, and the token's own bytes
// must live as long. Own() copies what a host wants to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/detail.h"
#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/claims/identity.h"
#include "engine/jws/alg.h"

namespace assay {

struct OwnedVerdict {
  Reason reason = Reason::kUnset;
  bool report_only = false;  // as Verdict::report_only()
  std::optional<Algorithm> algorithm;
  std::string kid;
  std::string key_thumbprint;
  int issuer_index = -1;
  std::string claims_json;
};

class Verdict {
 public:
  // Verdict: one that nobody has filled in is a rejection.
  Verdict() = default;

  bool accepted() const { return IsAccepted(reason_); }
  Reason reason() const { return reason_; }

  // report_only: of a rejection whose issuer is in report mode (PolicyConfig::mode, which says what that covers): a
  // host that offers report mode may let the request pass, and shows reason and Detail(). It is still a rejection:
  // accepted() is false, and nobody's claims are given. Never true of a token that is forged, unsigned, malformed, of
  // an unknown issuer, without a key, out of its time, bound to a key, revoked, or perhaps revoked.
  bool report_only() const { return report_only_; }

  // algorithm, has_kid, kid: what is known of the token, as far as it was read. Untrusted unless accepted().
  std::optional<Algorithm> algorithm() const { return algorithm_; }
  bool has_kid() const { return has_kid_; }
  std::string_view kid() const { return kid_; }

  // issuer_index: index into EngineConfig::issuers, of the configuration under which this verdict was given, of the
  // issuer whose policy was applied; -1 when none was chosen.
  int issuer_index() const { return issuer_index_; }

  // key_thumbprint: RFC 7638 thumbprint of the key that verified the signature; empty when none did.
  std::string_view key_thumbprint() const { return key_thumbprint_; }

  // issuer: what principal and revocation call the issuer of a token that is accepted or report_only(): its `iss`; of
  // an issuer with several spellings the first; of a SPIFFE trust domain `spiffe://` and its name. Empty for every
  // other.
  std::string_view issuer() const { return issuer_; }

  // client_id, session, token_id, tenant: who acts with an accepted token, by the claims that its issuer's policy
  // names.
  ASSAY_EXPORT std::optional<std::string_view> client_id() const;
  ASSAY_EXPORT std::optional<std::string_view> session() const;
  ASSAY_EXPORT std::optional<std::string_view> token_id() const;
  std::optional<std::string_view> tenant() const { return identity_ == nullptr ? std::nullopt : identity_->tenant; }

  // scopes: an accepted token's scopes, by the policy that was applied: a string, separated by spaces, or an array of
  // strings. Null when it has none.
  const json::Value* scopes() const { return scopes_; }

  // claims: the claims of an accepted token; null for every other, and with `signature_only`.
  const Claims* claims() const { return claims_; }

  // Detail: one line for people: what was wrong where. Not stable, allocates, escapes what came from the token.
  ASSAY_EXPORT std::string Detail() const;

  ASSAY_EXPORT OwnedVerdict Own() const;

 private:
  friend class Pipeline;
  friend class KeptVerdict;

  Reason reason_ = Reason::kUnset;
  bool has_kid_ = false;
  bool report_only_ = false;
  std::optional<Algorithm> algorithm_;
  std::int32_t issuer_index_ = -1;
  std::string_view kid_;
  std::string_view key_thumbprint_;
  std::string_view issuer_;
  const Claims* claims_ = nullptr;
  const Identity* identity_ = nullptr;  // null: the registered claims say it
  const json::Value* scopes_ = nullptr;
  assay::Detail detail_;
};

}  // namespace assay
