// SIGINT as a file descriptor that becomes readable, so that waiting for input can also wait for
// it.
#pragma once

namespace assay::cli {

class Interrupt {
 public:
  // Takes over SIGINT until destroyed. One at a time. A second SIGINT ends the process at once.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  int fd() const { return fds_[0]; }

  // Makes fd() readable without a signal: to stop a reader for another reason.
  void Wake();

  // Whether SIGINT came.
  static bool Seen();

  // Ends the process the way SIGINT does, so that a shell or script sees an interruption.
  [[noreturn]] static void EndProcess();

 private:
  int fds_[2];
};

}  // namespace assay::cli
