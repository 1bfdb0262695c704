#include "bench/competitors/runner.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

namespace assay::bench {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "runner: cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

long long ProcessNanoseconds() {
  timespec time;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<long long>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct Candidate {
  RunnerInput input;
  std::unique_ptr<Verifier> verifier;
  std::size_t next = 0;
};

std::string Check(Candidate& candidate) {
  const std::span<const std::string> tokens = candidate.input.tokens;
  const std::size_t batch = candidate.verifier->batch();
  for (std::size_t i = 0; i < tokens.size(); i += batch) {
    const auto part = tokens.subspan(i, std::min(batch, tokens.size() - i));
    if (candidate.verifier->Verify(part) != part.size()) return "bad a valid token is refused";
  }
  if (candidate.input.tampered.empty()) return "bad there is no tampered token";
  for (const std::string& token : candidate.input.tampered) {
    if (candidate.verifier->Verify({&token, 1}) != 0) return "bad a tampered token is accepted";
  }
  return "ok";
}

std::string Run(Candidate& candidate, std::size_t count) {
  const std::span<const std::string> tokens = candidate.input.tokens;
  const std::size_t batch = candidate.verifier->batch();
  std::size_t accepted = 0;
  std::size_t done = 0;
  const auto start = std::chrono::steady_clock::now();
  const long long busy = ProcessNanoseconds();
  while (done < count) {
    const std::size_t size = std::min({batch, count - done, tokens.size() - candidate.next});
    accepted += candidate.verifier->Verify(tokens.subspan(candidate.next, size));
    done += size;
    candidate.next = (candidate.next + size) % tokens.size();
  }
  const long long busy_for = ProcessNanoseconds() - busy;
  const std::chrono::nanoseconds wall = std::chrono::steady_clock::now() - start;
  if (accepted != count) return "bad a valid token is refused";
  return std::to_string(wall.count()) + ' ' + std::to_string(busy_for);
}

}  // namespace

Segments SplitForSignature(const std::string& token) {
  const std::size_t dot = token.rfind('.');
  Segments segments{token.substr(0, dot), {}};
  unsigned bits = 0;
  int have = 0;
  for (std::size_t i = dot + 1; i < token.size(); ++i) {
    const char c = token[i];
    const int digit = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '-'             ? 62
                                             : 63;
    bits = bits << 6 | static_cast<unsigned>(digit);
    if ((have += 6) >= 8) {
      have -= 8;
      segments.signature += static_cast<char>(bits >> have);
    }
  }
  return segments;
}

int RunnerMain(int argc, char** argv, const Runner& runner) {
  if (argc != 2) return 2;
  const std::string folder = std::string(argv[1]) + '/';
  std::map<std::string, Candidate> candidates;
  std::cout << std::unitbuf;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, alg;
    std::size_t count = 0;
    words >> command >> alg >> count;
    if (command == "about") {
      std::cout << runner.name << '\t' << runner.version << '\t' << runner.how << '\n';
      continue;
    }
    Candidate& candidate = candidates[alg];
    if (candidate.verifier == nullptr) {
      const std::string base = folder + alg;
      candidate.input = {alg,
                         Read(base + ".jwk"),
                         Read(base + ".pem"),
                         Read(folder + "issuer"),
                         Read(folder + "audience"),
                         std::stol(Read(folder + "now")),
                         Lines(Read(base + ".tokens")),
                         Lines(Read(base + ".tampered"))};
      candidate.verifier.reset(runner.prepare(candidate.input));
    }
    std::cout << (command == "check" ? Check(candidate) : Run(candidate, count)) << '\n';
  }
  return 0;
}

}  // namespace assay::bench
