// What the shells complete.
#include <sstream>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

class Completions : public ::testing::Test {
 protected:
  // Offered: what bash offers for the last of `words`, sorted, in one line.
  std::string Offered(const std::string& words) const {
    const Outcome outcome = RunShell(
        "cd " + folder_.Path("") + " && bash -c 'eval \"$(\"$ASSAY\" completions bash)\"; COMP_WORDS=(" + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _assay; echo $(printf \"%s\\n\" \"${COMPREPLY[@]}\" | sort)'");
    EXPECT_EQ(outcome.err, "") << words;
    return outcome.out;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Completions, AreTheCommandsAndTheirOptions) {
  EXPECT_EQ(Offered("assay ver"), "verify\n");
  EXPECT_EQ(Offered("assay m"), "mcp mint\n");  // what is hidden is not offered
  EXPECT_EQ(Offered("assay mcp \"\""), "--help -h check metadata\n");
  EXPECT_EQ(Offered("assay mcp check --req"), "--request --require-claim --require-scope\n");
  EXPECT_EQ(Offered("assay verify --form"), "--format\n");
  EXPECT_EQ(Offered("assay keygen --re"), "\n");
}

TEST_F(Completions, AreTheWordsThatAnOptionTakesOrFiles) {
  folder_.File("one.json", "");
  folder_.File("two words.json", "");
  EXPECT_EQ(Offered("assay verify --format \"\""), "json none text\n");
  EXPECT_EQ(Offered("assay verify --format = j"), "json\n");
  EXPECT_EQ(Offered("assay verify --format ="), "json none text\n");
  EXPECT_EQ(Offered("assay verify --config o"), "one.json\n");
  EXPECT_EQ(Offered("assay verify --config one.json t"), "two words.json\n");
  EXPECT_EQ(Offered("assay config check \"\""), "one.json two words.json\n");
  EXPECT_EQ(Offered("assay verify --issuer o"), "\n");  // nobody can guess it
}

// Every option that the manual page names is there.
TEST_F(Completions, NameEveryOption) {
  const std::string zsh = RunAssay({"completions", "zsh"}).out, bash = RunAssay({"completions", "bash"}).out;
  EXPECT_EQ(zsh.rfind("#compdef assay\n", 0), 0u);
  std::istringstream page(RunAssay({"man"}).out);
  std::size_t options = 0;
  for (std::string line; std::getline(page, line);) {
    const std::string start = "\\fB\\-\\-";
    if (line.rfind(start, 0) != 0) continue;
    std::string name = line.substr(start.size(), line.find("\\fR") - start.size());
    for (std::size_t at; (at = name.find("\\-")) != std::string::npos;) name.replace(at, 2, "-");
    EXPECT_NE(zsh.find("--" + name), std::string::npos) << name;
    EXPECT_NE(bash.find("--" + name), std::string::npos) << name;
    ++options;
  }
  EXPECT_GT(options, 60u);
}

TEST_F(Completions, AreScriptsThatTheShellsCanRead) {
  EXPECT_EQ(RunShell("\"$ASSAY\" completions bash | bash -n").status, 0);
  EXPECT_EQ(RunAssay({"completions", "fish"}).status, 2);
  if (RunShell("command -v zsh").status != 0) GTEST_SKIP() << "there is no zsh here";
  const std::string script = folder_.File("_assay", RunAssay({"completions", "zsh"}).out);
  const Outcome outcome = RunShell("zsh -fn " + script);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace
}  // namespace assay::test
