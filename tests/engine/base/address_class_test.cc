#include "engine/base/address_class.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace assay {
namespace {

AddressClass ClassOf(const char* text) {
  std::array<std::uint8_t, 16> bytes{};
  const bool is_v6 = std::string_view(text).find(':') != std::string_view::npos;
  EXPECT_EQ(::inet_pton(is_v6 ? AF_INET6 : AF_INET, text, bytes.data()), 1) << text;
  return ClassOfAddress({bytes.data(), is_v6 ? 16u : 4u});
}

TEST(AddressClass, PublicAddresses) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
        "2606:4700::1111", "2001:4860:4860::8888", "3fff:1000::1", "3ffe::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kPublic) << text;
  }
}

TEST(AddressClass, PrivateAddresses) {
  for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
                           "192.168.255.255", "100.64.0.1", "100.127.255.255", "fc00::1", "fdff::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kPrivate) << text;
  }
}

TEST(AddressClass, LoopbackAddresses) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1"})
    EXPECT_EQ(ClassOf(text), AddressClass::kLoopback) << text;
}

TEST(AddressClass, ForbiddenAddresses) {
  for (const char* text :
       {"0.0.0.0",         "0.1.2.3",     "169.254.169.254", "169.254.0.1",  "192.0.0.8",   "192.0.2.1",
        "192.88.99.1",     "198.18.0.1",  "198.19.255.255",  "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.1",   "255.255.255.255", "::",           "fe80::1",     "fec0::1",
        "ff02::1",         "2001:db8::1", "2001::1",         "2001:10::1",   "3fff::1",     "3fff:fff:ffff::1",
        "100::1",          "4000::1",     "64:ff9b:1::1"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kForbidden) << text;
  }
}

TEST(AddressClass, AMappedAddressIsWhatItMaps) {
  EXPECT_EQ(ClassOf("::ffff:1.1.1.1"), AddressClass::kPublic);
  EXPECT_EQ(ClassOf("::ffff:10.0.0.1"), AddressClass::kPrivate);
  EXPECT_EQ(ClassOf("::ffff:127.0.0.1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassOf("::ffff:169.254.169.254"), AddressClass::kForbidden);
}

TEST(AddressClass, Nat64And6to4AreForPublicAddressesAlone) {
  EXPECT_EQ(ClassOf("64:ff9b::1.1.1.1"), AddressClass::kPublic);
  EXPECT_EQ(ClassOf("2002:101:101::1"), AddressClass::kPublic);
  for (const char* text : {"64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::0.0.0.0",
                           "2002:a00:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:1::1", "2002::"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kForbidden) << text;
  }
}

TEST(AddressClass, AnIpv4CompatibleAddressIsForbiddenWhateverItHolds) {
  for (const char* text : {"::1.1.1.1", "::10.0.0.1", "::127.0.0.1", "::169.254.169.254", "::2"}) {
    EXPECT_EQ(ClassOf(text), AddressClass::kForbidden) << text;
  }
}

TEST(AddressClass, WhatIsNoAddressIsForbidden) {
  const std::array<std::uint8_t, 17> bytes = {8, 8, 8, 8};
  for (const std::size_t size : {0u, 3u, 5u, 15u, 17u}) {
    EXPECT_EQ(ClassOfAddress({bytes.data(), size}), AddressClass::kForbidden) << size;
  }
}

}  // namespace
}  // namespace assay
