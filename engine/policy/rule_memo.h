// RuleMemo: for each rule of some policies the member that met it last, as it was spelled. One per worker.
//
// Most of what rules look at is the same in all tokens of an issuer, byte for byte and in the same order, so that one
// comparison takes the place of a search by name and of one by value.
//
// # Why a member's spelling is enough
// Whether a rule is met depends on nothing but the claim's name and value. Where no string has an escape, the text from
// the quote before a member's name to the end of its value spells both, and nothing else does; and where no name
// repeats, as StrictParser has it, that member is the claim. So what is remembered depends on no key, no time and no
// token: a forged one can make it forget, and nothing else.
//
// # Size
// It is meant for up to 64 issuers with rules. What others pay is the way without a memo.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/json/value.h"

namespace assay {

class RuleMemo {
 public:
  // Slot: what is remembered of one rule.
  class alignas(64) Slot {
   public:
    // Knows: whether one of these members, of an object in which no string has an escape, meets the rule as the one
    // remembered did. StrictParser::kPadding bytes behind their text must be readable.
    bool Knows(std::span<const json::Member> members) const {
      if (place_ >= members.size()) return false;
      const json::Member& member = members[place_];
      // In 64 bits a shorter one wraps.
      return Size(member) - least_size_ <= most_more_ && IsSpelledAt(Begin(member));
    }

    // Learn: `member`, at `place` in such an object, meets the rule, and so does each that is spelled as it is. One
    // that is too long for the slot is not remembered.
    void Learn(std::size_t place, const json::Member& member) {
      if (Remember(place, member, Size(member))) SetSizes(size_, 0);
    }

    // LearnPrefix: so does each that is spelled as it is up to `end`, and goes on for `more` bytes or more.
    void LearnPrefix(std::size_t place, const json::Member& member, const char* end, std::uint32_t more) {
      if (Remember(place, member, static_cast<std::uint64_t>(end - Begin(member)))) SetSizes(size_ + more, UINT32_MAX);
    }

   private:
    static const char* Begin(const json::Member& member) { return member.name.data() - 1; }
    static std::uint64_t Size(const json::Member& member) {
      return static_cast<std::uint64_t>(member.value.raw.data() + member.value.raw.size() - Begin(member));
    }

    // Remember: the member's first `size` bytes; false when they are too many.
    bool Remember(std::size_t place, const json::Member& member, std::uint64_t size) {
      if (size > kMost) return false;
      place_ = static_cast<std::uint32_t>(place);
      size_ = static_cast<std::uint32_t>(size);
      std::memcpy(text_.data(), Begin(member), kMost);  // may reach into the padding behind the text
      return true;
    }

    void SetSizes(std::uint32_t least, std::uint32_t more) {
      least_size_ = least;
      most_more_ = more;
    }

    // IsSpelledAt: whether the text at `member` is the remembered one. All words are compared, under a mask: how many
    // there are is another number in each rule, and a loop that ends accordingly is mispredicted.
    bool IsSpelledAt(const char* member) const {
      std::uint64_t differing = 0;
      const char* const mask = kMask.data() + kMost - size_;
      for (std::size_t at = 0; at < kMost; at += 8) {
        differing |= (LoadWord<std::uint64_t>(member + at) ^ LoadWord<std::uint64_t>(text_.data() + at)) &
                     LoadWord<std::uint64_t>(mask + at);
      }
      return differing == 0;
    }

    static constexpr std::size_t kMost = 48;
    static constexpr std::array<char, 2 * kMost> kMask = [] {  // ones, then zeros
      std::array<char, 2 * kMost> mask = {};
      for (std::size_t i = 0; i < kMost; ++i) mask[i] = '\xFF';
      return mask;
    }();

    std::uint32_t place_ = 0;
    std::uint32_t size_ = 0;  // of the text
    // least_size_, most_more_: how long the member is at least, and how much longer it may be. A new slot knows none.
    std::uint32_t least_size_ = UINT32_MAX, most_more_ = 0;
    std::array<char, kMost> text_ = {};
  };

  // Of: what is remembered of the `count` rules that have this id, which is not 0; nothing where another's rules are in
  // its place: the first time that nobody has asked for them since, they give it up. Valid until the next call.
  // Allocates only to hold more rules in a place than before.
  std::span<Slot> Of(std::uint64_t id, std::size_t count) {
    Rules& rules = rules_[id % rules_.size()];
    if (rules.id == id) {
      rules.stranger = 0;
      return rules.slots;
    }
    if (std::exchange(rules.stranger, id) != id) return {};
    rules.id = 0;  // should memory run out
    rules.slots.assign(count, Slot());
    rules.id = id;
    return rules.slots;
  }

 private:
  struct Rules {
    std::uint64_t id = 0;
    std::uint64_t stranger = 0;  // who has asked last, and has no place
    std::vector<Slot> slots;
  };

  std::array<Rules, 64> rules_;  // direct-mapped, by id
};

}  // namespace assay
