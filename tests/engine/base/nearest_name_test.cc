#include "engine/base/nearest_name.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

constexpr std::string_view kKnown[] = {"okta", "entra", "entra-multi-tenant", "google", "github-actions"};

TEST(NearestName, IsTheOneThatDiffersInFewLettersOrIsPart) {
  EXPECT_EQ(NearestName("gogle", kKnown), "google");
  EXPECT_EQ(NearestName("GOOGLE", kKnown), "google");
  EXPECT_EQ(NearestName("entra-id", kKnown), "entra");
  EXPECT_EQ(NearestName("github", kKnown), "github-actions");
  EXPECT_EQ(NearestName("otka", kKnown), "") << "two letters of four";
  EXPECT_EQ(NearestName("amazon", kKnown), "");
  EXPECT_EQ(NearestName("", kKnown), "");
  EXPECT_EQ(NearestName(std::string(65, 'o') + "okta", kKnown), "") << "longer than any name";
}

}  // namespace
}  // namespace assay
