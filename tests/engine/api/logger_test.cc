#include "engine/api/logger.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay {
namespace {

using std::chrono::milliseconds;

TEST(Logger, AnEventIsGivenAtMostTenTimesASecondWithACountOfTheRest) {
  std::vector<std::uint64_t> suppressed;
  Logger logger([&](const LogEvent& event) { suppressed.push_back(event.suppressed); });
  const Logger::Clock::time_point start;
  for (int i = 0; i < 25; ++i) logger.Log(LogLevel::kInfo, "key_skipped", {}, start + milliseconds(i));
  EXPECT_EQ(suppressed.size(), 10u);
  logger.Log(LogLevel::kInfo, "other", {}, start + milliseconds(30));
  EXPECT_EQ(suppressed.size(), 11u) << "each word has its own budget";
  logger.Log(LogLevel::kInfo, "key_skipped", {}, start + milliseconds(1000));
  ASSERT_EQ(suppressed.size(), 12u);
  EXPECT_EQ(suppressed.back(), 15u);
}

TEST(Logger, FieldsAreEscaped) {
  std::string value;
  Logger logger([&](const LogEvent& event) { value = event.fields.at(0).second; });
  logger.Log(LogLevel::kError, "x", {{"kid", "a\"b\nc\x01\xFF"}});
  EXPECT_EQ(value, "a\\\"b\\u000ac\\u0001\xEF\xBF\xBD");
}

TEST(Logger, NoCallbackIsFine) { Logger(nullptr).Log(LogLevel::kInfo, "x", {}); }

}  // namespace
}  // namespace assay
