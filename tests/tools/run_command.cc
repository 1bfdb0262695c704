#include "tests/tools/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "engine/base/check.h"
#include "tests/testing/eventually.h"

extern char** environ;

namespace assay::test {
namespace {

void CloseFd(int* fd) {
  if (*fd >= 0) ::close(*fd);
  *fd = -1;
}

// Appends what is there; false at the end.
bool ReadSome(int fd, std::string* text) {
  char buffer[65536];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got > 0) text->append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Process::Process(const Arguments& arguments, const std::map<std::string, std::string>& environment) {
  std::signal(SIGPIPE, SIG_IGN);
  int in[2], out[2], err[2];
  ASSAY_CHECK(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  ASSAY_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(err[1], 2);
    std::signal(SIGPIPE, SIG_DFL);
    for (const auto& [name, value] : environment) {
      if (value.empty()) {
        ::unsetenv(name.c_str());
      } else {
        ::setenv(name.c_str(), value.c_str(), 1);
      }
    }
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in[0]), ::close(out[1]), ::close(err[1]);
  in_fd_ = in[1], out_fd_ = out[0], err_fd_ = err[0];
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  CloseFd(&in_fd_), CloseFd(&out_fd_), CloseFd(&err_fd_);
}

void Process::Write(std::string_view text) {
  // Reads meanwhile, so that neither side waits for the other for ever.
  while (!text.empty() && in_fd_ >= 0) {
    pollfd fds[] = {{in_fd_, POLLOUT, 0}, {out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
    ::poll(fds, 3, -1);
    if (fds[1].revents != 0 && !ReadSome(out_fd_, &outcome_.out)) CloseFd(&out_fd_);
    if (fds[2].revents != 0 && !ReadSome(err_fd_, &outcome_.err)) CloseFd(&err_fd_);
    if (fds[0].revents == 0) continue;
    // At most what a writable pipe takes without blocking.
    const ssize_t written = ::write(in_fd_, text.data(), std::min<std::size_t>(text.size(), 4096));
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Process::CloseInput() { CloseFd(&in_fd_); }
void Process::CloseOutput() { CloseFd(&out_fd_); }
void Process::Signal(int number) { ::kill(pid_, number); }

bool Process::Await(int fd, std::string* text, std::string_view wanted, std::size_t from) {
  const auto end = std::chrono::steady_clock::now() + testing::kGenerousTimeout;
  while (text->find(wanted, from) == std::string::npos) {
    pollfd poll_fd = {fd, POLLIN, 0};
    const int ready = ::poll(&poll_fd, 1, 100);
    if (ready > 0 && !ReadSome(fd, text)) return false;
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

std::optional<std::string> Process::ReadLine() {
  if (!Await(out_fd_, &outcome_.out, "\n", lines_end_)) return std::nullopt;
  const std::size_t start = std::exchange(lines_end_, outcome_.out.find('\n', lines_end_) + 1);
  return outcome_.out.substr(start, lines_end_ - 1 - start);
}

Outcome Process::Finish() {
  CloseInput();
  while (out_fd_ >= 0 || err_fd_ >= 0) {
    pollfd fds[] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
    ::poll(fds, 2, -1);
    if (fds[0].revents != 0 && !ReadSome(out_fd_, &outcome_.out)) CloseFd(&out_fd_);
    if (fds[1].revents != 0 && !ReadSome(err_fd_, &outcome_.err)) CloseFd(&err_fd_);
  }
  int status = 0;
  rusage usage;
  ASSAY_CHECK(::wait4(pid_, &status, 0, &usage) == pid_);
  pid_ = -1;
  if (WIFEXITED(status)) outcome_.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
  outcome_.max_rss_kib = usage.ru_maxrss;
  return std::move(outcome_);
}

Outcome RunAssay(const Arguments& arguments, std::string_view input,
                 const std::map<std::string, std::string>& environment) {
  Arguments whole = {ASSAY_COMMAND};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  Process process(whole, environment);
  process.Write(input);
  return process.Finish();
}

Outcome RunShell(const std::string& script) {
  Process process({"/bin/sh", "-c", script}, {{"ASSAY", ASSAY_COMMAND}});
  return process.Finish();
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace assay::test
