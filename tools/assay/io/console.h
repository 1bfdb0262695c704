// Standard streams: errors and warnings, colours, and output that never stops half-way unnoticed.
#pragma once

#include <string>
#include <string_view>

namespace assay::cli {

// InputError: usage, configuration or input that cannot be worked with: one line on stderr, exit status 2.
struct InputError {
  std::string message;
};

// ConfigDefects: defects of a configuration file: lines that already name file, line and place.
struct ConfigDefects {
  std::string lines;
};

// Complain: writes `assay: MESSAGE` as one line on stderr; control bytes are escaped.
void Complain(std::string_view message);
void Warn(std::string_view message);

// WriteStderr: writes `text` to stderr as it is.
void WriteStderr(std::string_view text);

// WriteStdout: writes all of `text` to standard output. Throws OutputClosed when its reader is gone (a pipe to `head`,
// say), InputError when it cannot be written otherwise.
void WriteStdout(std::string_view text);
struct OutputClosed {};

// kGreen, kRed, kPlain: what a terminal shows in colour from there on, and no more.
inline constexpr std::string_view kGreen = "\x1b[32m", kRed = "\x1b[31m", kPlain = "\x1b[0m";

// UseColour: true when `fd` is a terminal and the environment does not ask for plain output (NO_COLOR).
bool UseColour(int fd);
bool IsTerminal(int fd);

// PrepareStandardStreams: makes sure that descriptors 0 to 2 are taken, so that no opened file can be mistaken for a
// standard stream, and that writing to a closed pipe is an error rather than a signal.
void PrepareStandardStreams();

}  // namespace assay::cli
