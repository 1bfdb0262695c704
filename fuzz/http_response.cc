// Laws of reading a response: in one piece or byte by byte the outcome is the same; nothing is kept
// beyond the limits; what Cache-Control says is never negative; and a reader that is done stays so.
#include <algorithm>
#include <string>

#include "engine/http1/response_reader.h"
#include "engine/remote/cache_control.h"
#include "fuzz/law.h"

namespace assay::http1 {
namespace {

constexpr std::size_t kMaxBody = 512;

ResponseReader::State Feed(ResponseReader* reader, std::string_view text, std::size_t step) {
  ResponseReader::State state = ResponseReader::State::kMore;
  for (; !text.empty() && state == ResponseReader::State::kMore; text.remove_prefix(std::min(step, text.size()))) {
    state = reader->Feed(text.substr(0, step));
  }
  return state == ResponseReader::State::kMore ? reader->End() : state;
}

}  // namespace
}  // namespace assay::http1

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using State = http1::ResponseReader::State;
  const std::string_view text = fuzz::Text(data, size);
  http1::ResponseReader whole(http1::kMaxBody);
  http1::ResponseReader pieces(http1::kMaxBody);
  const State state = http1::Feed(&whole, text, size + 1);
  FUZZ_LAW(state != State::kMore);
  FUZZ_LAW(state == http1::Feed(&pieces, text, 1));
  FUZZ_LAW(whole.body().size() <= http1::kMaxBody);
  FUZZ_LAW((state == State::kDone) == whole.defect().empty());
  FUZZ_LAW(whole.Feed("x") == state && whole.End() == state);
  fuzz::Note(state == State::kDone);
  if (state != State::kDone) return 0;
  FUZZ_LAW(whole.status() == pieces.status() && whole.body() == pieces.body());
  FUZZ_LAW(whole.status() >= 200 && whole.status() < 600);
  const std::string* const cache = whole.Field("cache-control");
  const std::string* const age = whole.Field("age");
  if (cache == nullptr) return 0;
  const auto fresh = remote::FreshnessSeconds(*cache, age == nullptr ? "" : *age);
  FUZZ_LAW(!fresh || (*fresh >= 0 && *fresh <= 0x7FFFFFFF));
  FUZZ_LAW(!fresh || *fresh <= remote::FreshnessSeconds(*cache, "").value_or(-1));
  return 0;
}
