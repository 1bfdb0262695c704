#include "engine/pipeline/header_memo.h"

#include <algorithm>
#include <cstring>

namespace assay {

HeaderMemo::HeaderMemo() : sets_(std::make_unique<Set[]>(kSets)) {}

const HeaderMemo::Entry* HeaderMemo::Recall(std::string_view encoded) {
  Entry* const entry = Find(encoded);
  if (entry != nullptr) entry->last_batch_ = batch_;
  return entry;
}

void HeaderMemo::Learn(std::string_view encoded, const jws::Header& header, const KeyPlace& key, Proof proof) {
  Entry* const entry = Find(encoded);
  if (entry != nullptr && (entry->authentic_ || proof == Proof::kNone)) {
    entry->key_ = key;
    return;
  }
  if (proof == Proof::kNone) return Fill(unproven_, encoded, header, key);
  Set& set = SetOf(encoded);
  Fill(*std::min_element(set.begin(), set.end(),
                         [](const Entry& a, const Entry& b) { return a.last_batch_ < b.last_batch_; }),
       encoded, header, key);
}

HeaderMemo::Entry* HeaderMemo::Find(std::string_view encoded) {
  if (encoded.empty()) return nullptr;  // an empty entry would match it
  if (last_ != nullptr && Holds(*last_, encoded)) return last_;
  last_ = nullptr;
  for (Entry& entry : SetOf(encoded)) {
    if (Holds(entry, encoded)) last_ = &entry;
  }
  if (last_ == nullptr && Holds(unproven_, encoded)) last_ = &unproven_;
  return last_;
}

void HeaderMemo::Fill(Entry& entry, std::string_view encoded, const jws::Header& header, const KeyPlace& key) {
  if (encoded.empty() || encoded.size() + header.kid.size() + header.type.size() > Entry::kBytes) return;
  if (entry.last_batch_ == batch_) return;  // verdicts of this batch view it
  char* next = entry.bytes_.data();
  const auto copy = [&](std::string_view text) {
    char* const start = next;
    if (!text.empty()) std::memcpy(start, text.data(), text.size());
    next += text.size();
    return std::string_view(start, text.size());
  };
  entry.encoded_size_ = static_cast<std::uint32_t>(copy(encoded).size());
  entry.header_ = header;
  entry.header_.kid = copy(header.kid);
  entry.header_.type = copy(header.type);
  entry.header_.detail = {};
  entry.key_ = key;
  entry.last_batch_ = batch_;
  entry.authentic_ = &entry != &unproven_;
  last_ = &entry;
}

}  // namespace assay
