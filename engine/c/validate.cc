// Worker, and the fields of a verdict.
#include "engine/c/handles.h"
#include "engine/claims/claims.h"

using namespace assay::c;

struct assay_worker {
  explicit assay_worker(std::shared_ptr<assay::Engine> engine) : worker(std::move(engine)) { Grow(1); }

  // Grow: makes room for a batch of `count`.
  void Grow(std::size_t count) {
    if (count <= views.size()) return;
    judged = 0;
    tokens.resize(count);
    views.reserve(count);
    // The last that may fail: then the verdicts are still where the views point to.
    verdicts.resize(count);
    views.resize(count);
    for (std::size_t i = 0; i < count; ++i) views[i] = {&verdicts[i], &scratch};
  }

  const std::uint64_t process = ThisProcess();
  assay::Worker worker;
  Scratch scratch;
  std::size_t judged = 0;  // tokens of the last call
  std::vector<std::string_view> tokens;
  std::vector<assay::Verdict> verdicts;
  std::vector<assay_verdict> views;
};

namespace {

assay_span Optional(const std::optional<std::string_view>& text) { return text ? Span(*text) : assay_span{}; }

void ReadClaims(const assay::Verdict& verdict, assay_verdict_fields* out) {
  const assay::Claims& claims = *verdict.claims();
  out->claims = Span(claims.json());
  out->subject = Optional(claims.subject());
  const auto read = [&](const std::optional<assay::NumericDate>& date, std::uint32_t has, std::int64_t* seconds) {
    if (!date) return;
    out->has |= has;
    *seconds = date->floor();
  };
  read(claims.expires_at(), ASSAY_HAS_EXPIRES_AT, &out->expires_at);
  read(claims.not_before(), ASSAY_HAS_NOT_BEFORE, &out->not_before);
  read(claims.issued_at(), ASSAY_HAS_ISSUED_AT, &out->issued_at);
}

}  // namespace

extern "C" {

assay_worker* assay_worker_create(assay_engine* engine, assay_error** error) {
  return Fenced<assay_worker*>(error, nullptr, [&]() -> assay_worker* {
    if (engine != nullptr && Usable(*engine)) return new assay_worker(engine->engine);
    const bool none = engine == nullptr;
    Fail(error, none ? ASSAY_ERROR_ARGUMENT : ASSAY_ERROR_FORKED,
         none ? "the engine is NULL" : "a keeper of the parent process keeps this engine");
    return nullptr;
  });
}

void assay_worker_free(assay_worker* worker) {
  if (worker != nullptr && worker->process == ThisProcess()) delete worker;
}

int32_t assay_validate(assay_worker* worker, assay_span token, int64_t now) {
  int32_t reason = ASSAY_UNSET;
  assay_validate_batch(worker, &token, 1, now, &reason);
  return reason;
}

int32_t assay_validate_batch(assay_worker* worker, const assay_span* tokens, size_t count, int64_t now,
                             int32_t* reasons) {
  if (worker != nullptr) worker->judged = 0;
  if (count == 0) return worker != nullptr;
  if (reasons == nullptr || count > SIZE_MAX / sizeof *reasons) return 0;
  std::fill_n(reasons, count, ASSAY_UNSET);
  if (worker == nullptr || tokens == nullptr || worker->process != ThisProcess()) return 0;
  return Fenced<int32_t>(nullptr, 0, [&] {
    worker->Grow(count);
    worker->scratch.Reset();
    for (std::size_t i = 0; i < count; ++i) worker->tokens[i] = View(tokens[i]);
    worker->worker.ValidateBatch({worker->tokens.data(), count}, now, {worker->verdicts.data(), count});
    for (std::size_t i = 0; i < count; ++i) reasons[i] = static_cast<std::int32_t>(worker->verdicts[i].reason());
    worker->judged = count;
    return 1;
  });
}

const assay_verdict* assay_worker_verdict(const assay_worker* worker, size_t index) {
  if (worker == nullptr || worker->process != ThisProcess() || index >= worker->judged) return nullptr;
  return &worker->views[index];
}

int32_t assay_verdict_reason(const assay_verdict* verdict) {
  return verdict == nullptr ? ASSAY_UNSET : static_cast<std::int32_t>(verdict->verdict->reason());
}

int32_t assay_verdict_read(const assay_verdict* verdict, assay_verdict_fields* out) {
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (!BeginOut(out)) return 0;
    out->issuer_index = -1;
    if (verdict == nullptr) return 0;
    const assay::Verdict& given = *verdict->verdict;
    out->reason = static_cast<std::int32_t>(given.reason());
    out->issuer_index = given.issuer_index();
    out->report_only = given.report_only();
    if (given.algorithm()) out->alg = Span(AlgorithmName(*given.algorithm()));
    if (given.has_kid()) out->kid = Span(given.kid());
    out->key_thumbprint = Span(given.key_thumbprint());
    if (!given.accepted()) return 1;
    out->issuer = Span(given.issuer());
    if (given.claims() == nullptr) return 1;  // of the signature alone
    ReadClaims(given, out);
    out->client_id = Optional(given.client_id());
    out->session = Optional(given.session());
    out->token_id = Optional(given.token_id());
    out->tenant = Optional(given.tenant());
    return 1;
  });
}

assay_span assay_verdict_detail(const assay_verdict* verdict) {
  return Fenced<assay_span>(nullptr, {}, [&]() -> assay_span {
    if (verdict == nullptr) return {};
    return Span(verdict->scratch->arena().Copy(verdict->verdict->Detail()));
  });
}

}  // extern "C"
