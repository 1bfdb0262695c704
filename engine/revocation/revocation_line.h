// RevocationLineReader: revocations as lines of JSON, many of them.
#pragma once

#include <functional>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/json/strict.h"
#include "engine/revocation/revocation.h"

namespace assay::revocation {

// ClaimName, kClaimNames: the claim that a kind goes by, for those that go by one of the token's, in the order in which
// the first that revokes a token is named.
struct ClaimName {
  RevokedBy by;
  std::string_view name;
};
inline constexpr ClaimName kClaimNames[] = {{RevokedBy::kJwtId, "jti"},
                                            {RevokedBy::kSubject, "sub"},
                                            {RevokedBy::kClient, "client_id"},
                                            {RevokedBy::kSession, "sid"}};

class RevocationLineReader {
 public:
  Result<Revocation> Read(std::string_view line);

  // ReadAll: reads each line of `text` in order; blank ones are skipped, and the last needs no newline. At the first
  // defect an error that says in which line.
  Result<void> ReadAll(std::string_view text, const std::function<void(const Revocation&)>& visit);

 private:
  json::StrictParser parser_;
  Arena arena_;
};

}  // namespace assay::revocation
