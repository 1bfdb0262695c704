#include "engine/remote/fetcher.h"

namespace assay::remote {

Fetcher::~Fetcher() = default;

std::string_view FetchStatusWord(FetchStatus status) {
  switch (status) {
    case FetchStatus::kOk:
      return "ok";
    case FetchStatus::kNotModified:
      return "not_modified";
    case FetchStatus::kBadUrl:
      return "bad_url";
    case FetchStatus::kForbiddenAddress:
      return "forbidden_address";
    case FetchStatus::kUnresolved:
      return "unresolved";
    case FetchStatus::kUnreachable:
      return "unreachable";
    case FetchStatus::kTls:
      return "tls";
    case FetchStatus::kTimeout:
      return "timeout";
    case FetchStatus::kStopped:
      return "stopped";
    case FetchStatus::kMalformed:
      return "malformed";
    case FetchStatus::kTooLarge:
      return "too_large";
    case FetchStatus::kRedirect:
      return "redirect";
    case FetchStatus::kHttpError:
      return "http_error";
  }
  return "unknown";
}

}  // namespace assay::remote
