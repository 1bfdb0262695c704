// Laws of URLs: what is accepted is spelled canonically by Text() and then parses to itself; it holds
// nothing that could end a request line or name a user; plain http stays on this machine; a redirect
// never leaves the origin.
//
// An input is URL 0x1E LOCATION.
#include "engine/base/url.h"

#include <algorithm>
#include <string>

#include "fuzz/law.h"

namespace assay {
namespace {

void CheckLaws(const Url& url) {
  const std::string text = url.Text();
  FUZZ_LAW(
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '#' && c != '\\'; }));
  FUZZ_LAW(url.Authority().find('@') == std::string::npos);
  FUZZ_LAW(url.target.starts_with('/') && url.port != 0 && !url.host.empty());
  FUZZ_LAW(url.https || url.IsLoopback());
  if (text.size() > Url::kMaxBytes) return;
  const Result<Url> again = Url::Parse(text);
  FUZZ_LAW(again.ok());
  FUZZ_LAW(again->https == url.https && again->host == url.host && again->port == url.port &&
           again->target == url.target);
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  std::string_view rest = fuzz::Text(data, size);
  const Result<Url> url = Url::Parse(fuzz::Take(&rest, fuzz::kSeparator));
  fuzz::Note(url.ok());
  if (!url) return 0;
  CheckLaws(*url);
  const Result<Url> next = url->Redirect(rest);
  if (!next) return 0;
  CheckLaws(*next);
  FUZZ_LAW(next->https == url->https && next->host == url->host && next->port == url->port);
  return 0;
}
