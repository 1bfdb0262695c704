#include "engine/remote/address.h"

#include <gtest/gtest.h>

namespace assay::remote {
namespace {

AddressClass ClassOf(const char* text) {
  const auto address = IpAddress::Parse(text);
  EXPECT_TRUE(address) << text;
  return address ? address->Class() : AddressClass::kForbidden;
}

// The classes themselves are tested where they stand, in tests/engine/base/address_class_test.cc.
TEST(IpAddress, ItsClassIsThatOfItsBytes) {
  EXPECT_EQ(ClassOf("8.8.8.8"), AddressClass::kPublic);
  EXPECT_EQ(ClassOf("2606:4700::1111"), AddressClass::kPublic);
  EXPECT_EQ(ClassOf("10.0.0.1"), AddressClass::kPrivate);
  EXPECT_EQ(ClassOf("::ffff:10.0.0.1"), AddressClass::kPrivate);
  EXPECT_EQ(ClassOf("127.0.0.1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassOf("::1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassOf("169.254.169.254"), AddressClass::kForbidden);
  EXPECT_EQ(ClassOf("::10.0.0.1"), AddressClass::kForbidden);
}

TEST(IpAddress, OtherSpellingsAreNone) {
  for (const char* text : {"", "127.1", "0x7f000001", "127.0.0.01", "fe80::1%eth0", "1.2.3.4 ", "a.example"}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
}

TEST(IpAddress, NothingStandsBehindANul) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"127.0.0.1\0"sv, "::1\0\r\nX-Evil: y"sv, "1.1.1.1\0:"sv, "\0"sv}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace assay::remote
