#include "engine/pipeline/header_memo.h"

#include <cstring>

namespace assay {

HeaderMemo::HeaderMemo() : sets_(std::make_unique<Set[]>(kSets)) {}

HeaderMemo::Entry* HeaderMemo::Find(std::string_view encoded) {
  if (encoded.empty()) return nullptr;  // an empty entry would match it
  if (last_ == nullptr || !Holds(*last_, encoded)) {
    last_ = nullptr;
    for (Entry& entry : SetOf(encoded)) {
      if (Holds(entry, encoded)) last_ = &entry;
    }
    if (last_ == nullptr && Holds(unproven_, encoded)) last_ = &unproven_;
    if (last_ == nullptr) return nullptr;
  }
  last_->last_batch = batch_;
  return last_;
}

void HeaderMemo::Remember(std::string_view encoded, const jws::Header& header) {
  Set& set = SetOf(encoded);
  Entry* oldest = &set[0];
  for (Entry& entry : set) {
    if (Holds(entry, encoded)) return;
    if (entry.last_batch < oldest->last_batch) oldest = &entry;
  }
  if (!Fill(*oldest, encoded, header)) return;
  oldest->authentic_ = true;
  last_ = oldest;
}

void HeaderMemo::RememberUnproven(std::string_view encoded, const jws::Header& header) {
  if (Fill(unproven_, encoded, header)) last_ = &unproven_;
}

bool HeaderMemo::Fill(Entry& entry, std::string_view encoded, const jws::Header& header) {
  if (encoded.empty() || encoded.size() + header.kid.size() + header.type.size() > Entry::kBytes) return false;
  if (entry.last_batch == batch_) return false;  // verdicts of this batch view it
  char* next = entry.bytes.data();
  const auto copy = [&](std::string_view text) {
    char* const start = next;
    if (!text.empty()) std::memcpy(start, text.data(), text.size());
    next += text.size();
    return std::string_view(start, text.size());
  };
  entry.encoded_size = static_cast<std::uint32_t>(copy(encoded).size());
  entry.header = header;
  entry.header.kid = copy(header.kid);
  entry.header.type = copy(header.type);
  entry.header.detail = {};
  entry.key_set = 0;
  entry.last_batch = batch_;
  return true;
}

}  // namespace assay
