#include "engine/verify/batch.h"

#include <openssl/sha.h>

#include <algorithm>

#include "engine/verify/boringssl.h"

namespace assay {
namespace {

const std::uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

bool IsOverSha256(Algorithm algorithm) {
  return algorithm == Algorithm::kES256 || algorithm == Algorithm::kRS256 || algorithm == Algorithm::kPS256;
}

bool IsOverSha384(Algorithm algorithm) { return algorithm == Algorithm::kRS384 || algorithm == Algorithm::kPS384; }

SignatureStatus StatusOf(bool valid) { return valid ? SignatureStatus::kValid : SignatureStatus::kBad; }

}  // namespace

BatchVerifier::BatchVerifier(const Kernel& kernel) : kernel_(kernel) {
  if (kernel.es256 != nullptr) es256_scratch_ = std::make_unique<p256::Es256Scratch>(*kernel.es256);
  if (kernel.rsa != nullptr) rsa_scratch_ = std::make_unique<rsa::RsaScratch>();
}

BatchVerifier::~BatchVerifier() = default;

void BatchVerifier::Verify(std::span<SignatureJob> jobs) {
  es256_.clear();
  rsa_.clear();
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    SignatureJob& job = jobs[i];
    job.status = SignatureStatus::kUnchecked;
    if (!job.key->capable().Contains(job.algorithm)) {
      job.status = SignatureStatus::kBad;  // whoever chose the key erred: no algorithm but the key's own decides
    } else if (job.signature.size() != job.key->signature_bytes()) {
      job.status = SignatureStatus::kBadLength;
    } else if (kernel_.es256 != nullptr && job.key->p256_table() != nullptr) {
      es256_.push_back(i);
    } else if (kernel_.rsa != nullptr && job.key->prepared_rsa() != nullptr) {
      rsa_.push_back(i);
    } else {
      job.status = StatusOf(boringssl::Verify(*job.key, job.algorithm, job.signing_input, job.signature));
    }
  }
  Digest(jobs);
  VerifyEs256(jobs);
  VerifyRsa(jobs);
}

void BatchVerifier::Digest(std::span<SignatureJob> jobs) {
  const auto over_sha256 = [&](std::uint32_t i) { return IsOverSha256(jobs[i].algorithm); };
  rsa_over_sha256_ = static_cast<std::size_t>(std::partition(rsa_.begin(), rsa_.end(), over_sha256) - rsa_.begin());

  messages_.clear();
  for (std::uint32_t i : es256_) messages_.push_back(jobs[i].signing_input);
  for (std::size_t j = 0; j < rsa_over_sha256_; ++j) messages_.push_back(jobs[rsa_[j]].signing_input);
  digests_.resize(messages_.size());
  Sha256Batch(messages_, digests_);

  long_digests_.resize(SHA512_DIGEST_LENGTH * (rsa_.size() - rsa_over_sha256_));
  std::uint8_t* out = long_digests_.data();
  for (std::size_t j = rsa_over_sha256_; j < rsa_.size(); ++j, out += SHA512_DIGEST_LENGTH) {
    const SignatureJob& job = jobs[rsa_[j]];
    const auto hash = IsOverSha384(job.algorithm) ? SHA384 : SHA512;
    hash(Bytes(job.signing_input), job.signing_input.size(), out);
  }
}

void BatchVerifier::VerifyEs256(std::span<SignatureJob> jobs) {
  if (es256_.empty()) return;
  es256_jobs_.clear();
  for (std::size_t j = 0; j < es256_.size(); ++j) {
    const SignatureJob& job = jobs[es256_[j]];
    es256_jobs_.push_back({digests_[j].data(), Bytes(job.signature), job.key->p256_table()});
  }
  if (es256_.size() == 1) {
    jobs[es256_[0]].status = StatusOf(kernel_.es256->verify_one(es256_jobs_[0], *es256_scratch_));
    return;
  }
  es256_valid_.assign(es256_.size(), 0);
  kernel_.es256->verify_batch(es256_jobs_, es256_valid_.data(), *es256_scratch_);
  for (std::size_t j = 0; j < es256_.size(); ++j) jobs[es256_[j]].status = StatusOf(es256_valid_[j] == 1);
}

void BatchVerifier::VerifyRsa(std::span<SignatureJob> jobs) {
  if (rsa_.empty()) return;
  rsa_jobs_.clear();
  for (std::size_t j = 0; j < rsa_.size(); ++j) {
    const SignatureJob& job = jobs[rsa_[j]];
    std::span<const std::uint8_t> digest;
    if (j < rsa_over_sha256_) {
      digest = digests_[es256_.size() + j];
    } else {
      const std::size_t size = IsOverSha384(job.algorithm) ? SHA384_DIGEST_LENGTH : SHA512_DIGEST_LENGTH;
      digest = {long_digests_.data() + SHA512_DIGEST_LENGTH * (j - rsa_over_sha256_), size};
    }
    rsa_jobs_.push_back({job.key->prepared_rsa(), job.algorithm, digest, {Bytes(job.signature), job.signature.size()}});
  }
  if (rsa_.size() > rsa_valid_capacity_) {
    rsa_valid_ = std::make_unique<bool[]>(2 * rsa_.size());
    rsa_valid_capacity_ = 2 * rsa_.size();
  }
  const std::span<bool> valid(rsa_valid_.get(), rsa_.size());
  std::fill(valid.begin(), valid.end(), false);
  rsa::VerifyBatch(*kernel_.rsa, rsa_jobs_, valid, *rsa_scratch_);
  for (std::size_t j = 0; j < rsa_.size(); ++j) jobs[rsa_[j]].status = StatusOf(valid[j]);
}

}  // namespace assay
