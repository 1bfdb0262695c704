// HeaderMemo: the protected headers of authentic tokens, already read, by their encoded bytes.
//
// Tokens that an issuer signs with one key share their header to the byte. What is remembered is what
// those bytes say, which depends on nothing else; who may use it is asked anew for each token. The key
// that a header led to is remembered beside it, for one key set: the same bytes mean another key with
// another issuer, and after a rotation.
//
// Only headers of tokens whose signature was right are remembered, so that a flood of invented headers
// finds no way in; and apart from them one header of a token that is not known to be authentic, so that
// forgeries, most often with the header of a good token, are no slower than that. A set-associative cache of fixed
// size; headers that do not fit an entry are read each time.
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
  // KeyPlace: where a key lies: the key set with this KeySet::id(), and the position in it. Set 0: nowhere.
  struct KeyPlace {
    std::uint64_t key_set = 0;
    std::size_t position = 0;
    bool operator==(const KeyPlace&) const = default;
  };

  // Proof: how much is known of the token that a header is learnt from.
  enum class Proof : std::uint8_t { kNone, kAuthentic };

  // Entry: header() views the entry's own bytes. Neither changes within a batch in which Recall() gave the entry.
  class Entry {
   public:
    const jws::Header& header() const { return header_; }
    // key: where the header led to last.
    const KeyPlace& key() const { return key_; }
    bool authentic() const { return authentic_; }

    // Knows says whether Learn() with these would change nothing.
    bool Knows(const KeyPlace& key, Proof proof) const { return key_ == key && (authentic_ || proof == Proof::kNone); }

   private:
    friend class HeaderMemo;
    static constexpr std::size_t kBytes = 384;
    jws::Header header_;
    KeyPlace key_;
    bool authentic_ = false;
    std::uint64_t last_batch_ = 0;
    std::uint32_t encoded_size_ = 0;  // 0: empty
    std::array<char, kBytes> bytes_;  // the encoded header, then the strings that `header_` views
  };

  HeaderMemo();
  HeaderMemo(const HeaderMemo&) = delete;
  HeaderMemo& operator=(const HeaderMemo&) = delete;

  // StartBatch ends the time for which entries that Recall() gave keep what they hold.
  void StartBatch() { ++batch_; }

  // Recall gives the entry for a header segment, compared whole; null when there is none.
  const Entry* Recall(std::string_view encoded);

  // Learn takes note of what a header segment says and of the key that it led to, when there is room: of authentic
  // tokens, or, without proof, in place of the last header that had none.
  void Learn(std::string_view encoded, const jws::Header& header, const KeyPlace& key, Proof proof);

 private:
  static constexpr std::size_t kSets = 128;
  static constexpr std::size_t kWays = 2;
  using Set = std::array<Entry, kWays>;

  Set& SetOf(std::string_view encoded) { return sets_[hash_(encoded) % kSets]; }
  static bool Holds(const Entry& entry, std::string_view encoded) {
    return std::string_view(entry.bytes_.data(), entry.encoded_size_) == encoded;
  }

  Entry* Find(std::string_view encoded);
  // Fill puts another header into the entry, where the entry may take one and it fits; else does nothing.
  void Fill(Entry& entry, std::string_view encoded, const jws::Header& header, const KeyPlace& key);

  const SeededHash hash_{RandomSeed()};
  std::uint64_t batch_ = 1;
  Entry* last_ = nullptr;  // the entry found last: most often the next one too
  std::unique_ptr<Set[]> sets_;
  Entry unproven_;
};

}  // namespace assay
