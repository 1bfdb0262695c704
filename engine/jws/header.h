// The protected header of a token (RFC 7515 section 4).
//
// Read: `alg`, `kid`, `typ`, and the presence of `crit` and `b64`. Everything else is ignored:
// `jwk`, `jku`, `x5u`, `x5c` and their kin never lead to a key (RFC 8725 section 3.10).
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/json/strict.h"
#include "engine/jws/alg.h"

namespace assay::jws {

struct Header {
  std::optional<Algorithm> algorithm;
  bool has_kid = false;
  bool has_type = false;
  std::string_view kid;
  std::string_view type;  // `typ` as written
  Detail detail;          // after a failure
};

// ReadHeader: reads the decoded header `text`, followed by StrictParser::kPadding readable bytes. kUnset on
// success, otherwise the first defect of: kBadHeaderJson, kDuplicateName, kBadHeaderField,
// kAlgorithmMissing, kAlgorithmNone, kAlgorithmUnknown, kAlgorithmNotAllowed (not in `allowed`),
// kCriticalHeader, kUnencodedPayload, kKidTooLong. Views in `header` point into text and arena.
Reason ReadHeader(std::string_view text, AlgorithmSet allowed, json::StrictParser& parser, Arena& arena,
                  Header* header);

}  // namespace assay::jws
