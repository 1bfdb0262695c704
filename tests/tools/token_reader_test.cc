#include "tools/assay/io/token_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace assay::cli {
namespace {

struct Seen {
  std::uint64_t number;
  std::uint64_t length;
  std::string token;
  bool operator==(const Seen&) const = default;
};

// What a reader makes of `text` that arrives in pieces of `piece` bytes.
std::vector<Seen> ReadAll(const std::string& text, std::size_t limit, std::size_t batch, std::size_t piece,
                          bool* whole_batches = nullptr) {
  int fds[2];
  EXPECT_EQ(::pipe(fds), 0);
  std::thread writer([&] {
    for (std::size_t i = 0; i < text.size(); i += piece) {
      const std::string part = text.substr(i, piece);
      EXPECT_EQ(::write(fds[1], part.data(), part.size()), static_cast<ssize_t>(part.size()));
    }
    ::close(fds[1]);
  });
  TokenReader reader(fds[0], -1, limit, batch);
  TokenBlock block(reader.block_bytes());
  std::vector<Seen> seen;
  auto state = TokenReader::State::kMore;
  while (state == TokenReader::State::kMore) {
    state = reader.Fill(&block);
    EXPECT_EQ(block.lines.size(), block.tokens.size());
    if (state == TokenReader::State::kMore && whole_batches != nullptr && block.tokens.size() % batch != 0) {
      *whole_batches = false;
    }
    for (std::size_t i = 0; i < block.tokens.size(); ++i) {
      seen.push_back({block.lines[i].number, block.lines[i].length, std::string(block.tokens[i])});
    }
  }
  EXPECT_EQ(state, TokenReader::State::kEnd);
  EXPECT_EQ(reader.bytes_read(), text.size());
  writer.join();
  ::close(fds[0]);
  return seen;
}

// What a reader makes of two pieces, the second of which comes after a pause.
std::vector<Seen> ReadTwo(const std::string& first, const std::string& second, std::size_t limit) {
  int fds[2];
  EXPECT_EQ(::pipe(fds), 0);
  TokenReader reader(fds[0], -1, limit, 4);
  TokenBlock block(TokenReader::block_bytes());
  std::vector<Seen> seen;
  const auto fill = [&] {
    const auto state = reader.Fill(&block);
    for (std::size_t i = 0; i < block.tokens.size(); ++i) {
      seen.push_back({block.lines[i].number, block.lines[i].length, std::string(block.tokens[i])});
    }
    return state;
  };
  EXPECT_EQ(::write(fds[1], first.data(), first.size()), static_cast<ssize_t>(first.size()));
  // A pause ends a block only when it holds a token.
  if (first.find('\n') != std::string::npos) {
    EXPECT_EQ(fill(), TokenReader::State::kMore);
  }
  EXPECT_EQ(::write(fds[1], second.data(), second.size()), static_cast<ssize_t>(second.size()));
  ::close(fds[1]);
  while (fill() == TokenReader::State::kMore) {
  }
  ::close(fds[0]);
  return seen;
}

TEST(TokenReader, TakesOffBearerAndCarriageReturnAndSkipsBlankLines) {
  const std::vector<Seen> expected = {{1, 1, "a"}, {3, 2, "bb"}, {5, 3, "ccc"}, {6, 0, ""}, {7, 1, "d"}};
  EXPECT_EQ(ReadAll("a\n\nBearer bb\n \t\r\nccc\r\nBearer \nd", 100, 8, 1000), expected);
}

TEST(TokenReader, PiecesOfAnySizeGiveTheSame) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text +=
        (i % 3 == 0 ? "Bearer " : "") + std::string(static_cast<std::size_t>(i), 'x') + (i % 5 == 0 ? "\r\n" : "\n");
    if (i % 7 == 0) text += std::string(200, 'L') + '\n';
  }
  const std::vector<Seen> expected = ReadAll(text, 50, 4, text.size());
  EXPECT_GT(expected.size(), 60u);
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    EXPECT_EQ(ReadAll(text, 50, 4, piece), expected) << piece;
  }
}

TEST(TokenReader, LongLinesAreCutOneByteBeyondTheLimitAndMeasured) {
  const std::string text = std::string(10, 'a') + '\n' + std::string(11, 'b') + '\n' + "Bearer " +
                           std::string(11, 'c') + '\n' + std::string(5000000, 'd') + '\n' + "e\n" +
                           std::string(700000, 'f');
  const std::vector<Seen> expected = {{1, 10, std::string(10, 'a')},
                                      {2, 11, std::string(11, 'b')},
                                      {3, 11, std::string(11, 'c')},
                                      {4, 5000000, std::string(11, 'd')},
                                      {5, 1, "e"},
                                      {6, 700000, std::string(11, 'f')}};
  EXPECT_EQ(ReadAll(text, 10, 8, 100000), expected);
}

// Blank lines, carriage returns, `Bearer `, NULs and lines around the limit, whole or cut anywhere, with and without a
// final line end: what comes out is the same.
TEST(TokenReader, EverySplitGivesTheSame) {
  for (const std::string end : {"", "\n", "\r\n", "\r"}) {
    for (const std::string& line :
         {std::string(40, ' '), std::string(17, '\t') + '\r', std::string(30, ' ') + "x", std::string("Bearer "),
          "Bearer " + std::string(10, 'a'), "Bearer " + std::string(11, 'b'), "Bearer " + std::string(12, 'c'),
          std::string(17, 'd'), std::string(18, 'e'), std::string(19, 'f'), std::string(20, '\0'),
          std::string("Bear")}) {
      const std::string text = "t\n" + line + end;
      const std::vector<Seen> expected = ReadAll(text, 10, 4, text.size());
      for (std::size_t split = 1; split < text.size(); ++split) {
        EXPECT_EQ(ReadTwo(text.substr(0, split), text.substr(split), 10), expected) << text << " at " << split;
      }
    }
  }
}

TEST(TokenReader, ABlankLineOfAnyLengthIsSkipped) {
  const std::vector<Seen> expected = {{1, 1, "a"}, {3, 1, "b"}, {5, 3000, std::string(11, ' ')}};
  const std::string text = "a\n" + std::string(1200000, ' ') + "\r\nb\n" + std::string(1000, '\t') + '\n' +
                           std::string(2999, ' ') + "x\n" + std::string(70000, ' ');
  for (const std::size_t piece : {100u, 65536u, 10000000u}) EXPECT_EQ(ReadAll(text, 10, 8, piece), expected) << piece;
}

TEST(TokenReader, FollowsTheLimitAndMarksWhatWasCut) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  std::size_t limit = 4;
  TokenReader reader(fds[0], -1, limit, 8);
  reader.FollowLimit([&] { return limit; });
  TokenBlock block(TokenReader::block_bytes());
  const auto read = [&](const std::string& text) {
    EXPECT_EQ(::write(fds[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(reader.Fill(&block), TokenReader::State::kMore);
  };
  read("abcde\nabcdef\n" + std::string(20, 'x'));
  ASSERT_EQ(block.tokens.size(), 2u);
  EXPECT_FALSE(block.lines[0].cut);
  EXPECT_TRUE(block.lines[1].cut);
  limit = 30;
  read("\n" + std::string(20, 'y') + '\n');
  ASSERT_EQ(block.tokens.size(), 2u);
  EXPECT_TRUE(block.lines[0].cut);  // by the limit before
  EXPECT_EQ(block.lines[0].length, 20u);
  EXPECT_FALSE(block.lines[1].cut);
  EXPECT_EQ(block.tokens[1], std::string(20, 'y'));
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST(TokenReader, FullBlocksHoldWholeBatches) {
  // From a file, which never pauses.
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  constexpr std::uint64_t kLines = 30000;
  for (std::uint64_t i = 0; i < kLines; ++i)
    std::fprintf(file, "Bearer token-%llu\n\n", static_cast<unsigned long long>(i));
  std::fflush(file);
  ASSERT_EQ(::lseek(::fileno(file), 0, SEEK_SET), 0);
  TokenReader reader(::fileno(file), -1, 100, 256);
  TokenBlock block(reader.block_bytes());
  std::uint64_t seen = 0;
  auto state = TokenReader::State::kMore;
  int blocks = 0;
  while (state == TokenReader::State::kMore) {
    state = reader.Fill(&block);
    ++blocks;
    if (state == TokenReader::State::kMore) {
      EXPECT_EQ(block.tokens.size() % 256, 0u);
    }
    for (std::size_t i = 0; i < block.tokens.size(); ++i, ++seen) {
      ASSERT_EQ(block.tokens[i], "token-" + std::to_string(seen));
      ASSERT_EQ(block.lines[i].number, 2 * seen + 1);
    }
  }
  EXPECT_EQ(seen, kLines);
  EXPECT_GT(blocks, 1);
  std::fclose(file);
}

TEST(TokenReader, WakeEndsWaiting) {
  int input[2], wake[2];
  ASSERT_EQ(::pipe(input) + ::pipe(wake), 0);
  ASSERT_EQ(::write(input[1], "a\npart", 6), 6);
  TokenReader reader(input[0], wake[0], 100, 8);
  TokenBlock block(reader.block_bytes());
  EXPECT_EQ(reader.Fill(&block), TokenReader::State::kMore);  // paused
  EXPECT_EQ(block.tokens.size(), 1u);
  ASSERT_EQ(::write(wake[1], "", 1), 1);
  EXPECT_EQ(reader.Fill(&block), TokenReader::State::kInterrupted);
  EXPECT_EQ(block.tokens.size(), 0u);
  for (const int fd : {input[0], input[1], wake[0], wake[1]}) ::close(fd);
}

TEST(TokenReader, AFailedReadIsReported) {
  TokenReader reader(-1, -1, 100, 8);
  TokenBlock block(reader.block_bytes());
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  TokenReader wrong_end(fds[1], -1, 100, 8);  // cannot be read from
  ::close(fds[0]);
  EXPECT_EQ(wrong_end.Fill(&block), TokenReader::State::kFailed);
  EXPECT_EQ(wrong_end.error(), EBADF);
  ::close(fds[1]);
}

}  // namespace
}  // namespace assay::cli
