// HeaderMemo: the protected headers of authentic tokens, already read, by their encoded bytes.
//
// Tokens that an issuer signs with one key share their header to the byte. What is remembered is what
// those bytes say, which depends on nothing else; who may use it is asked anew for each token. The key
// that a header led to is remembered beside it, for one key set: the same bytes mean another key with
// another issuer, and after a rotation.
//
// Only headers of tokens whose signature was right are remembered, so that a flood of invented headers
// finds no way in; and apart from them one header of a token that is not known to be authentic, so that
// forgeries, most often with the header of a good token, are no slower than that. Fixed in size; headers that
// do not fit an entry are read each time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/jws/header.h"

namespace assay {

class HeaderMemo {
 public:
  // `header` views the entry itself. Neither changes within a batch in which Find() gave the entry.
  struct Entry {
    jws::Header header;
    // The position of its key in the key set with this KeySet::id(); 0: none known.
    std::uint64_t key_set = 0;
    std::size_t key_position = 0;

    bool authentic() const { return authentic_; }

   private:
    friend class HeaderMemo;
    bool authentic_ = false;
    static constexpr std::size_t kBytes = 384;
    std::uint64_t last_batch = 0;
    std::uint32_t encoded_size = 0;  // 0: empty
    std::array<char, kBytes> bytes;  // the encoded header, then the strings that `header` views
  };

  HeaderMemo();
  HeaderMemo(const HeaderMemo&) = delete;
  HeaderMemo& operator=(const HeaderMemo&) = delete;

  // Until the next call, entries that Find() gives keep what they hold.
  void StartBatch() { ++batch_; }

  // The entry for a header segment, compared whole; null when there is none.
  Entry* Find(std::string_view encoded);

  // Remembers what the header segment of an authentic token says, when there is room.
  void Remember(std::string_view encoded, const jws::Header& header);

  // Remembers what the header segment of any token says, in place of the last one that was no more than that.
  void RememberUnproven(std::string_view encoded, const jws::Header& header);

 private:
  static constexpr std::size_t kSets = 128;
  static constexpr std::size_t kWays = 2;
  using Set = std::array<Entry, kWays>;

  Set& SetOf(std::string_view encoded) { return sets_[hash_(encoded) % kSets]; }
  static bool Holds(const Entry& entry, std::string_view encoded) {
    return std::string_view(entry.bytes.data(), entry.encoded_size) == encoded;
  }

  // Whether the entry may take another header, and it fits; then it does.
  bool Fill(Entry& entry, std::string_view encoded, const jws::Header& header);

  const SeededHash hash_{RandomSeed()};
  std::uint64_t batch_ = 1;
  Entry* last_ = nullptr;  // the entry that Find() gave last: most often the next one too
  std::unique_ptr<Set[]> sets_;
  Entry unproven_;
};

}  // namespace assay
