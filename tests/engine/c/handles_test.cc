// Configuration, engine, errors, NULL, fork.
#include <sys/wait.h>
#include <unistd.h>

#include "engine/api/counters.h"
#include "tests/engine/c/c_engine.h"

extern "C" uint32_t assay_header_in_c99(void);
extern "C" const char* assay_header_in_cxx11();

namespace assay::testing {
namespace {

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  return key;
}

// ExitOfChild: what a forked child that runs `body` ends with.
template <typename Body>
int ExitOfChild(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CFace, IsReadByOtherLanguages) {
  EXPECT_EQ(assay_header_in_c99(), 0x10000u);
  EXPECT_STREQ(assay_header_in_cxx11(), "accepted");
}

TEST(CFace, EachReasonHasItsWordAndEveryOtherNumberIsUnknown) {
  int known = 0;
  for (int number = -300; number < 600; ++number) {
    const std::string word = assay_reason_word(number);
    if (word == "unknown") continue;
    ++known;
    EXPECT_EQ(word, ReasonWord(static_cast<Reason>(number)));
  }
  EXPECT_EQ(known, static_cast<int>(kReasonCount));
  EXPECT_STREQ(assay_reason_word(INT32_MIN), "unknown");
  EXPECT_STREQ(assay_reason_word(0), "unset");
}

TEST(CFace, AConfigurationIsRefusedWithAllItsDefectsAndTheFirstLine) {
  assay_error* error = nullptr;
  const std::string text = "{\"version\":1,\n\"issuers\":[{\"issuer\":7,\n\"wrong\":1}]}";
  EXPECT_EQ(assay_config_from_text(S(text), S("a.json"), &error), nullptr);
  EXPECT_EQ(assay_error_code(error), ASSAY_ERROR_REFUSED);
  EXPECT_EQ(assay_error_line(error), 2);
  const std::string message = assay_error_message(error);
  EXPECT_NE(message.find("a.json:2: /issuers/0/issuer"), std::string::npos) << message;
  EXPECT_NE(message.find("a.json:3: /issuers/0/wrong"), std::string::npos) << message;
  assay_error_free(error);
}

TEST(CFace, TextWithNulIsAnError) {
  const std::string good = ConfigText(Key());
  assay_error* error = nullptr;
  EXPECT_EQ(assay_config_from_text(S(good + '\0'), S("a"), &error), nullptr);
  EXPECT_EQ(assay_error_code(error), ASSAY_ERROR_ARGUMENT);
  assay_error_free(error);
  EXPECT_EQ(assay_config_from_text(S(good), S(std::string_view("a\0b", 3)), nullptr), nullptr);
  EXPECT_EQ(assay_config_from_file(S(std::string_view("/dev/null\0", 10)), nullptr), nullptr);
  const CEngine engine = MakeCEngine(Key());
  EXPECT_EQ(assay_engine_revoke(engine.get(), S(std::string_view("\0", 1)), kNow, nullptr), 0);
  EXPECT_EQ(assay_engine_issuer_ready(engine.get(), S(std::string(kIssuer) + '\0')), 0);
  EXPECT_EQ(assay_engine_issuer_ready(engine.get(), S(kIssuer)), 1);
}

TEST(CFace, NullIsARefusalEverywhere) {
  assay_error* error = nullptr;
  EXPECT_EQ(assay_engine_create(nullptr, nullptr, &error), nullptr);
  EXPECT_EQ(assay_error_code(error), ASSAY_ERROR_ARGUMENT);
  assay_error_free(error);
  assay_error_free(nullptr);
  assay_engine_release(nullptr);
  assay_worker_free(nullptr);
  assay_loop_free(nullptr);
  assay_batcher_free(nullptr);
  assay_checker_free(nullptr);
  assay_keeper_free(nullptr);
  assay_config_free(nullptr);
  assay_text_free(nullptr);
  EXPECT_EQ(assay_engine_retain(nullptr), nullptr);
  EXPECT_EQ(assay_engine_ready(nullptr), 0);
  EXPECT_EQ(assay_engine_reload(nullptr, nullptr, nullptr), 0);
  EXPECT_EQ(assay_engine_metrics(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(assay_worker_create(nullptr, nullptr), nullptr);
  EXPECT_EQ(assay_validate(nullptr, S("x"), kNow), ASSAY_UNSET);
  EXPECT_EQ(assay_worker_verdict(nullptr, 0), nullptr);
  EXPECT_EQ(assay_verdict_reason(nullptr), ASSAY_UNSET);
  EXPECT_EQ(assay_verdict_read(nullptr, nullptr), 0);
  EXPECT_EQ(assay_loop_submit(nullptr, S("x"), kNow, nullptr, nullptr, nullptr), 0);
  EXPECT_EQ(assay_loop_time_left(nullptr), -1);
  EXPECT_EQ(assay_loop_keys_fd(nullptr), -1);
  EXPECT_EQ(assay_batcher_submit(nullptr, S("x"), kNow, nullptr, nullptr), 0);
  EXPECT_EQ(assay_checker_decide(nullptr, nullptr, nullptr, nullptr), ASSAY_UNSET);
  EXPECT_EQ(assay_keeper_start(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(assay_keeper_wait(nullptr, 0), 0);
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  EXPECT_EQ(assay_validate(worker.get(), {nullptr, 5}, kNow), static_cast<int>(Reason::kEmpty));
  std::int32_t reason = ASSAY_ACCEPTED;
  EXPECT_EQ(assay_validate_batch(worker.get(), nullptr, 1, kNow, &reason), 0);
  EXPECT_EQ(reason, ASSAY_UNSET);
}

TEST(CFace, AnOptionThatIsNotKnownIsRefused) {
  const CConfig config = MakeConfig(ConfigText(Key()));
  struct {
    assay_engine_options known = {};
    std::uint64_t later = 0;
  } options;
  const auto create = [&](std::size_t size) {
    options.known.struct_size = size;
    return CEngine(assay_engine_create(config.get(), &options.known, nullptr), assay_engine_release) != nullptr;
  };
  EXPECT_TRUE(create(sizeof options.known));
  EXPECT_TRUE(create(sizeof options));
  EXPECT_FALSE(create(0));
  EXPECT_FALSE(create(sizeof options.known - 1));
  EXPECT_FALSE(create(SIZE_MAX));
  options.later = 1;
  EXPECT_FALSE(create(sizeof options));
  EXPECT_TRUE(create(sizeof options.known));
  options.known.flags = 1;
  EXPECT_FALSE(create(sizeof options.known));
}

// Later: a struct of a later version, to which a member was added.
struct Later {
  std::size_t struct_size;
  std::uint64_t first, added;
};

}  // namespace
}  // namespace assay::testing

template <>
inline constexpr std::size_t assay::c::kFirstSize<assay::testing::Later> = 16;

namespace assay::testing {
namespace {

TEST(CFace, AStructOfAnEarlierVersionIsTakenForWhatItHas) {
  Later given = {16, 7, 9};
  const auto read = c::ReadIn(&given);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first, 7u);
  EXPECT_EQ(read->added, 0u) << "which is none of its caller's bytes";
  ASSERT_TRUE(c::BeginOut(&given));
  EXPECT_EQ(given.first, 0u);
  EXPECT_EQ(given.added, 9u);
  given.struct_size = 15;
  EXPECT_FALSE(c::ReadIn(&given));
  EXPECT_FALSE(c::BeginOut(&given));
}

TEST(CFace, LogsToTheHost) {
  CEventLog log;
  const assay_engine_options options = {sizeof options, log.Call(), &log, 0, 0};
  const CConfig config = MakeConfig(ConfigText(Key()));
  const CEngine engine(assay_engine_create(config.get(), &options, nullptr), assay_engine_release);
  ASSERT_NE(engine, nullptr);
  EXPECT_EQ(log.Count("kernel_chosen"), 1);
  EXPECT_EQ(log.Count("key_set_loaded"), 1);
  EXPECT_NE(log.Fields().find("issuer=" + std::string(kIssuer) + "\n"), std::string::npos) << log.Fields();
  EXPECT_EQ(log.Fields().find("level=2"), std::string::npos) << log.Fields();
  EXPECT_EQ(assay_engine_reload(engine.get(), MakeConfig(ConfigText(Key())).get(), nullptr), 1);
  EXPECT_EQ(log.Count("configuration_published"), 1);
  const CConfig missing = MakeConfig(R"({"version":1,"issuers":[{"issuer":"https://issuer.example","audiences":["a"],)"
                                     R"("keys":{"file":"/nonexistent"}}]})");
  EXPECT_EQ(assay_engine_reload(engine.get(), missing.get(), nullptr), 0);
  EXPECT_EQ(log.Count("configuration_refused"), 1);
  EXPECT_NE(log.Fields().find("level=2\nwhy="), std::string::npos) << log.Fields();
}

TEST(CFace, AnEngineMayBeUsedInAChildAndTheParentsWorkersMayNot) {
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  const std::string token = ValidToken(Key()), forged = ValidToken(SigningKey::Make(Algorithm::kES256, "k1", 2));
  ASSERT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED);
  EXPECT_EQ(ExitOfChild([&] {
              if (assay_validate(worker.get(), S(token), kNow) != ASSAY_UNSET) return 1;
              if (assay_worker_verdict(worker.get(), 0) != nullptr) return 2;
              const CWorker own = MakeCWorker(engine);
              if (assay_validate(own.get(), S(token), kNow) != ASSAY_ACCEPTED) return 3;
              return assay_validate(own.get(), S(forged), kNow) == static_cast<int>(Reason::kBadSignature) ? 0 : 4;
            }),
            0);
  EXPECT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED);
}

TEST(CFace, AChildMayNotUseAnEngineThatTheParentKeeps) {
  const CEngine engine = MakeCEngine(Key());
  assay_keeper* const keeper = assay_keeper_start(engine.get(), nullptr, nullptr);
  if (keeper == nullptr) GTEST_SKIP() << "this build fetches nothing";
  EXPECT_EQ(assay_keeper_wait(keeper, 1000), 1);
  EXPECT_EQ(ExitOfChild([&] {
              assay_error* error = nullptr;
              if (assay_worker_create(engine.get(), &error) != nullptr) return 1;
              if (assay_error_code(error) != ASSAY_ERROR_FORKED) return 2;
              if (assay_keeper_start(engine.get(), nullptr, nullptr) != nullptr) return 3;
              if (assay_engine_ready(engine.get()) != 0) return 4;
              assay_keeper_free(keeper);
              return 0;
            }),
            0);
  assay_keeper_free(keeper);
}

TEST(CFace, ARevokedTokenIsRefusedAndADefectRevokesNothing) {
  const CEngine engine = MakeCEngine(Key());
  const CWorker worker = MakeCWorker(engine);
  const std::string token = ValidToken(Key());
  const std::string issuer =
      R"({"iss":")" + std::string(kIssuer) + R"(","issued_before":)" + std::to_string(kNow) + "}";
  EXPECT_EQ(assay_engine_revoke(engine.get(), S(issuer + "\nnonsense"), kNow, nullptr), 0);
  EXPECT_EQ(assay_validate(worker.get(), S(token), kNow), ASSAY_ACCEPTED);
  EXPECT_EQ(assay_engine_revoke(engine.get(), S(issuer), kNow, nullptr), 1);
  EXPECT_EQ(assay_validate(worker.get(), S(token), kNow), static_cast<int>(Reason::kRevoked));
  std::size_t size = 0;
  char* const metrics = assay_engine_metrics(engine.get(), &size, nullptr);
  EXPECT_NE(std::string(metrics, size).find("reason=\"revoked\""), std::string::npos);
  assay_text_free(metrics);
}

}  // namespace
}  // namespace assay::testing
