// Decisions on resources and prompts, which go by rules of their own.
#include "engine/mcp/decide/checker.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

TEST(Checker, ResourcesAndPromptsGoByTheirRulesThenByMethods) {
  Gateway gateway(PolicyWith(
      R"("resources":{"file:///public/*":{"scopes":[]},"file:///public/keys/*":{"scopes":["k"]}},
         "prompts":{"greet*":{"scopes":["p"]}},
         "methods":{"resources/read":{"scopes":["r"]},"prompts/get":{"scopes":["g"]}})"));
  const auto read = [&](const char* uri, const char* method = "resources/read") {
    return Summary(gateway.DecideFor("", Call(method, "{\"uri\":\"" + std::string(uri) + "\"}")));
  };
  EXPECT_EQ(read("file:///public/a"), "allow");
  EXPECT_EQ(read("FILE:///public/a"), "allow");
  EXPECT_EQ(read("file:///public/keys/a"), "403 insufficient_scope k");
  EXPECT_EQ(read("file:///public/%6beys/a"), "403 insufficient_scope k");
  EXPECT_EQ(read("file:///private/a"), "403 insufficient_scope r");
  EXPECT_EQ(read("file:///public/../private/a"), "400 request_malformed");
  EXPECT_EQ(read("file:///public/%2e%2e/private"), "400 request_malformed");
  EXPECT_EQ(read("file:///public/a", "resources/subscribe"), "allow");
  EXPECT_EQ(read("file:///public/keys/a", "notifications/x"), "400 request_malformed");  // with an id
  EXPECT_EQ(read("file:///private/a", "resources/subscribe"), "403 tool_denied");
  EXPECT_EQ(Summary(gateway.DecideFor("", Call("prompts/get", R"({"name":"greeting"})"))), "403 insufficient_scope p");
  EXPECT_EQ(Summary(gateway.DecideFor("", Call("prompts/get", R"({"name":"other"})"))), "403 insufficient_scope g");
  const char* complete = R"({"ref":{"type":"ref/prompt","name":"greeting"}})";
  EXPECT_EQ(Summary(gateway.DecideFor("", Call("completion/complete", complete))), "403 insufficient_scope p");
  EXPECT_EQ(Summary(gateway.DecideFor("p", Call("completion/complete", complete))), "allow");
}

TEST(Checker, NoOtherSpellingOfAResourceMissesItsRule) {
  Gateway gateway(PolicyWith(
      R"("resources":{"file:///secret/*":{"scopes":["s"]},"file:///my$1":{"scopes":["s"]},"https://h/secret":{"scopes":["s"]}},
         "methods":{"resources/read":{"scopes":[]}})"));
  const auto read = [&](const char* uri) {
    return Summary(gateway.DecideFor("", Call("resources/read", "{\"uri\":\"" + std::string(uri) + "\"}")));
  };
  EXPECT_EQ(read("file:///other"), "allow");
  for (const char* uri : {"file:///secret/a", "FILE:///%73ecret/a", "file:///my$1", "file:///my%241",
                          "https://H/secret", "https://h/%73ecret"}) {
    EXPECT_EQ(read(uri), "403 insufficient_scope s") << uri;
  }
  for (const char* uri :
       {"file:/secret/a", "FILE:/secret/a", "file://localhost/secret/a", "file:///my$1#x", "file:///my$1?x",
        "https://h:443/secret", "https://h:/secret", "https://h./secret", "https://x@h/secret", "https://h//secret"}) {
    EXPECT_EQ(read(uri), "400 request_malformed") << uri;
  }
}

TEST(Checker, AResourceWithTwoReadingsGoesByNoBroaderRule) {
  const std::string resources =
      R"("resources":{"repo://org/*":{"scopes":[]},"repo://org/private/*":{"scopes":["k"]},"https://h/*":{"scopes":[]},
                      "https://h/private/*":{"scopes":["k"]},"file:///pub/*":{"scopes":[]},"file:///c:/*":{"scopes":[]},"x:*":{"scopes":[]},
                      "file:///pub/private/*":{"scopes":["k"]},"repo://org//exact":{"scopes":["e"]},
                      "https://h/a;v=1":{"scopes":["e"]}},)";
  // Without a rule of the resource's, the method's is the broader one.
  Gateway with_rules(PolicyWith(resources + R"("methods":{"tasks/cancel":{"scopes":[]}})"));
  Gateway without(PolicyWith(R"("resources":{},"methods":{"resources/read":{"scopes":[]}})"));
  const auto read = [](Gateway& gateway, const std::string& uri, const char* method = "resources/read") {
    return Summary(gateway.DecideFor("", Call(method, "{\"uri\":\"" + uri + "\"}")));
  };
  for (const char* uri : {"repo://org//private/k",
                          "repo://org/private//k",
                          "repo://org/a//",
                          "repo:////private/k",
                          "x:a//b",
                          "repo://org/private;x/k",
                          "repo://org/;/private/k",
                          "repo://org/private%3bx/k",
                          "repo://org/private%3B/k",
                          "repo://org;x/private/k",
                          "https://h/private;x/k",
                          "https://h/private;/k",
                          "https://h/private%3bx/k",
                          "https://h/a;v=2",
                          "https://h/a%3Bv",
                          "file:///pub/private;x/k",
                          "file:///pub/private%3bx/k",
                          "x:a;b",
                          "https://h/private./k",
                          "https://h/private%20/k",
                          "file:///pub/private..",
                          "file:///pub/private%20",
                          "file:///pub/private::$INDEX_ALLOCATION/k",
                          "file:///pub/a.txt:x",
                          "file:///pub/private%3a%3a$DATA",
                          "file:///pub/PRIVAT~1/k",
                          "file:///pub/c:/x",
                          "repo://org./private/k",
                          "https://h/private%252fk",
                          "https://h/%252e%252e/private",
                          "https://h/%25%32%65/k",
                          "https://h/private%253bx/k",
                          "https://h/private%c0%afk",
                          "https://h/a%E0%80%AFk",
                          "https://h/%f0%80%80%af"}) {
    EXPECT_EQ(read(with_rules, uri), "400 request_malformed") << uri;
    EXPECT_EQ(read(without, uri), "400 request_malformed") << uri;
    EXPECT_EQ(read(with_rules, uri, "tasks/cancel"), "400 request_malformed") << uri;
    EXPECT_EQ(read(with_rules, uri, "resources/subscribe"), "400 request_malformed") << uri;
  }
  for (const char* uri : {"repo://org//exact", "https://h/a;v=1", "https://h/a%3Bv=1"}) {
    EXPECT_EQ(read(with_rules, uri), "403 insufficient_scope e") << uri;
  }
  for (const char* uri :
       {"repo://org/a/", "https://h", "https://h/?a;b//c.", "file:///pub/a.b/.c", "https://h/100%25",
        "file:///c:/x~/~a", "https://h/a:b~1", "https://h/a%20b", "https://h/%E0%A0%80%c3%bc", "x:", "x:a"}) {
    EXPECT_EQ(read(with_rules, uri), "allow") << uri;
  }
}

// Many servers pass over a slash at a path's end, or a query that they do not know.
TEST(Checker, AResourceGoesByNoLaxerRuleThanWhatItMayBeTakenFor) {
  Gateway gateway(PolicyWith(
      R"("resources":{"file:///pub/*":{"scopes":[]},"file:///pub/secret.txt":{"scopes":["k"]},"file:///C:/private/*":{"scopes":["k"]},
                      "file:///pub/private/*":{"scopes":["k"]},"file:///*":{"scopes":[]},"docs://h/*":{"scopes":[]},"docs://h/private":{"scopes":["k"]},
                      "docs://h/q":{"scopes":["k"]},"docs://h/q?a=*":{"scopes":[]},"docs://h/same":{"scopes":[]}},
         "methods":{"resources/read":{"scopes":[]}})"));
  Gateway by_method(
      PolicyWith(R"("resources":{"note://private":{"scopes":["k"]}},"methods":{"resources/read":{"scopes":[]}})"));
  const auto read = [](Gateway& at, const char* uri) {
    return Summary(at.DecideFor("", Call("resources/read", "{\"uri\":\"" + std::string(uri) + "\"}")));
  };
  for (const char* uri : {"file:///pub/secret.txt/", "file:///pub/private", "docs://h/private/", "docs://h/private?x",
                          "docs://h/q?b", "file:///C|/private/a", "file:///C%7C/private/a"}) {
    EXPECT_EQ(read(gateway, uri), "400 request_malformed") << uri;
  }
  EXPECT_EQ(read(by_method, "note://private/"), "400 request_malformed");
  for (const char* uri :
       {"file:///pub/secret.txt", "file:///pub/private/", "file:///pub/private/a", "docs://h/private"}) {
    EXPECT_EQ(read(gateway, uri), "403 insufficient_scope k") << uri;
  }
  for (const char* uri :
       {"file:///pub/", "file:///pub/a/", "docs://h/a?x=1", "docs://h/q?a=1", "docs://h/same/", "docs://h/same?x"}) {
    EXPECT_EQ(read(gateway, uri), "allow") << uri;
  }
}

// A server of a scheme of its own may tell hosts by their case.
TEST(Checker, AHostInAnotherCaseGoesByNoLaxerRuleThanItsOwn) {
  Gateway gateway(PolicyWith(R"("resources":{"notes://alice/*":{"scopes":["r"]},"notes://alice/open":{"scopes":[]},
                                             "notes://*":{"scopes":["admin"]},"doc://*":{"scopes":["d"]},
                                             "http://h/*":{"scopes":[]},"http:*":{"scopes":["w"]}})"));
  const auto read = [&](const char* scopes, const std::string& uri) {
    return Summary(gateway.DecideFor(scopes, Call("resources/read", "{\"uri\":\"" + uri + "\"}")));
  };
  for (const char* uri : {"notes://ALICE/x", "notes://%41lice/x", "notes://Alice/open", "NOTES://aLICE/x"}) {
    EXPECT_EQ(read("r", uri), "400 request_malformed") << uri;
  }
  EXPECT_EQ(read("r", "notes://alice/x"), "allow");
  EXPECT_EQ(read("r", "NOTES://alice/x"), "allow");
  EXPECT_EQ(read("r", "notes://bob/x"), "403 insufficient_scope admin");
  EXPECT_EQ(read("admin", "notes://BOB/x"), "allow");
  EXPECT_EQ(read("d", "doc://aB3x/1"), "allow") << "one rule for both";
  EXPECT_EQ(read("", "http://H/x"), "allow") << "hosts of http have no case";
  const std::string subscribe = R"({"uri":"notes://ALICE/x"})";
  EXPECT_EQ(Summary(gateway.DecideFor("r", Call("resources/subscribe", subscribe))), "400 request_malformed");
}

// The shortest URIs there are, for each place in which one is looked at.
TEST(Checker, AShortUriIsDecidedOnLikeAnyOther) {
  Gateway gateway(PolicyWith(R"("resources":{"file:///public/*":{"scopes":[]},"x:*":{"scopes":[]}})"));
  for (const char* uri : {"file:///", "FILE:///", "file:///a", "file:///ab"}) {
    const std::string params = "{\"uri\":\"" + std::string(uri) + "\"}";
    for (const char* method : {"resources/read", "resources/subscribe"}) {
      EXPECT_EQ(Summary(gateway.DecideFor("", Call(method, params))), "403 tool_denied") << method << uri;
      EXPECT_EQ(Summary(gateway.DecideWith("none", Call(method, params))), "401 not_three_segments") << method << uri;
    }
  }
  for (const char* uri : {"x:", "x:a", "x:ab", "x:abc"}) {
    const std::string params = "{\"uri\":\"" + std::string(uri) + "\"}";
    EXPECT_EQ(Summary(gateway.DecideFor("", Call("resources/read", params))), "allow") << uri;
  }
}

// mcp.md: every method with `params.uri` goes by `resources`. What the policy says of the method holds besides.
TEST(Checker, AUriInTheParametersAddsTheResourcesRule) {
  Gateway gateway(PolicyWith(
      R"("resources":{"file:///public/*":{"scopes":[]},"file:///keys/*":{"scopes":["k"]}},
         "methods":{"tasks/cancel":{"scopes":["t"]}},"tools":{"a":{"scopes":["s"]}},"prompts":{"p":{"scopes":["q"]}})"));
  const auto call = [&](const char* scopes, const char* method, const char* params) {
    return Summary(gateway.DecideFor(scopes, Call(method, params)));
  };
  constexpr const char* kPublic = R"({"uri":"file:///public/x"})";
  constexpr const char* kKeys = R"({"uri":"file:///keys/x"})";
  for (const char* method : {"custom/open", "resources/write", "Resources/read"}) {
    EXPECT_EQ(call("", method, kPublic), "allow") << method;
    EXPECT_EQ(call("", method, kKeys), "403 insufficient_scope k") << method;
    EXPECT_EQ(call("k", method, kKeys), "allow") << method;
    EXPECT_EQ(Summary(gateway.Decide({}, Call(method, kKeys))), "401 credential_missing k") << method;
    EXPECT_EQ(call("k", method, R"({"uri":"file:///other"})"), "403 tool_denied") << method;
    EXPECT_EQ(call("k", method, R"({"name":"file:///keys/x"})"), "403 tool_denied") << method;
    EXPECT_EQ(call("k", method, R"({"uri":"file:///keys/../keys/x"})"), "400 request_malformed") << method;
  }
  EXPECT_EQ(call("", "tasks/cancel", kPublic), "403 insufficient_scope t");
  EXPECT_EQ(call("t", "tasks/cancel", kPublic), "allow");
  EXPECT_EQ(call("t", "tasks/cancel", R"({"uri":"file:///other"})"), "allow");
  // Both must hold, and one challenge asks for both.
  EXPECT_EQ(call("", "tasks/cancel", kKeys), "403 insufficient_scope t k");
  EXPECT_EQ(call("t", "tasks/cancel", kKeys), "403 insufficient_scope t k");
  EXPECT_EQ(call("t k", "tasks/cancel", kKeys), "allow");
  EXPECT_EQ(call("", "tools/list", kKeys), "403 insufficient_scope k");
  EXPECT_EQ(Summary(gateway.Decide({}, Call("tasks/cancel", kKeys))), "401 credential_missing t k");
  EXPECT_EQ(call("s", "tools/call", R"({"name":"a","uri":"file:///keys/x"})"), "403 insufficient_scope s k");
  EXPECT_EQ(call("", "tools/call", R"({"name":"b","uri":"file:///public/x"})"), "403 tool_denied");
  EXPECT_EQ(call("", "prompts/get", R"({"name":"p","uri":"file:///public/x"})"), "403 insufficient_scope q");
  EXPECT_EQ(call("", "resources/unsubscribe", kPublic), "allow");
}

}  // namespace
}  // namespace assay::mcp
