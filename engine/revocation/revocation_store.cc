#include "engine/revocation/revocation_store.h"

#include <utility>

#include "engine/base/generation.h"

namespace assay::revocation {

RevocationStore::RevocationStore(std::optional<std::int64_t> max_lifetime)
    : max_lifetime_(max_lifetime),
      fresh_until_{INT64_MAX, INT64_MAX},
      added_(std::make_shared<const RevocationSet>()),
      listed_(added_),
      cell_(std::make_unique<const Revocations>(Revocations{added_, listed_, &names_, NextGeneration()})) {}

void RevocationStore::Require(RevocationSource source) {
  Confirm(source, INT64_MIN);
  in_use_ = true;
}

void RevocationStore::Confirm(RevocationSource source, std::int64_t until) {
  fresh_until_[static_cast<std::size_t>(source)] = until;
}

void RevocationStore::Add(std::span<const Revocation> revocations, std::int64_t now) {
  RevocationSet::Additions additions;
  for (const Revocation& revocation : revocations) Collect(revocation, &additions);
  const absl::MutexLock lock(&mutex_);
  Publish(std::make_shared<const RevocationSet>(added_->With(std::move(additions), now)), listed_);
}

void RevocationStore::Replace(RevocationSet::Additions listed, std::int64_t now) {
  auto next = std::make_shared<const RevocationSet>(RevocationSet().With(std::move(listed), now));
  const absl::MutexLock lock(&mutex_);
  Publish(added_, std::move(next));
}

void RevocationStore::Publish(std::shared_ptr<const RevocationSet> added, std::shared_ptr<const RevocationSet> listed) {
  added_ = std::move(added);
  listed_ = std::move(listed);
  cell_.Publish(std::make_unique<const Revocations>(Revocations{added_, listed_, &names_, NextGeneration()}));
  in_use_ = true;
}

std::size_t RevocationStore::size() const {
  const absl::MutexLock lock(&mutex_);
  return added_->size() + listed_->size();
}

}  // namespace assay::revocation
