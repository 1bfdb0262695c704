// What can be seen of a JSON object that a strict reader refuses: for people, never for a decision.
#pragma once

#include <cstddef>
#include <string_view>

namespace assay::cli {

// ObjectScan: what is seen of the text of a JSON object that no strict reader takes.
struct ObjectScan {
  std::size_t end = std::string_view::npos;  // behind its closing brace; npos: it is never closed
  std::string_view repeated;                 // a name that it has twice, as it is spelled; empty: none
  std::size_t at[2] = {0, 0};                // where that stands
  std::string_view values[2];                // what follows it there
};

// ScanObject: looks at names of the object itself, not of objects inside it. Never fails, whatever the text.
ObjectScan ScanObject(std::string_view text);

}  // namespace assay::cli
