// Runs the built `assay` as users do: arguments, standard streams, exit status.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/testing/temporary_folder.h"

namespace assay::test {

struct Outcome {
  int status = -1;  // exit status; -1 when a signal ended the process
  int signal = 0;
  std::string out;
  std::string err;
  long max_rss_kib = 0;
};

using Arguments = std::vector<std::string>;

// A running command. Its streams are pipes.
class Process {
 public:
  // `environment`: changes to the caller's. An empty value removes the variable.
  explicit Process(const Arguments& arguments, const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Write(std::string_view text);  // false news of a closed pipe are ignored
  void CloseInput();
  void CloseOutput();  // stop reading the command's standard output
  void Signal(int number);

  // Waits until standard output (or standard error) holds `text`. False after a minute, or when
  // it has ended without.
  bool AwaitOutput(std::string_view text) { return Await(out_fd_, &outcome_.out, text); }
  bool AwaitError(std::string_view text) { return Await(err_fd_, &outcome_.err, text); }

  // The next line of standard output, without its end. Nothing after a minute, or when there is none.
  std::optional<std::string> ReadLine();

  // Closes the input, reads everything and waits for the end.
  Outcome Finish();

  pid_t pid() const { return pid_; }

 private:
  bool Await(int fd, std::string* text, std::string_view wanted, std::size_t from = 0);

  pid_t pid_ = -1;
  int in_fd_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  std::size_t lines_end_ = 0;  // of the lines that ReadLine() has given
  Outcome outcome_;
};

// Runs the command to its end with `input` on standard input.
Outcome RunAssay(const Arguments& arguments, std::string_view input = "",
                 const std::map<std::string, std::string>& environment = {});

// The same through `sh -c`; the command's path is in $ASSAY.
Outcome RunShell(const std::string& script);

std::string ReadWholeFile(const std::string& path);
std::vector<std::string> Lines(const std::string& text);

}  // namespace assay::test
