// Attacks on the outer form: segments, base64url, sizes, serializations, and JSON itself.
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

// `token` with segment `index` replaced by what `change` makes of it.
std::string ChangeSegment(const std::string& token, int index, const std::function<std::string(std::string)>& change) {
  std::vector<std::string> parts(1);
  for (char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const auto at = static_cast<std::size_t>(index);
  parts[at] = change(parts[at]);
  return Concat({parts[0], ".", parts[1], ".", parts[2]});
}

TEST(Attacks, Row11NonCanonicalBase64) {
  struct Change {
    const char* name;
    std::function<std::string(std::string)> apply;
  };
  const std::vector<Change> changes = {
      {"padding", [](std::string s) { return s + "="; }},
      {"double padding", [](std::string s) { return s + "=="; }},
      {"plus", [](std::string s) { return s.replace(5, 1, "+"); }},
      {"slash", [](std::string s) { return s.replace(5, 1, "/"); }},
      {"space", [](std::string s) { return s.insert(5, " "); }},
      {"trailing newline", [](std::string s) { return s + "\n"; }},
      {"carriage return", [](std::string s) { return s.insert(0, "\r"); }},
      {"NUL", [](std::string s) { return s + std::string(1, '\0'); }},
      {"eighth bit", [](std::string s) { return s.replace(3, 1, "\xC1"); }},
      {"length 1 mod 4", [](std::string s) { return s.substr(0, s.size() / 4 * 4) + "A"; }},
      {"unused bits of 2 characters", [](std::string s) { return s.substr(0, s.size() / 4 * 4) + "AB"; }},
      {"unused bits of 3 characters", [](std::string s) { return s.substr(0, s.size() / 4 * 4) + "AAB"; }},
  };
  std::vector<Attack> attacks;
  for (int segment = 0; segment < 3; ++segment) {
    for (const Change& change : changes) {
      attacks.push_back({11, change.name + (" in segment " + std::to_string(segment)),
                         ChangeSegment(ValidToken(Ours()), segment, change.apply), Reason::kBadBase64url});
    }
  }
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row12SegmentsAndRow33Encrypted) {
  const std::string valid = ValidToken(Ours());
  const std::string header = valid.substr(0, valid.find('.'));
  ExpectReasons(OurEngine(),
                {{12, "empty", "", Reason::kEmpty},
                 {12, "no dot", header, Reason::kNotThreeSegments},
                 {12, "one dot", header + ".e30", Reason::kNotThreeSegments},
                 {12, "dot behind", valid + ".", Reason::kNotThreeSegments},
                 {12, "dot before", "." + valid, Reason::kNotThreeSegments},
                 {12, "doubled dot", Concat({header, ".", valid.substr(header.size())}), Reason::kNotThreeSegments},
                 {12, "three empty segments", "..", Reason::kBadHeaderJson},
                 {12, "empty payload", Sign(Ours(), HeaderOf(Ours()), ""), Reason::kBadPayloadJson},
                 {12, "empty signature", valid.substr(0, valid.rfind('.') + 1), Reason::kSignatureLength},
                 {12, "six segments", ".....", Reason::kNotThreeSegments},
                 {12, "ten thousand dots", std::string(10000, '.'), Reason::kNotThreeSegments},
                 {33, "a JWE", header + ".a.b.c.d", Reason::kEncryptedToken},
                 {33, "five segments of nothing", "....", Reason::kEncryptedToken},
                 {33, "a JWE's header in a JWS", WithHeader("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}"),
                  Reason::kAlgorithmUnknown}});
}

TEST(Attacks, Row18Oversize) {
  // A segment's length is never 1 mod 4, so header and payload both take part in meeting the limit.
  const std::string at_limit = [] {
    for (const char* cty : {"", "x", "xx", "xxx"}) {
      const std::string header = HeaderOf(Ours(), Concat({"\"cty\":\"", cty, "\""}));
      for (std::size_t size = 11500; size < 12300; ++size) {
        const std::string payload = ValidClaims(Concat({"\"x\":\"", std::string(size, 'x'), "\""}));
        if (SigningInput(header, payload).size() + 87 == Limits().token_bytes) {
          return Sign(Ours(), header, payload);
        }
      }
    }
    return std::string();
  }();
  ASSERT_EQ(at_limit.size(), Limits().token_bytes);
  const auto header_of_size = [](std::size_t size) {
    const std::string rest = HeaderOf(Ours(), "\"x5c\":[\"\"]");
    return HeaderOf(Ours(), Concat({"\"x5c\":[\"", std::string(size - rest.size(), 'A'), "\"]"}));
  };
  ExpectReasons(OurEngine(), {{18, "just within the limit", at_limit, Reason::kAccepted},
                              {18, "one byte more", at_limit + "A", Reason::kTooLarge},
                              {18, "a megabyte", std::string(1 << 20, 'A'), Reason::kTooLarge},
                              {18, "header at its limit", WithHeader(header_of_size(8192)), Reason::kAccepted},
                              {18, "header one byte longer", WithHeader(header_of_size(8193)), Reason::kTooLarge}});
}

TEST(Attacks, Row19DeepNesting) {
  const auto nested = [](std::size_t depth) {
    return Concat({"\"x\":", std::string(depth, '['), std::string(depth, ']')});
  };
  const auto nested_objects = [](std::size_t depth) {
    std::string text = "\"x\":";
    for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":";
    return text + "0" + std::string(depth, '}');
  };
  ExpectReasons(OurEngine(),
                {{19, "payload of depth 16", WithPayload(ValidClaims(nested(15))), Reason::kAccepted},
                 {19, "payload of depth 17", WithPayload(ValidClaims(nested(16))), Reason::kBadPayloadJson},
                 {19, "objects of depth 16", WithPayload(ValidClaims(nested_objects(15))), Reason::kAccepted},
                 {19, "objects of depth 17", WithPayload(ValidClaims(nested_objects(16))), Reason::kBadPayloadJson},
                 {19, "payload of depth 5000", WithPayload(ValidClaims(nested(5000))), Reason::kBadPayloadJson},
                 {19, "open brackets only", WithPayload(std::string(9000, '[')), Reason::kBadPayloadJson},
                 {19, "header of depth 17", WithHeader(HeaderOf(Ours(), nested(16))), Reason::kBadHeaderJson},
                 {19, "header of depth 16", WithHeader(HeaderOf(Ours(), nested(15))), Reason::kAccepted}});
}

TEST(Attacks, Row10DuplicateNames) {
  ExpectReasons(
      OurEngine(),
      {{10, "alg twice", WithHeader("{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"k\"}"), Reason::kDuplicateName},
       {10, "alg escaped", WithHeader("{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}"), Reason::kDuplicateName},
       {10, "in the header's jwk", WithHeader(HeaderOf(Ours(), "\"jwk\":{\"a\":1,\"a\":1}")), Reason::kDuplicateName},
       {10, "exp twice", WithPayload(ValidClaims("\"exp\":9999999999")), Reason::kDuplicateName},
       {10, "sub escaped", WithPayload(ValidClaims("\"\\u0073ub\":\"root\"")), Reason::kDuplicateName},
       {10, "sub escaped otherwise", WithPayload(ValidClaims("\"su\\u0062\":\"root\"")), Reason::kDuplicateName},
       {10, "nested", WithPayload(ValidClaims("\"x\":{\"y\":{\"a\":1,\"b\":2,\"a\":3}}")), Reason::kDuplicateName},
       {10, "nested in an array", WithPayload(ValidClaims("\"x\":[0,{\"a\":1,\"\\u0061\":3}]")),
        Reason::kDuplicateName},
       {10, "empty names", WithPayload(ValidClaims("\"\":1,\"\":2")), Reason::kDuplicateName},
       {10, "slash escaped", WithPayload(ValidClaims("\"a/b\":1,\"a\\/b\":2")), Reason::kDuplicateName},
       {10, "surrogate pair and UTF-8", WithPayload(ValidClaims("\"\\uD83D\\uDE00\":1,\"\xF0\x9F\x98\x80\":2")),
        Reason::kDuplicateName},
       {10, "the same name at other levels", WithPayload(ValidClaims("\"x\":{\"sub\":1,\"y\":{\"sub\":2}}")),
        Reason::kAccepted},
       {10, "another case", WithPayload(ValidClaims("\"Sub\":1,\"SUB\":2")), Reason::kAccepted}});
}

TEST(Attacks, Row27Encoding) {
  const std::string bom = "\xEF\xBB\xBF";
  const std::string nul(1, '\0');
  std::vector<Attack> attacks = {
      {27, "BOM before the header", WithHeader(bom + HeaderOf(Ours())), Reason::kBadHeaderJson},
      {27, "BOM before the payload", WithPayload(bom + ValidClaims()), Reason::kBadPayloadJson},
      {27, "NUL behind the payload", WithPayload(ValidClaims() + nul), Reason::kBadPayloadJson},
      {27, "NUL and a second object", WithPayload(ValidClaims() + nul + "{}"), Reason::kBadPayloadJson},
      {27, "NUL in a string", WithPayload(ValidClaims(Concat({"\"x\":\"", nul, "\""}))), Reason::kBadPayloadJson},
      {27, "garbage behind", WithPayload(ValidClaims() + "x"), Reason::kBadPayloadJson},
      {27, "two objects", WithPayload(ValidClaims() + "{}"), Reason::kBadPayloadJson},
      {27, "UTF-16", WithPayload(std::string("\xFF\xFE{\0}\0", 6)), Reason::kBadPayloadJson},
      {27, "escaped NUL in sub", WithPayload(ClaimsWith("sub", "\"sub\":\"a\\u0000b\"")), Reason::kBadClaimType},
      {27, "escaped NUL in iss", WithPayload(ClaimsWith("iss", Concat({"\"iss\":\"", kIssuer, "\\u0000\""}))),
       Reason::kBadClaimType},
      {27, "an array for a payload", WithPayload("[]"), Reason::kBadPayloadJson},
      {27, "a string for a payload", WithPayload("\"x\""), Reason::kBadPayloadJson},
      {27, "single quotes", WithPayload("{'a':1}"), Reason::kBadPayloadJson},
      {27, "comment", WithPayload("{/**/}"), Reason::kBadPayloadJson},
      {27, "trailing comma", WithPayload("{\"a\":1,}"), Reason::kBadPayloadJson},
      {27, "form feed", WithPayload("{\f}"), Reason::kBadPayloadJson}};
  for (const char* bytes :
       {"\xFF", "\xC0\x80", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xF8\x88\x80\x80\x80",
        "\\uD800", "\\uDC00", "\\uD800\\uD800", "\\uDC00\\uD800", "\\uD800x", "\\u12G4", "\\x41", "\x1F"}) {
    attacks.push_back({27, Base64url(bytes) + " in the payload",
                       WithPayload(ValidClaims(Concat({"\"x\":\"", bytes, "\""}))), Reason::kBadPayloadJson});
    attacks.push_back({27, Base64url(bytes) + " in the header",
                       WithHeader(HeaderOf(Ours(), Concat({"\"x\":\"", bytes, "\""}))), Reason::kBadHeaderJson});
    attacks.push_back({27, Base64url(bytes) + " in a name", WithPayload(ValidClaims(Concat({"\"", bytes, "\":0"}))),
                       Reason::kBadPayloadJson});
  }
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row34JsonSerialization) {
  const std::string valid = ValidToken(Ours());
  const std::string header = valid.substr(0, valid.find('.'));
  const std::string payload = valid.substr(header.size() + 1, valid.rfind('.') - header.size() - 1);
  const std::string signature = valid.substr(valid.rfind('.') + 1);
  ExpectReasons(
      OurEngine(),
      {{34, "flattened",
        Concat({"{\"protected\":\"", header, "\",\"payload\":\"", payload, "\",\"signature\":\"", signature, "\"}"}),
        Reason::kNotThreeSegments},
       {34, "general",
        Concat({"{\"payload\":\"", payload, "\",\"signatures\":[{\"protected\":\"", header, "\",\"signature\":\"",
                signature, "\"}]}"}),
        Reason::kNotThreeSegments},
       {34, "polyglot: JSON around a compact token", Concat({"{\"x\":\"", valid, "\"}"}), Reason::kBadBase64url},
       {34, "polyglot: a compact token in a member name",
        Concat({"{\"", header, ".", payload, ".", signature, "\":1}"}), Reason::kBadBase64url},
       {34, "detached content", Concat({header, "..", signature}), Reason::kBadPayloadJson},
       {34, "with the scheme's name", "Bearer " + valid, Reason::kBadBase64url},
       {34, "space before", " " + valid, Reason::kBadBase64url},
       {34, "newline behind", valid + "\n", Reason::kBadBase64url}});
}

}  // namespace
}  // namespace assay::testing
