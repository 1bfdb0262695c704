// HTTP methods and forms of a body, as the request reader takes them.
#include "engine/mcp/request/transport.h"

#include <string>

#include "engine/base/limits.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

class Transport : public ::testing::Test {
 protected:
  Reason Read(std::string_view http_method, const Fields& fields, const std::string& body,
              std::optional<HeaderMode> mode = {}) {
    const Reason reason = reader_.Read(ReadHead(fields, http_method), {body}, mode, &request_);
    EXPECT_EQ(reason == Reason::kUnset, request_.defect == nullptr) << http_method;
    return reason;
  }
  Reason Post(const Fields& fields) { return Read("POST", fields, Call("ping")); }

  RequestReader reader_;
  Request request_;
};

TEST_F(Transport, AHostThatSaysNothingSentAPost) {
  EXPECT_EQ(RequestHead{}.http_method, "POST");
  EXPECT_EQ(ReadHead({}).http_method, "POST");
}

TEST_F(Transport, GetAndDeleteCarryNoMessageInOlderVersions) {
  for (const char* method : {"GET", "DELETE"}) {
    for (const char* version : {"2025-11-25", "2025-06-18", "2025-03-26"}) {
      ASSERT_EQ(Read(method, {{"MCP-Protocol-Version", version}}, ""), Reason::kUnset) << method << version;
      EXPECT_EQ(request_.kind, MessageKind::kNone);
      EXPECT_EQ(request_.target, Target::kMethod);
      EXPECT_EQ(request_.method, "");
    }
    EXPECT_EQ(Read(method, {}, ""), Reason::kUnset) << "without a version it is the oldest";
    EXPECT_EQ(Read(method, {{"MCP-Protocol-Version", "2026-07-28"}}, ""), Reason::kMethodNotAllowed);
    EXPECT_EQ(Read(method, {{"MCP-Protocol-Version", "1999-01-01"}}, ""), Reason::kRequestMalformed);
    EXPECT_EQ(Read(method, {{"MCP-Protocol-Version", "2026-07-28"}, {"MCP-Protocol-Version", "2025-06-18"}}, ""),
              Reason::kRequestMalformed);
  }
}

// Servers that make variables of headers cannot tell the two apart.
TEST_F(Transport, ASecondSpellingIsTheSameHeaderTwice) {
  const HeaderField version = {"MCP-Protocol-Version", "2025-11-25"};
  EXPECT_EQ(Read("GET", {version}, ""), Reason::kUnset);
  for (const HeaderField& other : {HeaderField{"MCP_Protocol-Version", "2025-06-18"}, {"mcp_protocol_version", ""}}) {
    EXPECT_EQ(Read("GET", {version, other}, ""), Reason::kRequestMalformed) << other.name;
    EXPECT_EQ(Read("GET", {other, version}, ""), Reason::kRequestMalformed) << other.name;
  }
  for (const char* name : {"MCP Protocol Version", "MCP.Protocol.Version", "MCP-Protocol_Versions"}) {
    EXPECT_EQ(Read("GET", {version, {name, "2025-06-18"}}, ""), Reason::kUnset) << name;
  }
}

TEST_F(Transport, AModeForNewVersionsHasPostOnly) {
  for (const HeaderMode mode : {HeaderMode::kHeaders, HeaderMode::kHeadersAndBody}) {
    EXPECT_EQ(Read("GET", {}, "", mode), Reason::kMethodNotAllowed);
    EXPECT_EQ(Read("DELETE", {{"MCP-Protocol-Version", "2025-11-25"}}, "", mode), Reason::kMethodNotAllowed);
    EXPECT_EQ(AllowedMethods(ReadHead({}, "GET"), mode), "POST");
  }
  EXPECT_EQ(Read("GET", {}, "", HeaderMode::kBody), Reason::kUnset);
  EXPECT_EQ(Read("GET", {{"MCP-Protocol-Version", "2026-07-28"}}, "", HeaderMode::kBody), Reason::kMethodNotAllowed);
  EXPECT_EQ(AllowedMethods(ReadHead({}, "PUT"), {}), "GET, POST, DELETE");
}

TEST_F(Transport, NoOtherMethodIsRead) {
  for (const char* method :
       {"HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "Post", " GET", "", "POST "}) {
    EXPECT_EQ(Read(method, {}, ""), Reason::kMethodNotAllowed) << method;
    EXPECT_EQ(Read(method, {}, Call("ping")), Reason::kMethodNotAllowed) << method;
  }
}

// Hardening: a server that reads the body of a GET would find an operation that nobody has judged.
TEST_F(Transport, AGetOrDeleteWithAnythingLikeABodyIsMalformed) {
  for (const char* method : {"GET", "DELETE"}) {
    EXPECT_EQ(Read(method, {}, Call("ping")), Reason::kRequestMalformed);
    EXPECT_EQ(Read(method, {}, " "), Reason::kRequestMalformed);
    EXPECT_EQ(Read(method, {{"Content-Length", "0"}}, ""), Reason::kUnset);
    for (const char* length : {"1", "00", "+0", "0, 0", "", "-0", "0x0"}) {
      EXPECT_EQ(Read(method, {{"content-length", length}}, ""), Reason::kRequestMalformed) << length;
    }
    EXPECT_EQ(Read(method, {{"Content-Length", "0"}, {"Content-Length", "0"}}, ""), Reason::kRequestMalformed);
    for (const char* coding : {"chunked", "identity", ""}) {
      EXPECT_EQ(Read(method, {{"Transfer-Encoding", coding}}, ""), Reason::kRequestMalformed) << coding;
    }
    EXPECT_EQ(Read(method, {{"Mcp-Method", "tools/call"}}, ""), Reason::kRequestMismatch);
    EXPECT_EQ(Read(method, {{"Mcp-Name", "x"}}, ""), Reason::kRequestMismatch);
  }
}

TEST_F(Transport, NoHeaderNamesAnotherMethod) {
  for (const char* name :
       {"X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X_HTTP_METHOD_OVERRIDE", "X-Http_Method"}) {
    for (const char* method : {"GET", "DELETE", "POST"}) {
      const std::string body = method == std::string_view("POST") ? Call("ping") : "";
      EXPECT_EQ(Read(method, {{name, "POST"}}, body), Reason::kRequestMalformed) << name << method;
      EXPECT_EQ(Read(method, {{name, ""}}, body), Reason::kRequestMalformed) << name << method;
    }
  }
  EXPECT_EQ(Post({{"X-HTTP-Method-Overrides", "GET"}, {"X-HTTP-Methods", "GET"}}), Reason::kUnset);
}

TEST_F(Transport, ABodyInAnotherCodingOrCharsetIsNotRead) {
  for (const char* coding : {"identity", "Identity", ""}) {
    EXPECT_EQ(Post({{"Content-Encoding", coding}}), Reason::kUnset) << coding;
  }
  for (const char* coding : {"gzip", "br", "identity, gzip", "identity,identity", "aws-chunked"}) {
    EXPECT_EQ(Post({{"Content-Encoding", coding}}), Reason::kBodyEncoding) << coding;
  }
  EXPECT_EQ(Post({{"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}), Reason::kBodyEncoding);
  for (const char* type : {"application/json", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
                           "application/json ;\tCHARSET=Utf-8 ; x=y;", "application/json;; x=\"a b\";charset=utf-8",
                           "application/json;", ""}) {
    EXPECT_EQ(Post({{"Content-Type", type}}), Reason::kUnset) << type;
  }
  for (const char* type :
       {"application/json; charset=utf-16", "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=\"utf-16\"", "application/json; charset=", "application/json; charset",
        "application/json; charset=utf-8x", "application/json; charset=\"utf-8", "application/json; charset*=utf-16",
        "application/json; x=\"; charset=utf-7\"", "application/json,charset=utf-16", "application/json; charset=utf8",
        "application/json; charset=utf-8, text/plain; charset=utf-16", "application/json; charset=us-ascii",
        // Said twice, or where readers differ in what is said.
        "application/json; charset=utf-8; charset=utf-8", "application/json; charset=utf-8; xcharset=utf-8",
        "application/json; x=\"; charset=utf-8\"", "application/json; x=charset=utf-8",
        // Malformed (RFC 9110 sections 5.6.4, 5.6.6 and 8.3.1).
        "application/json; CHARSET = utf-8", "application/json; charset= utf-8", "application/json; charset=\"\"",
        "application/json; charset=\"utf-8\"x", "application/json; charset=\"utf-8\" x",
        "application/json; charset=\"utf\\-8\"", "application/json; x=\"", "application/json; x=\"y",
        "application/json; x=\"y\\\"; charset=utf-8", "application/json; x=\"; charset=utf-8", "application/json; =y",
        "application/json; x=", "application/json; x", "application/json charset=utf-8", "application/json; x=\xC3\xA4",
        "application/json; c\x0Bharset=utf-16", "application/json; char(x)set=utf-16", "application", "/json",
        "application/", "application/json, application/json", ";charset=utf-8"}) {
    EXPECT_EQ(Post({{"Content-Type", type}}), Reason::kBodyEncoding) << type;
  }
  EXPECT_EQ(Post({{"Content-Type", "application/json"}, {"Content-Type", "application/json"}}), Reason::kBodyEncoding);
}

TEST_F(Transport, ABodyOverTheLimitIsTooLarge) {
  std::string body = Call("ping");
  body.append(kMaxRequestBytes - body.size(), ' ');
  EXPECT_EQ(Read("POST", {}, body), Reason::kUnset);
  body += ' ';
  EXPECT_EQ(Read("POST", {}, body), Reason::kBodyTooLarge);
}

TEST_F(Transport, ABatchIsCalledOne) {
  EXPECT_EQ(Read("POST", {}, "[" + Call("ping") + "]"), Reason::kRequestMalformed);
  EXPECT_NE(std::string(request_.defect).find("batch"), std::string::npos);
  EXPECT_EQ(Read("POST", {}, "[]"), Reason::kRequestMalformed);
  EXPECT_NE(std::string(request_.defect).find("batch"), std::string::npos);
}

TEST_F(Transport, APreflightHasBothOfItsHeaders) {
  const Fields both = {{"Origin", "https://a"}, {"Access-Control-Request-Method", "POST"}};
  EXPECT_TRUE(IsPreflight(ReadHead(both, "OPTIONS")));
  EXPECT_FALSE(IsPreflight(ReadHead(both, "GET")));
  EXPECT_FALSE(IsPreflight(ReadHead(both, "options")));
  EXPECT_FALSE(IsPreflight(ReadHead(std::span(both).first(1), "OPTIONS")));
  EXPECT_FALSE(IsPreflight(ReadHead(std::span(both).last(1), "OPTIONS")));
}

}  // namespace
}  // namespace assay::mcp
