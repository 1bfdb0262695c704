#include "engine/base64url/kernels.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "engine/base64url/base64url.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::base64url {
namespace {

// The definition, one character at a time: what every kernel must agree with.
int SixBits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

char Character(std::uint64_t six_bits) {
  static const std::string alphabet = [] {
    std::string characters(64, '\0');
    for (int c = 0; c < 256; ++c) {
      const int six = SixBits(static_cast<char>(c));
      if (six >= 0) characters[static_cast<std::size_t>(six)] = static_cast<char>(c);
    }
    return characters;
  }();
  return alphabet[six_bits];
}

struct Expected {
  std::size_t position = kOk;
  std::string bytes;  // when position is kOk

  explicit Expected(std::string_view encoded) {
    unsigned buffer = 0;
    unsigned bits = 0;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      const int six = SixBits(encoded[i]);
      if (six < 0) {
        position = i;
        return;
      }
      buffer = (buffer << 6 | static_cast<unsigned>(six)) & 0xFFFF;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits);
    }
    if (bits == 6 || (buffer & ((1u << bits) - 1)) != 0) position = encoded.size() - 1;
  }
};

// A text on the heap in exactly its size, and room for exactly what it decodes to, so that a
// sanitizer sees any access beyond either.
class Exact {
 public:
  explicit Exact(std::size_t size) : size_(size), text_(new char[size]), out_(new char[DecodedSize(size)]) {
    std::fill_n(text_.get(), size, 'A');
  }

  char& operator[](std::size_t i) { return text_[i]; }
  std::string_view text() const { return {text_.get(), size_}; }
  std::string_view bytes() const { return {out_.get(), DecodedSize(size_)}; }
  std::size_t Decode(const Kernel& kernel) { return kernel.decode(text(), out_.get()); }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> text_;
  std::unique_ptr<char[]> out_;
};

class Base64urlKernel : public ::testing::TestWithParam<const Kernel*> {
 protected:
  static const Kernel& kernel() { return *GetParam(); }
  // An emulated kernel is slow, above all under a sanitizer or qemu: it takes fewer lengths around the same blocks.
  static bool emulated() { return testing::IsEmulated(kernel()); }

  static ::testing::AssertionResult AsDefined(std::string_view text) {
    const Expected expected(text);
    Exact exact(text.size());
    std::copy(text.begin(), text.end(), text.empty() ? nullptr : &exact[0]);
    const std::size_t position = exact.Decode(kernel());
    if (position == expected.position && (position != kOk || exact.bytes() == expected.bytes)) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << kernel().name << ": position " << position << ", not " << expected.position
                                         << ", in " << ::testing::PrintToString(text);
  }
};

TEST_P(Base64urlKernel, SelfTestPasses) { EXPECT_TRUE(SelfTest(kernel())); }

TEST_P(Base64urlKernel, EveryQuadOfTheAlphabet) {
  constexpr unsigned kQuads = 64 * 64;  // one text for each first half of a quad
  Exact exact(4 * kQuads);
  for (unsigned half = 0; half < kQuads; ++half) {
    for (unsigned other = 0; other < kQuads; ++other) {
      exact[4 * other] = Character(half >> 6);
      exact[4 * other + 1] = Character(half & 63);
      exact[4 * other + 2] = Character(other >> 6);
      exact[4 * other + 3] = Character(other & 63);
    }
    ASSERT_EQ(exact.Decode(kernel()), kOk);
    for (unsigned other = 0; other < kQuads; ++other) {
      const unsigned quad = half << 12 | other;
      const char* const bytes = exact.bytes().data() + 3 * other;
      const unsigned got = static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) << 16 |
                           static_cast<unsigned>(static_cast<unsigned char>(bytes[1])) << 8 |
                           static_cast<unsigned char>(bytes[2]);
      ASSERT_EQ(got, quad);
    }
  }
}

TEST_P(Base64urlKernel, EveryByteInEveryPlaceOfEveryLength) {
  for (std::size_t size = 1; size <= (emulated() ? 140 : 200); ++size) {
    Exact exact(size);
    const bool bad_length = size % 4 == 1;
    const int unused = size % 4 == 2 ? 15 : size % 4 == 3 ? 3 : 0;
    for (std::size_t place = 0; place < size; ++place) {
      for (int c = 0; c < 256; ++c) {
        exact[place] = static_cast<char>(c);
        const int six = SixBits(static_cast<char>(c));
        const std::size_t expected = six < 0                                    ? place
                                     : bad_length                               ? size - 1
                                     : place == size - 1 && (six & unused) != 0 ? place
                                                                                : kOk;
        ASSERT_EQ(exact.Decode(kernel()), expected) << "byte " << c << " at " << place << " of " << size;
      }
      exact[place] = 'A';
    }
  }
}

// What stands before the last quad, in characters: nothing, and around the ends of blocks.
constexpr std::size_t kBefore[] = {0, 4, 24, 28, 32, 56, 60, 64, 92, 124, 128};

TEST_P(Base64urlKernel, EveryFinalPairRequiresZeroTrailingBits) {
  for (std::size_t before : kBefore) {
    Exact exact(before + 2);
    int accepted = 0;
    for (int a = 0; a < 256; ++a) {
      for (int b = 0; b < 256; ++b) {
        exact[before] = static_cast<char>(a);
        exact[before + 1] = static_cast<char>(b);
        const int low = SixBits(static_cast<char>(b));
        const std::size_t expected = SixBits(static_cast<char>(a)) < 0 ? before
                                     : low < 0 || (low & 15) != 0      ? before + 1
                                                                       : kOk;
        ASSERT_EQ(exact.Decode(kernel()), expected) << before << ": " << a << ' ' << b;
        accepted += expected == kOk;
      }
    }
    EXPECT_EQ(accepted, 256);
  }
}

TEST_P(Base64urlKernel, EveryFinalTripleOfTheAlphabetRequiresZeroTrailingBits) {
  for (std::size_t before : kBefore) {
    if (emulated() && before % 32 != 28) continue;
    Exact exact(before + 3);
    int accepted = 0;
    for (unsigned a = 0; a < 64; ++a) {
      exact[before] = Character(a);
      for (unsigned b = 0; b < 64; ++b) {
        exact[before + 1] = Character(b);
        for (int c = 0; c < 256; ++c) {
          exact[before + 2] = static_cast<char>(c);
          const int low = SixBits(static_cast<char>(c));
          const std::size_t expected = low < 0 || (low & 3) != 0 ? before + 2 : kOk;
          ASSERT_EQ(exact.Decode(kernel()), expected) << before << ": " << a << ' ' << b << ' ' << c;
          if (expected != kOk) continue;
          const unsigned bits = a << 10 | b << 4 | static_cast<unsigned>(low) >> 2;
          ASSERT_EQ(exact.bytes().substr(before / 4 * 3),
                    std::string({static_cast<char>(bits >> 8), static_cast<char>(bits)}));
          ++accepted;
        }
      }
    }
    EXPECT_EQ(accepted, 65536);
  }
}

TEST_P(Base64urlKernel, TheFirstOfTwoDefectsIsTheOneReported) {
  for (std::size_t size = 2; size <= 140; ++size) {
    for (std::size_t first = 0; first < size; ++first) {
      for (std::size_t second = first; second < size; ++second) {
        std::string text(size, 'A');
        text.back() = 'B';      // unused bits set, in the lengths that have any
        text[second] = '\xC1';  // 'A' with the top bit set
        text[first] = '.';
        ASSERT_TRUE(AsDefined(text));
      }
    }
  }
}

TEST_P(Base64urlKernel, RandomTexts) {
  const char* const wanted = std::getenv("ASSAY_DIFF_COUNT");
  const std::size_t count = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 100000;
  std::mt19937_64 random(4648);
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(random() % 400, '\0');
    for (char& c : text) c = Character(random() % 64);
    // Mostly well-formed in its last character; some with one defect, some with several.
    if (text.size() % 4 > 1 && random() % 8 != 0) text.back() = "AQgw"[random() % 4];
    for (std::size_t defects = random() % 4 == 0 ? random() % 4 : 0; defects > 0 && !text.empty(); --defects) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    ASSERT_TRUE(AsDefined(text));
  }
}

TEST_P(Base64urlKernel, RandomBytes) {
  std::mt19937_64 random(7515);
  for (std::size_t i = 0; i < 20000; ++i) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    ASSERT_TRUE(AsDefined(text));
  }
}

// One page that may be read and written between two that may not.
class LonePage {
 public:
  LonePage() : size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const mapped = mmap(nullptr, 3 * size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::abort();
    start_ = static_cast<char*>(mapped);
    if (mprotect(begin(), size_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  ~LonePage() { munmap(start_, 3 * size_); }
  LonePage(const LonePage&) = delete;
  LonePage& operator=(const LonePage&) = delete;

  char* begin() const { return start_ + size_; }
  char* end() const { return start_ + 2 * size_; }

 private:
  std::size_t size_;
  char* start_;
};

TEST_P(Base64urlKernel, TouchesNothingOutsideTheTextAndItsRoom) {
  const LonePage texts;
  const LonePage outs;
  std::mt19937_64 random(3);
  for (std::size_t size = 0; size <= 300; ++size) {
    if (size % 4 == 1) continue;
    std::string bytes(DecodedSize(size), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = Encode(bytes);
    for (bool at_end : {false, true}) {
      char* const in = at_end ? texts.end() - size : texts.begin();
      char* const out = at_end ? outs.end() - bytes.size() : outs.begin();
      std::memset(outs.begin(), '#', static_cast<std::size_t>(outs.end() - outs.begin()));
      if (size > 0) std::memcpy(in, text.data(), size);
      ASSERT_EQ(kernel().decode({in, size}, out), kOk) << size;
      ASSERT_EQ(std::string_view(out, bytes.size()), bytes);
      const auto untouched = [](const char* from, const char* to) {
        return std::all_of(from, to, [](char c) { return c == '#'; });
      };
      ASSERT_TRUE(untouched(outs.begin(), out)) << size;
      ASSERT_TRUE(untouched(out + bytes.size(), outs.end())) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Base64urlKernel, ::testing::ValuesIn(assay::testing::TestedBase64urlKernels()),
                         [](const auto& param) { return std::string(param.param->name); });

TEST(Base64urlKernels, TheFastestSupportedOneIsActive) {
  const auto kernels = Kernels();
  const auto fastest =
      std::find_if(kernels.begin(), kernels.end(), [](const Kernel* kernel) { return simd::IsSupported(*kernel); });
  ASSERT_NE(fastest, kernels.end());
  std::printf("base64url: %s\n", ActiveKernel().name);
  EXPECT_STREQ(ActiveKernel().name, (*fastest)->name);
}

TEST(Base64urlKernels, TheLastRunsEverywhere) {
  ASSERT_FALSE(Kernels().empty());
  EXPECT_EQ(Kernels().back()->required, 0u);
}

std::size_t Right(std::string_view text, char* out) { return Kernels().back()->decode(text, out); }

TEST(Base64urlKernels, SelfTestFindsAKernelThatIsWrong) {
  const Kernel forgiving = {"forgiving", 0, [](std::string_view text, char* out) {
                              const std::size_t position = Right(text, out);
                              return position == 100 ? kOk : position;
                            }};
  const Kernel wrong_byte = {"wrong_byte", 0, [](std::string_view text, char* out) {
                               const std::size_t position = Right(text, out);
                               if (text.size() == 199) out[148] = '\0';
                               return position;
                             }};
  const Kernel no_trailing_check = {"length", 0, [](std::string_view text, char* out) {
                                      const std::size_t position = Right(text, out);
                                      return text.size() % 4 == 1 ? kOk : position;
                                    }};
  EXPECT_FALSE(SelfTest(forgiving));
  EXPECT_FALSE(SelfTest(wrong_byte));
  EXPECT_FALSE(SelfTest(no_trailing_check));
}

}  // namespace
}  // namespace assay::base64url
