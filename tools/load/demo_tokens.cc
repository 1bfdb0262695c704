// demo_tokens: mixes hostile tokens among valid ones, and writes the verdict that each must get.
//
//   demo_tokens --valid FILE --valid FILE [--hostile REASON=FILE]... --tokens N --out FILE --expect FILE
//
// Both --valid files hold valid tokens, one a line, of one key each; --hostile files hold tokens that
// are authentic and must be refused for REASON. Of N lines every hundredth is hostile, each kind in turn; the
// others alternate between the valid files. Every input line is used at most once, so that no
// token comes twice. EXPECT gets one line a token: LINE accept|reject REASON. Nothing is random.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/load/hostile.h"

namespace {

using assay::generate::HostileKind;
using assay::generate::HostileKinds;
using assay::generate::ParseToken;
using assay::generate::Token;

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "demo_tokens: %s\n", why.c_str());
  std::exit(2);
}

class Source {
 public:
  explicit Source(std::string name) : name_(std::move(name)), file_(name_) {
    if (!file_) Fail("cannot read " + name_);
  }
  std::string Next() {
    std::string line;
    if (!std::getline(file_, line) || line.empty()) Fail(name_ + " has too few tokens");
    return line;
  }

 private:
  std::string name_;
  std::ifstream file_;
};

Token Parsed(const std::string& text) {
  Token token;
  if (!ParseToken(text, &token)) Fail("an input line is no compact token: " + text.substr(0, 40));
  return token;
}

struct Options {
  std::vector<Source> valid;
  std::vector<std::pair<std::string, Source>> hostile;  // reason, tokens
  unsigned long tokens = 0;
  std::string out, expect;
};

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--valid") {
      options.valid.emplace_back(value);
    } else if (name == "--hostile" && value.find('=') != value.npos) {
      const std::size_t equals = value.find('=');
      options.hostile.emplace_back(value.substr(0, equals), Source(value.substr(equals + 1)));
    } else if (name == "--tokens") {
      options.tokens = std::strtoul(value.c_str(), nullptr, 10);
    } else if (name == "--out") {
      options.out = value;
    } else if (name == "--expect") {
      options.expect = value;
    } else {
      Fail("unknown option " + std::string(name));
    }
  }
  if (argc % 2 == 0 || options.valid.size() != 2 || options.tokens == 0 || options.out.empty() ||
      options.expect.empty()) {
    Fail("usage: demo_tokens --valid FILE --valid FILE [--hostile REASON=FILE]... --tokens N --out FILE --expect FILE");
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = Parse(argc, argv);
  std::ofstream out(options.out), expect(options.expect);
  const std::size_t kinds = HostileKinds().size() + options.hostile.size();
  std::size_t turn = 0;
  for (unsigned long line = 1; line <= options.tokens; ++line) {
    if (line % 100 != 0) {
      out << options.valid[line % 2].Next() << '\n';
      expect << line << " accept accepted\n";
      continue;
    }
    const std::size_t kind = turn % kinds;
    const std::size_t which = turn / kinds % 2;  // each kind on a token of either key
    ++turn;
    std::string reason;
    if (kind < HostileKinds().size()) {
      const HostileKind& hostile = HostileKinds()[kind];
      const Token token = Parsed(options.valid[which].Next());
      const Token other = Parsed(options.valid[1 - which].Next());
      out << hostile.make(token, other) << '\n';
      reason = hostile.reason;
    } else {
      auto& [word, source] = options.hostile[kind - HostileKinds().size()];
      out << source.Next() << '\n';
      reason = word;
    }
    expect << line << " reject " << reason << '\n';
  }
  out.flush();
  expect.flush();
  if (!out || !expect) Fail("cannot write the result");
  std::printf("demo_tokens: %lu tokens, %zu of them hostile, of %zu kinds\n", options.tokens, turn, kinds);
}
