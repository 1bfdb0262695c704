// assay verify as a stream: pauses, interruption, closed output, hostile input, memory.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

class VerifyStream : public CommandTest {
 protected:
  Arguments Whole(const Arguments& more = {}) const {
    Arguments arguments = VerifyArguments(more);
    arguments.insert(arguments.begin(), ASSAY_COMMAND);
    return arguments;
  }
};

TEST_F(VerifyStream, ResultsComeWhenTheInputPauses) {
  for (const char* threads : {"1", "2"}) {
    Process process(Whole({"--threads", threads}));
    process.Write(Mint());
    EXPECT_TRUE(process.AwaitOutput("1 accept accepted\n")) << threads;
    process.Write("x\nan incomplete li");
    EXPECT_TRUE(process.AwaitOutput("2 reject not_three_segments")) << threads;
    process.Write("ne");
    const Outcome outcome = process.Finish();
    EXPECT_NE(outcome.out.find("\n3 reject not_three_segments"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.status, 1);
  }
}

TEST_F(VerifyStream, InterruptionPrintsTheFiguresAndEndsBySignal) {
  for (const char* threads : {"1", "2"}) {
    Process process(Whole({"--threads", threads}));
    process.Write(Mint(kClaims, {"--count", "4"}) + "x\n");
    ASSERT_TRUE(process.AwaitOutput("5 reject"));
    process.Signal(SIGINT);
    EXPECT_TRUE(process.AwaitError("kernel "));
    const Outcome outcome = process.Finish();
    EXPECT_EQ(outcome.signal, SIGINT);
    EXPECT_EQ(outcome.err.rfind("tokens                      5\naccepted                    4\n", 0), 0u)
        << outcome.err;
  }
}

TEST_F(VerifyStream, HangupReloadsTheConfigurationAndABadFileChangesNothing) {
  const auto config = [&](const std::string& audience) {
    return R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":[")" + audience +
           R"("],"keys":{"file":")" + jwks_ + "\"}}]}";
  };
  for (const char* threads : {"1", "2"}) {
    const std::string file = folder_.Path(std::string("config-") + threads);
    const auto write = [&](const std::string& text) { folder_.File(std::string("config-") + threads, text); };
    write(config(kAudience));
    Process process({ASSAY_COMMAND, "verify", "--config", file, "--threads", threads});
    process.Write(Mint());
    ASSERT_TRUE(process.AwaitOutput("1 accept accepted\n"));
    write(config("https://other.example"));
    process.Signal(SIGHUP);
    ASSERT_TRUE(process.AwaitError("configuration reloaded\n"));
    process.Write(Mint());
    ASSERT_TRUE(process.AwaitOutput("2 reject wrong_audience"));
    write(R"({"version":1,"issuers":[{"issuer":7}]})");
    process.Signal(SIGHUP);
    ASSERT_TRUE(process.AwaitError("stays in force\n"));
    process.Write(Mint());
    ASSERT_TRUE(process.AwaitOutput("3 reject wrong_audience"));
    const Outcome outcome = process.Finish();
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find(file + ":1: /issuers/0/issuer"), std::string::npos) << outcome.err;
  }
}

// One validation for start, `config check` and reload.
TEST_F(VerifyStream, HangupRefusesAUrlThatCanNeverBeFetchedAndKeepsTheKeys) {
  const auto config = [&](const std::string& keys) {
    return R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":[")" +
           std::string(kAudience) + R"("],"keys":)" + keys + "}]}";
  };
  const std::string file = folder_.File("config", config(R"({"file":")" + jwks_ + "\"}"));
  Process process({ASSAY_COMMAND, "verify", "--config", file});
  process.Write(Mint());
  ASSERT_TRUE(process.AwaitOutput("1 accept accepted\n"));
  folder_.File("config", config(R"({"url":"https://h:99999/x"})"));
  const Outcome checked = RunAssay({"config", "check", file});
  EXPECT_EQ(checked.status, 2);
  process.Signal(SIGHUP);
  ASSERT_TRUE(process.AwaitError("stays in force\n"));
  process.Write(Mint());
  ASSERT_TRUE(process.AwaitOutput("2 accept accepted\n"));
  const Outcome outcome = process.Finish();
  EXPECT_NE(checked.err.find("port"), std::string::npos) << checked.err;
  EXPECT_NE(outcome.err.find(checked.err.substr(checked.err.find(file))), std::string::npos) << outcome.err;
}

// The limit in force is the reloaded one: a line that begins with a token which it allows is no such token.
TEST_F(VerifyStream, HangupRaisesTheLimitAndALongLineIsJudgedWhole) {
  const std::string token = Mint();
  const std::size_t size = token.size() - 1;  // without its line end
  const auto config = [&](std::size_t limit) {
    return R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":[")" + kAudience +
           R"("],"keys":{"file":")" + jwks_ + R"("}}],"limits":{"token_bytes":)" + std::to_string(limit) + "}}";
  };
  for (const std::string threads : {"1", "2"}) {
    const std::string file = folder_.File("limits-" + threads, config(size - 1));
    Process process({ASSAY_COMMAND, "verify", "--config", file, "--threads", threads});
    process.Write(token);
    ASSERT_TRUE(process.AwaitOutput("1 reject too_large"));
    folder_.File("limits-" + threads, config(4096));
    process.Signal(SIGHUP);
    ASSERT_TRUE(process.AwaitError("configuration reloaded\n"));
    process.Write(token.substr(0, size) + "!!garbage\n");
    ASSERT_TRUE(process.AwaitOutput("2 reject "));
    process.Write(token);
    ASSERT_TRUE(process.AwaitOutput("3 accept accepted\n"));
    process.Write(token.substr(0, size) + std::string(100000, 'A') + '\n');
    ASSERT_TRUE(process.AwaitOutput("4 reject too_large"));
    process.Finish();
  }
}

TEST_F(VerifyStream, ClosedOutputEndsQuietlyWithoutAPartialLine) {
  const std::string tokens = folder_.File("tokens", Mint(kClaims, {"--count", "3000"}));
  for (const std::string threads : {"1", "3"}) {
    const Outcome outcome =
        RunShell("(\"$ASSAY\" verify --jwks " + jwks_ + " --issuer " + kIssuer + " --audience " + kAudience +
                 " --format json --threads " + threads + ' ' + tokens + "; echo status $? >&2) | head -n 2");
    const auto lines = Lines(outcome.out);
    ASSERT_EQ(lines.size(), 2u);
    for (const std::string& line : lines) EXPECT_TRUE(Json::accept(line)) << line;
    EXPECT_EQ(outcome.err, "status 2\n");
  }
}

TEST_F(VerifyStream, OutputClosedWhileWaitingForInput) {
  Process process(Whole());
  process.Write(Mint());
  ASSERT_TRUE(process.AwaitOutput("1 accept accepted\n"));
  process.CloseOutput();
  process.Write("x\n");
  const Outcome outcome = process.Finish();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(VerifyStream, OutputThatWasNeverOpenIsAnError) {
  const std::string tokens = folder_.File("tokens", Mint());
  const std::string verify =
      "\"$ASSAY\" verify --jwks " + jwks_ + " --issuer " + kIssuer + " --audience " + kAudience + ' ' + tokens;
  ExpectError(RunShell("exec " + verify + " >&-"), "cannot write to standard output");
  ExpectError(RunShell("exec " + verify + " > /dev/full"), "cannot write to standard output");
  EXPECT_EQ(RunShell("exec " + verify + " --format none >&-").status, 0);
}

TEST_F(VerifyStream, ClosedInputIsAnError) {
  ExpectError(
      RunShell("exec \"$ASSAY\" verify --jwks " + jwks_ + " --issuer " + kIssuer + " --audience " + kAudience + " <&-"),
      "cannot read standard input");
}

TEST_F(VerifyStream, ALineOfAHundredMegabytesIsTooLargeAndNotStored) {
  const std::string token = MintOne();
  for (const std::string threads : {"1", "2"}) {
    const std::string script = "(echo " + token + "; head -c 100000000 /dev/zero | tr '\\0' A; echo; echo " + token +
                               "; head -c 20000 /dev/zero | tr '\\0' A) | \"$ASSAY\" verify --threads " + threads +
                               " --jwks " + jwks_ + " --issuer " + kIssuer + " --audience " + kAudience;
    const Outcome outcome = RunShell(script);
    const auto lines = Lines(outcome.out);
    ASSERT_EQ(lines.size(), 4u) << outcome.err;
    EXPECT_EQ(lines[0], "1 accept accepted");
    EXPECT_EQ(lines[1], "2 reject too_large 100000000 bytes");
    EXPECT_EQ(lines[2], "3 accept accepted");
    EXPECT_EQ(lines[3], "4 reject too_large 20000 bytes");
    EXPECT_EQ(outcome.status, 1);
  }
}

TEST_F(VerifyStream, ExactlyTheLimitIsNotTooLarge) {
  const std::string limit(16 * 1024, 'A');
  const Outcome outcome = Verify(limit + "\nBearer " + limit + "\n" + limit + "A\nBearer " + limit + "A\n");
  const auto lines = Lines(outcome.out);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].rfind("1 reject not_three_segments", 0), 0u);
  EXPECT_EQ(lines[1].rfind("2 reject not_three_segments", 0), 0u);
  EXPECT_EQ(lines[2].rfind("3 reject too_large", 0), 0u);
  EXPECT_EQ(lines[3].rfind("4 reject too_large", 0), 0u);
}

TEST_F(VerifyStream, GarbageGetsVerdictsInValidJson) {
  std::string garbage;
  std::uint32_t state = 12345;
  for (int i = 0; i < 300000; ++i) {
    state = state * 1664525 + 1013904223;
    garbage += static_cast<char>(state >> 24);
  }
  for (const char* piece : {"..", ".", "eyJhbGciOiJFUzI1NiJ9..", "\x80.\xff.\0"}) {
    garbage += std::string("\n") + piece;
  }
  const Outcome outcome = Verify(garbage, {"--format", "json"});
  EXPECT_EQ(outcome.status, 1);
  std::size_t last = 0;
  for (const std::string& line : Lines(outcome.out)) {
    const Json json = Json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << line;
    EXPECT_EQ(json["verdict"], "reject");
    EXPECT_GT(json["line"].get<std::size_t>(), last);
    last = json["line"].get<std::size_t>();
  }
  EXPECT_EQ(last, static_cast<std::size_t>(std::count(garbage.begin(), garbage.end(), '\n')) + 1);
}

TEST_F(VerifyStream, MemoryIsFlatWhateverTheLengthOfTheInput) {
  const std::string tokens = Mint(kClaims, {"--count", "1000"});
  std::string more;
  for (int i = 0; i < 40; ++i) more += tokens;
  const Outcome small = Verify("", {"--format", "none", folder_.File("small", tokens + tokens)});
  const Outcome large = Verify("", {"--format", "none", folder_.File("large", more)});
  EXPECT_EQ(small.status, 0);
  EXPECT_EQ(large.status, 0);
  EXPECT_GT(more.size(), 13u * 1000 * 1000);
  EXPECT_LT(large.max_rss_kib, small.max_rss_kib + 4 * 1024);
}

}  // namespace
}  // namespace assay::test
