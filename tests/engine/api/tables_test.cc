// What becomes of keys that the memory for tables has no room for.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "engine/p256/key_table.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::SigningKey;

constexpr std::size_t kMemoryMib = 1;
const std::size_t kRoom = kMemoryMib * 1024 * 1024 / p256::KeyTable::BytesFor(4);  // of the smallest tables

std::string Name(std::size_t i) { return "https://i" + std::to_string(i); }

const SigningKey& KeyOf(std::size_t i) {
  static std::map<std::size_t, SigningKey> keys;
  const auto found = keys.find(i);
  if (found != keys.end()) return found->second;
  return keys.emplace(i, SigningKey::Make(Algorithm::kES256, "k", static_cast<unsigned>(i))).first->second;
}

class TablesTest : public ::testing::Test {
 protected:
  // Issuers [first, last), each with a key of its own: inline, or to be fetched.
  EngineConfig Issuers(std::size_t first, std::size_t last, bool fetched = false) {
    EngineConfig config;
    for (std::size_t i = first; i < last; ++i) {
      config.issuers.push_back(testing::IssuerWith({KeyOf(i)}, Name(i)));
      if (fetched) config.issuers.back().keys = {KeySource::Kind::kDiscover, ""};
    }
    config.limits.table_memory_mib = kMemoryMib;
    config.log = [this](const LogEvent& event) {
      if (event.event == "keys_without_table") warned_.push_back(event.fields.at(0).second);
    };
    return config;
  }

  void Start(EngineConfig config) {
    engine_ = testing::MakeEngine(std::move(config));
    if (engine_->MetricsText().find("assay_kernel_info{name=\"boringssl") != std::string::npos) GTEST_SKIP();
  }

  std::size_t WithoutTable() const {
    const std::string text = engine_->MetricsText();
    constexpr std::string_view kName = "\nassay_keys_without_table ";
    return std::stoul(text.substr(text.find(kName) + kName.size()));
  }

  Reason Judge(std::size_t i) {
    return testing::Judge(engine_, testing::Sign(KeyOf(i), testing::HeaderOf(KeyOf(i)),
                                                 testing::ClaimsWith("iss", "\"iss\":\"" + Name(i) + "\"")));
  }

  std::shared_ptr<Engine> engine_;
  std::vector<std::string> warned_;  // of how many keys
};

TEST_F(TablesTest, TheFirstKeyTooManyCostsOneTableAndIsTold) {
  Start(Issuers(0, kRoom));
  EXPECT_EQ(WithoutTable(), 0u);
  EXPECT_TRUE(warned_.empty());
  ASSERT_TRUE(engine_->Reload(Issuers(0, kRoom + 1)).ok());
  EXPECT_EQ(WithoutTable(), 1u);
  EXPECT_EQ(warned_, std::vector<std::string>{"1"}) << "once for a publication";
  EXPECT_EQ(Judge(0), Reason::kAccepted);
  EXPECT_EQ(Judge(kRoom), Reason::kAccepted);
  Start(Issuers(0, 2 * kRoom));
  EXPECT_EQ(WithoutTable(), kRoom);
  ASSERT_TRUE(engine_->Reload(Issuers(kRoom - 1, kRoom + 3)).ok());
  EXPECT_EQ(WithoutTable(), 0u) << "what is gone makes room";
}

TEST_F(TablesTest, FetchedKeysTakeWhatIsLeftInTheOrderInWhichTheyCome) {
  Start(Issuers(0, kRoom + 2, true));
  for (std::size_t i = kRoom + 2; i-- > 0;) {
    ASSERT_TRUE(testing::InstallKeys(engine_, Name(i), KeyOf(i).PublicJwk()).ok());
    EXPECT_EQ(WithoutTable(), i < 2 ? 2 - i : 0);
  }
  KeyFeed::Of(engine_, Name(7))->Withdraw();
  ASSERT_TRUE(testing::InstallKeys(engine_, Name(0), KeyOf(0).PublicJwk()).ok());
  EXPECT_EQ(WithoutTable(), 1u) << "an unchanged set gets the table that has become free";
  ASSERT_TRUE(testing::InstallKeys(engine_, Name(7), KeyOf(7).PublicJwk()).ok());
  EXPECT_EQ(WithoutTable(), 2u);
  EXPECT_EQ(Judge(7), Reason::kAccepted);
  EXPECT_EQ(Judge(0), Reason::kAccepted);
  EXPECT_EQ(warned_.back(), "2");
}

}  // namespace
}  // namespace assay
