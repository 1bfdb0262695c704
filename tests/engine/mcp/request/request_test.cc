// The request reader: versions, header forms, JSON-RPC, and what both must say alike.
#include "engine/mcp/request/request.h"

#include <string>

#include "engine/mcp/request/header_text.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

class RequestTest : public ::testing::Test {
 protected:
  Reason Read(const Fields& fields, const std::string& body, std::optional<HeaderMode> mode = {}) {
    fields_ = fields;
    body_ = body;
    const Reason reason = reader_.Read(ReadHead(fields_), {body_}, mode, &request_);
    EXPECT_EQ(reason == Reason::kUnset, request_.defect == nullptr) << body;  // said of each that is refused
    return reason;
  }
  Reason ReadBody(const std::string& body) { return Read({}, body); }
  // As 2026-07-28.
  Reason ReadNew(const std::string& body, Fields more) {
    more.push_back({"MCP-Protocol-Version", "2026-07-28"});
    return Read(more, body);
  }

  RequestReader reader_;
  Request request_;
  Fields fields_;
  std::string body_;
};

TEST_F(RequestTest, ACallNamesItsMethodToolAndId) {
  ASSERT_EQ(ReadBody(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"re\u0061d"}})"),
            Reason::kUnset);
  EXPECT_EQ(request_.method, "tools/call");
  EXPECT_EQ(request_.target, Target::kTool);
  EXPECT_EQ(request_.name, "read");
  EXPECT_EQ(request_.id, "\"a\"");
  EXPECT_EQ(request_.kind, MessageKind::kRequest);
}

TEST_F(RequestTest, SaysWhatIsWrong) {
  const auto defect = [&](Reason reason) {
    EXPECT_NE(reason, Reason::kUnset);
    return std::string(request_.defect == nullptr ? "" : request_.defect);
  };
  const std::string call = CallTool("read_file");
  EXPECT_EQ(defect(Read({{"MCP-Protocol-Version", "2020-01-01"}}, call)),
            "MCP-Protocol-Version is repeated, or none of 2026-07-28, 2025-11-25, 2025-06-18 and 2025-03-26");
  std::string many = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a")";
  for (int i = 0; i < 256; ++i) many += ",\"" + std::to_string(i) + "\":1";
  const std::pair<std::string, const char*> bodies[] = {
      {"{", "no JSON, not UTF-8, or nested deeper than 16"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":)" + std::string(16, '[') + std::string(16, ']') + "}}",
       "no JSON, not UTF-8, or nested deeper than 16"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,"a":1}})", "an object has a name twice"},
      {many + "}}", "an object has more than 256 members"},
      {"7", "it needs jsonrpc \"2.0\""},
      {R"({"id":1,"method":"ping"})", "it needs jsonrpc \"2.0\""},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", "an id that is a string or an integer"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","more":1})", "has no members of its own"}};
  for (const auto& [body, words] : bodies) EXPECT_NE(defect(ReadBody(body)).find(words), std::string::npos) << words;
  EXPECT_EQ(defect(ReadNew(call, {{"Mcp-Name", "read_file"}})), "Mcp-Method is missing or not the body's method");
  EXPECT_EQ(defect(ReadNew(call, {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "other"}})),
            "Mcp-Name is missing or not what the body names");
  EXPECT_EQ(ReadBody(call), Reason::kUnset);
  EXPECT_EQ(request_.defect, nullptr);
}

TEST_F(RequestTest, ABodyWithReadablePaddingIsReadWhereItStands) {
  const std::string body = CallTool("read_file");
  const std::string padded = body + std::string(RequestReader::kPadding, '\0');
  const std::string_view view(padded.data(), body.size());
  ASSERT_EQ(reader_.Read({}, {view, RequestReader::kPadding}, {}, &request_), Reason::kUnset);
  EXPECT_GE(request_.name.data(), padded.data());
  EXPECT_LT(request_.name.data(), padded.data() + padded.size());
}

TEST_F(RequestTest, OneStrictMessageAndNothingElse) {
  for (const char* body : {"",
                           "[]",
                           R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])",
                           "1",
                           "null",
                           "{}",
                           "{",
                           R"({"jsonrpc":"2.0","id":1})",
                           R"({"jsonrpc":"2.0","id":1,"method":"ping"} x)",
                           R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
                           R"({"jsonrpc":2.0,"id":1,"method":"ping"})",
                           R"({"id":1,"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":[],"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":1,"method":""})",
                           R"({"jsonrpc":"2.0","id":1,"method":1})",
                           R"({"jsonrpc":"2.0","id":1,"method":"ping\u0000"})",
                           R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})",
                           R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})",
                           R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})",
                           "\xEF\xBB\xBF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"}) {
    EXPECT_EQ(ReadBody(body), Reason::kRequestMalformed) << body;
  }
  EXPECT_EQ(ReadBody(" {\"method\" : \"ping\", \"jsonrpc\":\"2.0\", \"id\":-1 }\n"), Reason::kUnset);
}

// CVE-2026-27896: a reader that folds case sees another method.
TEST_F(RequestTest, MiscasedAndRepeatedMembersAreRefused) {
  for (
      const char* body :
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})",
       R"({"jsonrpc":"2.0","id":1,"Method":"ping"})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","extra":1})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name\u0000":"b"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1,"x":2}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"a"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///a","URI":"file:///b"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"a","Name":"b"}}})"}) {
    EXPECT_EQ(ReadBody(body), Reason::kRequestMalformed) << body;
  }
}

TEST_F(RequestTest, AnObjectThatMustBeNamedIsNamed) {
  for (
      const char* body :
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":""}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0000b"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"x/y","params":{"uri":7}})",
       R"({"jsonrpc":"2.0","id":1,"method":"x/y","params":{"uri":"file:///../a"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/tool","name":"a"}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"a","uri":"file:///a"}}})"}) {
    EXPECT_EQ(ReadBody(body), Reason::kRequestMalformed) << body;
  }
}

TEST_F(RequestTest, CompletionGoesByWhatItRefersTo) {
  ASSERT_EQ(ReadBody(Call("completion/complete", R"({"ref":{"type":"ref/prompt","name":"greet"},"argument":{}})")),
            Reason::kUnset);
  EXPECT_EQ(request_.target, Target::kPrompt);
  EXPECT_EQ(request_.name, "greet");
  ASSERT_EQ(ReadBody(Call("completion/complete", R"({"ref":{"type":"ref/resource","uri":"FILE:///{path}"}})")),
            Reason::kUnset);
  EXPECT_EQ(request_.target, Target::kResource);
  EXPECT_EQ(request_.name, "file:///{path}");
  ASSERT_EQ(
      ReadBody(Call("completion/complete", R"({"ref":{"type":"ref/resource","uri":"greeting://%7Bname}/{?q}"}})")),
      Reason::kUnset);
  EXPECT_EQ(request_.name, "greeting://{name}/{?q}");
  EXPECT_EQ(ReadBody(Call("completion/complete", R"({"ref":{"type":"ref/resource","uri":"https://{host}/"}})")),
            Reason::kRequestMalformed);
}

TEST_F(RequestTest, NotificationsAndResponsesAreWhatTheyAre) {
  ASSERT_EQ(ReadBody(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), Reason::kUnset);
  EXPECT_EQ(request_.kind, MessageKind::kNotification);
  EXPECT_EQ(ReadBody(R"({"jsonrpc":"2.0","id":1,"method":"notifications/initialized"})"), Reason::kRequestMalformed);
  for (const char* body :
       {R"({"jsonrpc":"2.0","id":1,"result":{}})", R"({"jsonrpc":"2.0","id":"x","error":{"code":1,"message":""}})"}) {
    ASSERT_EQ(ReadBody(body), Reason::kUnset) << body;
    EXPECT_EQ(request_.kind, MessageKind::kResponse);
  }
  for (const char* body :
       {R"({"jsonrpc":"2.0","result":{}})", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"params":{}})", R"({"jsonrpc":"2.0","id":1,"result":1})"}) {
    EXPECT_EQ(ReadBody(body), Reason::kRequestMalformed) << body;
  }
  // 2026-07-28: a client sends requests and notifications only.
  EXPECT_EQ(ReadNew(R"({"jsonrpc":"2.0","id":1,"result":{}})", {{"Mcp-Method", "x"}}), Reason::kRequestMalformed);
}

TEST_F(RequestTest, AnUnknownOrRepeatedVersionIsRefused) {
  for (const char* version : {"2026-07-29", "2024-11-05", "2025-11-25 x", "draft", ""}) {
    EXPECT_EQ(Read({{"MCP-Protocol-Version", version}}, Call("ping")), Reason::kRequestMalformed) << version;
  }
  for (const char* version : {"2025-11-25", "2025-06-18", "2025-03-26", " 2025-06-18 "}) {
    EXPECT_EQ(Read({{"mcp-protocol-version", version}}, Call("ping")), Reason::kUnset) << version;
  }
  EXPECT_EQ(Read({{"MCP-Protocol-Version", "2025-06-18"}, {"MCP-PROTOCOL-VERSION", "2025-06-18"}}, Call("ping")),
            Reason::kRequestMalformed);
}

TEST_F(RequestTest, AModeIsForItsVersionsOnly) {
  const Fields old = {{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Method", "ping"}};
  const Fields mirrored = {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "ping"}};
  const Fields none = {{"Mcp-Method", "ping"}};
  EXPECT_EQ(Read(old, Call("ping"), HeaderMode::kBody), Reason::kUnset);
  EXPECT_EQ(Read(none, Call("ping"), HeaderMode::kBody), Reason::kUnset);
  EXPECT_EQ(Read(mirrored, Call("ping"), HeaderMode::kBody), Reason::kRequestMalformed);
  for (const HeaderMode mode : {HeaderMode::kHeadersAndBody, HeaderMode::kHeaders}) {
    EXPECT_EQ(Read(mirrored, Call("ping"), mode), Reason::kUnset);
    EXPECT_EQ(Read(old, Call("ping"), mode), Reason::kRequestMalformed);
    EXPECT_EQ(Read(none, Call("ping"), mode), Reason::kRequestMalformed);
  }
}

TEST_F(RequestTest, HeadersAloneAreEnoughWhereTheyNameEverything) {
  const auto read = [&](Fields fields) {
    fields.push_back({"MCP-Protocol-Version", "2026-07-28"});
    return Read(fields, "not read", HeaderMode::kHeaders);
  };
  ASSERT_EQ(read({{"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl?="}}), Reason::kUnset);
  EXPECT_EQ(request_.target, Target::kTool);
  EXPECT_EQ(request_.name, "read_file");
  ASSERT_EQ(read({{"Mcp-Method", "resources/read"}, {"Mcp-Name", "FILE:///a"}}), Reason::kUnset);
  EXPECT_EQ(request_.name, "file:///a");
  EXPECT_EQ(read({{"Mcp-Method", "resources/read"}, {"Mcp-Name", "file:///../a"}}), Reason::kRequestMalformed);
  EXPECT_EQ(read({{"Mcp-Method", "tools/list"}}), Reason::kUnset);
  EXPECT_EQ(read({}), Reason::kRequestMismatch);
  EXPECT_EQ(read({{"Mcp-Method", "tools/call"}}), Reason::kRequestMismatch);
  EXPECT_EQ(read({{"Mcp-Method", "completion/complete"}}), Reason::kRequestMalformed);
}

TEST_F(RequestTest, HeaderAndBodySayTheSame) {
  const std::string body = CallTool("read_file");
  EXPECT_EQ(ReadNew(body, {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "read_file"}}), Reason::kUnset);
  EXPECT_EQ(ReadNew(body, {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl?="}}), Reason::kUnset);
  EXPECT_EQ(ReadNew(Call("tools/list"), {{"Mcp-Method", "tools/list"}}), Reason::kUnset);
  EXPECT_EQ(ReadNew(Call("tasks/get", R"({"taskId":"7"})"), {{"Mcp-Method", "tasks/get"}, {"Mcp-Name", "7"}}),
            Reason::kUnset);
  for (const Fields& fields :
       {Fields{}, Fields{{"Mcp-Method", "tools/call"}}, Fields{{"Mcp-Name", "read_file"}},
        Fields{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "read_fil"}},
        Fields{{"Mcp-Method", "tools/Call"}, {"Mcp-Name", "read_file"}},
        Fields{{"Mcp-Method", "ping"}, {"Mcp-Name", "read_file"}},
        Fields{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl=?="}},
        Fields{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "read_file"}, {"mcp-name", "read_file"}}}) {
    EXPECT_EQ(ReadNew(body, fields), Reason::kRequestMismatch);
  }
  EXPECT_EQ(ReadNew(Call("tools/list"), {{"Mcp-Method", "tools/list"}, {"Mcp-Name", "x"}}), Reason::kRequestMismatch);
}

TEST_F(RequestTest, AHeaderOfTheNewerVersionMustMatchInAnOlderOne) {
  EXPECT_EQ(Read({{"Mcp-Name", "write_file"}}, CallTool("read_file")), Reason::kRequestMismatch);
  EXPECT_EQ(Read({{"Mcp-Method", "ping"}}, CallTool("read_file")), Reason::kRequestMismatch);
  EXPECT_EQ(Read({{"Mcp-Method", "tools/call"}, {"Mcp-Name", "read_file"}}, CallTool("read_file")), Reason::kUnset);
}

TEST_F(RequestTest, TheVersionInTheBodyIsTheHeaders) {
  const auto body = [](const char* version) {
    return Call("ping", std::string(R"({"_meta":{"io.modelcontextprotocol/protocolVersion":)") + version + "}}");
  };
  EXPECT_EQ(ReadNew(body("\"2026-07-28\""), {{"Mcp-Method", "ping"}}), Reason::kUnset);
  EXPECT_EQ(ReadNew(body("\"2025-11-25\""), {{"Mcp-Method", "ping"}}), Reason::kRequestMismatch);
  EXPECT_EQ(ReadNew(body("1"), {{"Mcp-Method", "ping"}}), Reason::kRequestMismatch);
  EXPECT_EQ(ReadBody(body("\"2026-07-28\"")), Reason::kRequestMismatch);
}

TEST(DecodeHeaderText, OneSpellingOnly) {
  Arena arena;
  const auto decode = [&](std::string_view value) {
    return std::string(DecodeHeaderText(value, arena).value_or("refused"));
  };
  EXPECT_EQ(decode("list_mortgage_rates"), "list_mortgage_rates");
  EXPECT_EQ(decode("two words"), "two words");
  EXPECT_EQ(decode("=?base64?SGVsbG8sIOS4lueVjA==?="), "Hello, 世界");
  EXPECT_EQ(decode("=?base64?IHBhZGRlZCA=?="), " padded ");
  EXPECT_EQ(decode("=?base64?PT9iYXNlNjQ/eD89?="), "=?base64?x?=");
  EXPECT_EQ(decode("=?BASE64?x?="), "=?BASE64?x?=");
  for (const char* value : {"",
                            "=?base64?",
                            "=?base64?x",
                            "=?base64?x?=",
                            "=?base64?SGk?=",
                            "=?base64?SGk=",
                            "=?base64?SGl=?=",
                            "=?base64?SG k?=",
                            "=?base64?SGk-?=",
                            "=?base64?____?=",
                            "=?base64?=SGk?=",
                            "=?base64?S===?=",
                            "=?base64?AA==?=",
                            "=?base64?//79?=",
                            "caf\xC3\xA9",
                            "a\tb",
                            "a\x01"
                            "bcdefghij",
                            "abcdefghi\x7F",
                            " a",
                            "a "}) {
    EXPECT_EQ(decode(value), "refused") << value;
  }
}

}  // namespace
}  // namespace assay::mcp
