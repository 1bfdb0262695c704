// The manual pages: every member that the readers take is in assay.json(5), and nothing else; man finds no fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/member_names.h"
#include "engine/mcp/decide/policy_reader.h"
#include "tests/tools/run_command.h"
#include "tools/assay/commands/file_formats.h"

namespace assay::cli {
namespace {

using test::Outcome;
using test::RunAssay;
using test::RunShell;
using ::testing::ElementsAreArray;

std::vector<std::string_view> NamesOf(const ObjectText& object) {
  std::vector<std::string_view> names;
  for (const MemberText& member : object.members) names.push_back(member.name);
  return names;
}

TEST(FormatPage, HasEveryMemberOfAConfigurationFile) {
  const std::span<const ObjectText> objects = ConfigurationObjects();
  const std::vector<std::span<const std::string_view>> taken = {
      kFileMembers, kIssuerMembers,  kAudienceFromMembers, kClaimRuleMembers,  kScopesMembers, kHeaderRuleMembers,
      kKeysMembers, kRefreshMembers, kLimitsMembers,       kRevocationMembers, kRedisMembers};
  ASSERT_EQ(objects.size(), taken.size());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    EXPECT_THAT(NamesOf(objects[i]), ElementsAreArray(taken[i].begin(), taken[i].end())) << objects[i].heading;
  }
}

TEST(FormatPage, HasEveryMemberOfAPolicy) {
  const std::span<const ObjectText> objects = PolicyObjects();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_THAT(NamesOf(objects[0]), ElementsAreArray(mcp::kPolicyMembers));
  EXPECT_THAT(NamesOf(objects[1]), ElementsAreArray(mcp::kRuleMembers));
}

TEST(FormatPage, ShowsWhatTheTableSays) {
  const Outcome page = RunAssay({"man", "assay.json"});
  EXPECT_EQ(page.status, 0);
  EXPECT_EQ(page.out.rfind(".TH ASSAY.JSON 5", 0), 0u);
  for (const auto& objects : {ConfigurationObjects(), PolicyObjects()}) {
    for (const ObjectText& object : objects) {
      EXPECT_NE(page.out.find(".SS \"" + std::string(object.heading) + '"'), std::string::npos) << object.heading;
      for (const MemberText& member : object.members) {
        EXPECT_NE(page.out.find("\n\\fB" + std::string(member.name) + "\\fR"), std::string::npos) << member.name;
      }
    }
  }
  EXPECT_EQ(RunAssay({"man", "nginx"}).status, 2);
}

TEST(Pages, AreFormattedWithoutWarnings) {
  if (RunShell("command -v groff >/dev/null").status != 0) GTEST_SKIP() << "groff is not installed";
  for (const char* page : {"assay", "assay.json"}) {
    const Outcome outcome =
        RunShell("\"$ASSAY\" man " + std::string(page) + " | groff -man -Tutf8 -ww -rLL=80n | wc -l");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "") << page;
    EXPECT_GT(std::stoi("0" + outcome.out), 100) << page;
  }
}

}  // namespace
}  // namespace assay::cli
