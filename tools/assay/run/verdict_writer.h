// Verdicts as lines of output.
#pragma once

#include <cstdint>
#include <string>

#include "engine/pipeline/verdict.h"
#include "tools/assay/io/token_reader.h"

namespace assay::cli {

enum class Format : std::uint8_t { kText, kJson, kNone };

// AppendVerdict: appends one line for the token at `line`. `cut`: the token did not fit and only its beginning was
// shown to the engine.
void AppendVerdict(std::string* out, Format format, bool colour, const TokenBlock::Line& line, bool cut,
                   const Verdict& verdict);

}  // namespace assay::cli
