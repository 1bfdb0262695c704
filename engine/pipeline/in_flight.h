// InFlight: one token on its way through the pipeline. Its types say which way: whether the verdict cache remembers the
// token, and, if not, whether the header memo knows the header.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "engine/base/detail.h"
#include "engine/claims/claims.h"
#include "engine/jwks/jwk.h"
#include "engine/jws/compact.h"
#include "engine/jws/header.h"
#include "engine/pipeline/header_memo.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/revocation/batch.h"

namespace assay {

// HeaderText, KnownHeader: where the header comes from: its decoded text, still to be read, or the memo, which has read
// it before.
struct HeaderText {
  std::string_view text;
};
struct KnownHeader {
  const HeaderMemo::Entry* entry;  // not null
};

// FreshToken: a token that goes the whole way.
struct FreshToken {
  jws::Compact compact;
  std::variant<HeaderText, KnownHeader> header;
  std::string_view payload;    // decoded
  std::string_view signature;  // decoded
  const jwks::Jwk* key = nullptr;
  HeaderMemo::KeyPlace key_place;
  std::size_t job = 0;  // position in jobs_, once there
  // tried: the keys of the jobs from there on, where the token names none and each that fits is tried; else empty.
  std::span<const jwks::Jwk* const> tried;
};

// RememberedToken: a token that the verdict cache knows: signature and policy have been passed.
struct RememberedToken {
  std::string_view key_thumbprint;
};

// InFlight: one token on its way, and what is known of it, whichever way that is.
struct InFlight {
  jws::Header header;              // of a remembered token: `alg` and `kid`
  const Claims* claims = nullptr;  // null with signature_only
  NamedClaims named;               // what the issuer's policy names in them
  std::string_view issuer_name;    // what revocation and principal call the issuer; no view of the snapshot
  const IssuerTrust* issuer = nullptr;
  int issuer_index = TrustSnapshot::kNoIssuer;
  revocation::RevocationBatch::Handle revocation = 0;  // where there are claims; of several spellings the first
  Detail detail;
  std::variant<FreshToken, RememberedToken> way;
};

static_assert(std::is_trivially_destructible_v<InFlight>);  // each batch writes over the one before

}  // namespace assay
