// Wycheproof's files: read, and run through the layer that checks signatures of tokens.
//
// A vector's `msg` is what was signed, and seldom is of the form BASE64URL '.' BASE64URL that a
// token's signing input has. So a case enters where the pipeline hands over: a key read from a JWK
// by the engine, and a SignatureJob whose signing input is `msg` and whose signature is the decoded
// third segment.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/jws/alg.h"
#include "engine/verify/batch.h"
#include "engine/verify/public_key.h"
#include "tests/vectors.h"

namespace assay::testing {

struct WycheproofCase {
  std::string name;  // file and tcId
  std::string comment;
  std::vector<std::string> flags;
  std::string result;  // valid, invalid, acceptable
  std::string message;
  std::string signature;
  nlohmann::json group;                  // without its tests
  std::shared_ptr<const PublicKey> key;  // null when the engine refuses it
};

struct WycheproofFile {
  std::vector<WycheproofCase> cases;
  std::size_t announced = 0;  // numberOfTests
};

// The file of this name from the shared vectors, or else from BoringSSL's source, where `old_name`
// (if not empty) is its name. Nothing when neither has it.
std::optional<WycheproofFile> ReadWycheproof(const std::string& name, const std::string& old_name = "");

// Whether the shared vectors, whose counts are known, are there.
bool HaveSharedWycheproof();

// The answers to all cases that have a key, in one batch; each is compared with the answer of a
// batch of its own. Cases without a key get kUnchecked.
std::vector<SignatureStatus> VerifyAll(const std::vector<WycheproofCase>& cases, Algorithm algorithm);

std::string FromHex(const std::string& hex);

// The key that a JWK's text holds, or null.
std::shared_ptr<const PublicKey> KeyFromJwk(const std::string& jwk);

}  // namespace assay::testing
