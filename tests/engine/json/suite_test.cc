// JSONTestSuite through the strict parser.
#include "engine/base64url/base64url.h"
#include "engine/json/strict.h"
#include "tests/vectors.h"

namespace assay::json {
namespace {

std::string FromBase64(std::string text) {
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::string bytes(base64url::DecodedSize(text.size()), '\0');
  EXPECT_EQ(base64url::Decode(text, bytes.data()), base64url::kOk);
  return bytes;
}

TEST(JsonTestSuite, EveryCaseIsJudgedStrictly) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  const nlohmann::json suite = testing::ReadJson(vectors / "json/jsontestsuite_parsing.json");
  StrictParser parser;
  int accept = 0, reject = 0, free = 0, duplicates = 0;
  for (const auto& test : suite.at("cases")) {
    const std::string name = test.at("name");
    const std::string expect = test.at("expect");
    const std::string text = FromBase64(test.at("bytes_b64"));
    Arena arena;
    Document document;
    const Status status = parser.ParseCopy(text, arena, &document);
    if (name.find("duplicated_key") != std::string::npos) {
      EXPECT_EQ(status, Status::kDuplicateName) << name;
      ++duplicates;
    } else if (expect == "accept") {
      EXPECT_EQ(status, Status::kOk) << name;
      ++accept;
    } else if (expect == "reject") {
      EXPECT_NE(status, Status::kOk) << name;
      ++reject;
    } else {
      ++free;
    }
  }
  EXPECT_EQ(duplicates, 2);
  EXPECT_EQ(accept, 93);
  EXPECT_EQ(reject, 188);
  EXPECT_EQ(free, 35);
  std::printf("JSONTestSuite: %d accepted, %d rejected, %d duplicate names refused, %d free\n", accept, reject,
              duplicates, free);
}

}  // namespace
}  // namespace assay::json
