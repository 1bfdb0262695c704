// Principals: what sessions, audit records and rate limits are bound to.
#include <optional>

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

TEST(Principal, KeysAreTheSameForTheSameOnly) {
  const auto key = [](std::optional<std::string_view> iss, std::optional<std::string_view> tenant,
                      std::optional<std::string_view> sub, std::optional<std::string_view> client) {
    return Principal{iss, tenant, sub, client}.Key().value_or("none");
  };
  EXPECT_EQ(key("i", "t", "s", "c"), key("i", "t", "s", "c"));
  EXPECT_NE(key("i", "t", "s1", "c"), key("i", "t", "s", "1c"));
  EXPECT_NE(key("i", "t", "", "c"), key("i", "t", std::nullopt, "c"));
  EXPECT_NE(key("1:a", {}, "b", "c"), key("1", {}, ":ab", "c"));
  EXPECT_NE(key("i", "t1", "s", "c"), key("i", "t2", "s", "c"));
  EXPECT_NE(key("i", "s", {}, "c"), key("i", {}, "s", "c"));
}

// All such tokens of an issuer would share one session.
TEST(Principal, NobodyHasNoKey) {
  const auto has_key = [](std::optional<std::string_view> sub, std::optional<std::string_view> client) {
    return Principal{"https://issuer", "tenant", sub, client}.Key().has_value();
  };
  EXPECT_TRUE(has_key("s", std::nullopt));
  EXPECT_TRUE(has_key(std::nullopt, "c"));
  EXPECT_FALSE(has_key(std::nullopt, std::nullopt));
  EXPECT_FALSE(has_key("", std::nullopt));
  EXPECT_FALSE(has_key("", ""));
}

}  // namespace
}  // namespace assay::mcp
