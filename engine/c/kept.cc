// Kept verdicts, and what hosts require of a token beyond the configuration.
#include "engine/c/handles.h"
#include "engine/claims/scope_set.h"
#include "engine/mcp/decide/decision.h"
#include "engine/pipeline/kept_verdict.h"
#include "engine/policy/checks.h"

using namespace assay::c;

namespace {

// Kept: a verdict with what it views, behind it in one allocation: nginx keeps one for each request.
struct Kept : assay_verdict {
  struct Room {
    std::size_t bytes;
  };

  Kept(const assay::Verdict& given, Room room)
      : assay_verdict{nullptr, &own_scratch}, copy(given, {reinterpret_cast<std::byte*>(this + 1), room.bytes}) {
    verdict = &copy.verdict();
  }

  static void* operator new(std::size_t size, Room room) { return ::operator new(size + room.bytes); }
  static void operator delete(void* kept) { ::operator delete(kept); }
  static void operator delete(void* kept, Room) { ::operator delete(kept); }  // where the constructor has thrown

  assay::KeptVerdict copy;
  Scratch own_scratch;
};

bool AreText(const assay_span* texts, std::size_t count) {
  return count == 0 || (texts != nullptr && std::all_of(texts, texts + count, IsText));
}

bool HasClaims(const assay_verdict* verdict) {
  return verdict != nullptr && verdict->verdict->accepted() && verdict->verdict->claims() != nullptr;
}

}  // namespace

extern "C" {

assay_verdict* assay_verdict_keep(const assay_verdict* verdict) {
  return Fenced<assay_verdict*>(nullptr, nullptr, [&]() -> assay_verdict* {
    if (verdict == nullptr) return nullptr;
    const Kept::Room room{assay::KeptVerdict::Room(*verdict->verdict)};
    return new (room) Kept(*verdict->verdict, room);
  });
}

void assay_verdict_free(assay_verdict* kept) { delete static_cast<Kept*>(kept); }

int32_t assay_verdict_check_audience(const assay_verdict* verdict, const assay_span* audiences, size_t count) {
  return Fenced<int32_t>(nullptr, ASSAY_UNSET, [&]() -> int32_t {
    if (verdict == nullptr || !AreText(audiences, count)) return ASSAY_UNSET;
    if (!HasClaims(verdict)) return verdict->verdict->accepted() ? ASSAY_UNSET : assay_verdict_reason(verdict);
    std::vector<std::string> ours;
    for (std::size_t i = 0; i < count; ++i) ours.emplace_back(View(audiences[i]));
    assay::Detail unused;
    const assay::Reason reason =
        assay::CheckAudience(ours, *verdict->verdict->claims(), verdict->scratch->arena(), &unused);
    return reason == assay::Reason::kUnset ? ASSAY_ACCEPTED : static_cast<std::int32_t>(reason);
  });
}

int32_t assay_verdict_has_scopes(const assay_verdict* verdict, const assay_span* scopes, size_t count) {
  return Fenced<int32_t>(nullptr, 0, [&]() -> int32_t {
    if (!HasClaims(verdict) || !AreText(scopes, count)) return 0;
    const assay::json::Value* const held = verdict->verdict->scopes();
    return std::all_of(scopes, scopes + count, [&](assay_span scope) {
      return held != nullptr && assay::HasScope(*held, View(scope), verdict->scratch->arena());
    });
  });
}

int32_t assay_verdict_scopes(const assay_verdict* verdict, assay_span* out) {
  if (out == nullptr) return kUnfit;
  *out = {};
  return Fenced<int32_t>(nullptr, kUnfit, [&] {
    if (!HasClaims(verdict) || verdict->verdict->scopes() == nullptr) return kNone;
    return TextOf(*verdict->verdict->scopes(), verdict->scratch, out);
  });
}

assay_span assay_verdict_principal(const assay_verdict* verdict) {
  return Fenced<assay_span>(nullptr, {}, [&]() -> assay_span {
    if (!HasClaims(verdict)) return {};
    const auto key = assay::mcp::PrincipalOf(*verdict->verdict).Key();
    return key ? Span(verdict->scratch->arena().Copy(*key)) : assay_span{};
  });
}

}  // extern "C"
