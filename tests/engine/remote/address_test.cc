#include "engine/remote/address.h"

#include <gtest/gtest.h>

namespace assay::remote {
namespace {

AddressClass ClassOf(const char* text) {
  const auto address = IpAddress::Parse(text);
  EXPECT_TRUE(address) << text;
  return address ? address->Class() : AddressClass::kForbidden;
}

TEST(IpAddress, PublicAddresses) {
  for (const char* text : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                           "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
                           "2606:4700::1111", "2001:4860:4860::8888", "3fff:1000::1", "3ffe::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kPublic) << text;
  }
}

TEST(IpAddress, PrivateAddresses) {
  for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
                           "100.64.0.1", "100.127.255.255", "fc00::1", "fdff::1", "::ffff:10.0.0.1", "::10.0.0.1",
                           "64:ff9b::a00:1", "2002:a00:1::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kPrivate) << text;
  }
}

TEST(IpAddress, LoopbackAddresses) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kLoopback) << text;
  }
}

TEST(IpAddress, ForbiddenAddressesWhateverIsAllowed) {
  for (const char* text : {"0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1",
                           "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
                           "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1",
                           "2001:10::1", "3fff::1", "3fff:fff:ffff::1", "100::1", "4000::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kForbidden) << text;
  }
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
