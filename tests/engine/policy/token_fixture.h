// A header and a claims set made from text, for testing policy without signatures.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "engine/claims/claims.h"
#include "engine/json/strict.h"
#include "engine/jws/header.h"
#include "engine/policy/policy.h"

namespace assay::testing {

class TokenFixture : public ::testing::Test {
 protected:
  const Claims& ClaimsOf(const std::string& json) {
    text_ = json;
    json::Document document;
    EXPECT_EQ(parser_.ParseCopy(text_, arena_, &document), json::Status::kOk) << json;
    std::string_view bad_name;
    EXPECT_EQ(claims_.Read(text_, document.members, &bad_name), Reason::kUnset) << json;
    return claims_;
  }

  static jws::Header HeaderOfType(std::string_view type) {
    jws::Header header;
    header.has_type = true;
    header.type = type;
    return header;
  }

  std::string text_;
  json::StrictParser parser_;
  Arena arena_;
  Claims claims_;
  Detail detail_;
};

}  // namespace assay::testing
