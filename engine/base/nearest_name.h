// NearestName: what someone may have meant by a name that is not known.
#pragma once

#include <span>
#include <string_view>

namespace assay {

// NearestName: of `known`, the nearest that is part of `name`, has it as a part, or differs from it in few letters.
// Empty: none.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> known);

}  // namespace assay
