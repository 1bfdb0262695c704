// What is wrong with a token that its text alone shows: sentences for CloserLook(). Each is empty where nothing is
// seen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::cli {

// Decoded: a segment's bytes; nothing where the token has not so many, or it is no base64url.
std::string Decoded(std::string_view token, std::size_t segment);

std::string OfSegments(std::string_view token);
std::string OfBase64url(std::string_view token);

// OfJson, OfRepeatedName: `text` is what the `part`, header or payload, decodes to.
std::string OfJson(std::string_view part, const std::string& text);
std::string OfRepeatedName(std::string_view part, const std::string& text);

std::string OfCritical(std::string_view token);

// OfNumbers: times that are spelled as strings.
std::string OfNumbers(std::string_view token);

}  // namespace assay::cli
