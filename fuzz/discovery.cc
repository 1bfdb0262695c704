// Laws of metadata: a jwks_uri comes only from a document that holds the issuer's name, and is a URL to
// fetch from; no document serves two issuers; the places to look are URLs within the issuer's origin.
//
// An input is ISSUER 0x1E DOCUMENT.
#include "engine/remote/discovery.h"

#include <string>

#include "engine/base/url.h"
#include "fuzz/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  std::string_view document = fuzz::Text(data, size);
  const std::string issuer(fuzz::Take(&document, fuzz::kSeparator));
  if (const auto places = remote::MetadataUrls(issuer)) {
    const auto own = Url::Parse(issuer);
    FUZZ_LAW(own.ok() && places->size() >= 2 && places->size() <= 3);
    for (const std::string& place : *places) {
      if (place.size() > Url::kMaxBytes) continue;
      const auto url = Url::Parse(place);
      FUZZ_LAW(url.ok() && url->host == own->host && url->port == own->port && url->https == own->https);
    }
  }
  const Result<std::string> uri = remote::ReadJwksUri(document, issuer);
  fuzz::Note(uri.ok());
  if (!uri) return 0;
  FUZZ_LAW(Url::Parse(*uri).ok());
  FUZZ_LAW(!remote::ReadJwksUri(document, issuer + "/"));
  FUZZ_LAW(document.find("jwks_uri") != document.npos || document.find('\\') != document.npos);
  return 0;
}
