#include "tools/assay/run/token_defects.h"

#include <algorithm>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base64url/base64url.h"
#include "engine/json/strict.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/object_scan.h"

namespace assay::cli {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

// OfOtherThings: what is sent by mistake where a token should be.
std::string OfOtherThings(std::string_view token) {
  if (token.starts_with("-----BEGIN")) return "This is PEM, a key or a certificate, and no token.";
  if (token.starts_with('{')) {
    return "This is JSON, a key or an answer of the token endpoint, and no token: of an answer send what its "
           "`access_token` holds.";
  }
  if (token.starts_with("Authorization:")) return "Leave out the header's name: the token is what follows `Bearer`.";
  return "";
}

// OfOtherKinds: what is in base64url, with dots, and does not begin with the base64url of `{`.
std::string OfOtherKinds(std::string_view token) {
  const bool is_jws = token.starts_with("ey") || token.starts_with("ew") || token.starts_with("e3");
  if (is_jws || token.find_first_not_of(kAlphabet) != std::string_view::npos) return "";
  return "It does not begin with `ey`, as signed JWTs do: its beginning was cut off, or it is a token of another kind, "
         "which only who issued it can judge (Google's `ya29.` are opaque, `v4.public.` is PASETO). Ask the issuer for "
         "access tokens in the form of JWTs.";
}

std::vector<std::string_view> Segments(std::string_view token) {
  std::vector<std::string_view> segments;
  for (std::size_t from = 0; from <= token.size();) {
    const std::size_t dot = std::min(token.find('.', from), token.size());
    segments.push_back(token.substr(from, dot - from));
    from = dot + 1;
  }
  return segments;
}

}  // namespace

std::string Decoded(std::string_view token, std::size_t segment) {
  const std::vector<std::string_view> segments = Segments(token);
  if (segment >= segments.size()) return "";
  std::string bytes(base64url::DecodedSize(segments[segment].size()), '\0');
  return base64url::Decode(segments[segment], bytes.data()) == base64url::kOk ? bytes : "";
}

std::string OfSegments(std::string_view token) {
  if (std::string other = OfOtherThings(token); !other.empty()) return other;
  const std::vector<std::string_view> segments = Segments(token);
  if (segments.size() == 1) return "";
  if (std::string other = OfOtherKinds(token); !other.empty()) return other;
  std::string text = "It has " + Count(segments.size(), "segment") + ", a signed token has three: ";
  if (segments.size() == 2) return text + "its signature is missing. Take the token as the issuer wrote it.";
  const auto same = std::find(segments.begin(), segments.begin() + 3, segments.back());
  if (segments.size() == 4 && same != segments.begin() + 3) {
    constexpr const char* kNames[] = {"the first, the header", "the second, the payload", "the third, the signature"};
    text += "the last repeats " + std::string(kNames[same - segments.begin()]) + '.';
  } else {
    text += "something was put behind it, or two were put together.";
  }
  return text + " Take the token as the issuer wrote it.";
}

std::string OfJson(std::string_view part, const std::string& text) {
  const std::string the = "The " + std::string(part) + "'s ";
  const std::size_t end = ScanObject(text).end;
  if (text.empty() || text.front() != '{') return "";
  if (end == std::string::npos) {
    return the + "object is never closed: its JSON ends with byte " + std::to_string(text.size()) +
           ". Something was cut off. Take the token as the issuer wrote it, whole.";
  }
  if (text.find_first_not_of(" \t\r\n", end) == std::string::npos) return "";
  return the + "object is closed with byte " + std::to_string(end) + ", and behind it stands `" +
         Excerpt(std::string_view(text).substr(end)) +
         "`: something was put in. If it comes from the issuer as it is, the issuer has to write the object alone.";
}

std::string OfRepeatedName(std::string_view part, const std::string& text) {
  const ObjectScan scan = ScanObject(text);
  if (scan.repeated.empty()) return "";
  return "The " + std::string(part) + " has " + Excerpt(scan.repeated) + " twice: at byte " +
         std::to_string(scan.at[0] + 1) + " with " + Excerpt(scan.values[0]) + ", at byte " +
         std::to_string(scan.at[1] + 1) + " with " + Excerpt(scan.values[1]) +
         ". Two readers would see two different tokens: somebody made it up, or its issuer has to write each name "
         "once.";
}

std::string OfBase64url(std::string_view token) {
  if (std::string other = OfOtherThings(token); !other.empty()) return other;
  if (token.starts_with('"') || token.starts_with('\'')) return "The token stands in quotes: send it without them.";
  const std::size_t at = token.find_first_not_of(kAlphabet);
  if (at == std::string_view::npos) {
    if (std::string other = OfOtherKinds(token); !other.empty()) return other;
    return "Each of its characters is one of base64url: so it was cut, or a character was put in, taken out or "
           "changed. Take the token as the issuer wrote it, whole.";
  }
  if (token.find_first_not_of('=', at) == std::string_view::npos) {
    return "The token ends with `=`, and base64url has no padding (RFC 7515 section 2): whoever made the token, or put "
           "that behind it on the way, has to leave it out.";
  }
  std::string text = "The token's character " + std::to_string(at + 1) + ", counted from 1, is ";
  switch (token[at]) {
    case '=':
      return text +
             "`=`: tokens are written without padding (RFC 7515 section 2). Whoever made this one has to leave "
             "it out.";
    case '+':
    case '/':
      return text + '`' + token[at] +
             "`: this is plain base64. Whoever made the token has to write base64url, with - "
             "and _ (RFC 7515 section 2).";
    case ' ':
    case '\t':
      return text + "a space: send the token alone, in one piece.";
    case '%':
      return text + "`%`: it was escaped for a URL. Send it as it was before that.";
    default:
      return text + "none of base64url's (letters, digits, - and _). Take the token as the issuer wrote it.";
  }
}

std::string OfCritical(std::string_view token) {
  const std::string header = Decoded(token, 0);
  json::StrictParser parser;
  Arena arena(4096);
  json::Document document;
  std::string padded = header + std::string(json::StrictParser::kPadding, '\0');
  if (parser.Parse(std::string_view(padded).substr(0, header.size()), arena, &document) != json::Status::kOk) return "";
  const json::Value* const critical = json::Find(document.members, "crit");
  if (critical == nullptr) return "";
  return "crit is " + Excerpt(critical->raw) +
         (json::Find(document.members, "b64") != nullptr ? ", and b64 stands beside it" : "") +
         ": no extension of JWS is known here (RFC 7515 section 4.1.11). If the issuer wrote it, the issuer has to "
         "leave it out; otherwise somebody changed the header.";
}

std::string OfNumbers(std::string_view token) {
  const std::string payload = Decoded(token, 1);
  for (const char* name : {"exp", "nbf", "iat"}) {
    const std::string quoted = '"' + std::string(name) + "\":\"";
    const std::size_t at = payload.find(quoted);
    if (at == std::string::npos) continue;
    const std::size_t from = at + quoted.size();
    const std::size_t end = payload.find_first_not_of("0123456789", from);
    if (end == from || end == std::string::npos || payload[end] != '"') continue;
    return std::string(name) + " has to be a number, " + payload.substr(from, end - from) +
           " without quotes (RFC 7519 section 2): if the issuer wrote it so, the issuer has to mend that; otherwise "
           "somebody changed the payload.";
  }
  return "";
}

}  // namespace assay::cli
