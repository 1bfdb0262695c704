// key_folder_worker BOARD SLOT FOLDER URL START TIMES REFRESH_SECONDS: a process of a gateway. Follows an issuer's keys
// through the folder, judges tokens without pause, and writes what it finds on the board, until it is killed or its
// parent is gone.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "engine/remote/refresher.h"
#include "tests/engine/remote/key_folder_worker.h"
#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

struct Tokens {
  std::string good, forged, expired;
};

Tokens TokensOf(const SigningKey& key) {
  Tokens tokens{ValidToken(key), ValidToken(key), Sign(key, HeaderOf(key), ClaimsWith("exp", "\"exp\":1"))};
  // Another character where all six bits count.
  char& changed = tokens.forged[tokens.forged.size() - 8];
  changed = changed == 'A' ? 'B' : 'A';
  return tokens;
}

class Process {
 public:
  Process(char** arguments)
      : board_(*MapBoard(arguments[1], false)),
        slot_(board_.slots.at(std::strtoul(arguments[2], nullptr, 10))),
        clock_(std::atoll(arguments[5]), std::atoll(arguments[6])) {
    IssuerConfig issuer = IssuerWith("", kIssuer);
    issuer.keys = {KeySource::Kind::kUrl, arguments[4]};
    issuer.refresh.min_seconds = issuer.refresh.max_seconds = std::atoll(arguments[7]);
    issuer.refresh.cooldown_seconds = issuer.refresh.min_seconds;
    engine_ = MakeEngine(std::move(issuer));
    remote::RefresherOptions options;
    options.clock = &clock_;
    options.key_folder = arguments[3];
    options.poll_interval = std::chrono::milliseconds(20);
    refresher_ = std::make_unique<remote::Refresher>(engine_, options);
    for (unsigned i = 0; i < kRotatingKeys; ++i) tokens_.push_back(TokensOf(RotatingKey(i)));
    unknown_ = ValidToken(RotatingKey(kRotatingKeys));
  }

  [[noreturn]] void Run() {
    const pid_t parent = ::getppid();
    refresher_->Start();
    Worker worker(engine_);
    for (;;) {
      JudgeRound(worker);
      slot_.holds = !refresher_->Status().at(0).follows;
      if (::getppid() != parent) std::_Exit(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  bool Accepts(Worker& worker, const std::string& token) { return worker.Validate(token, kNow).accepted(); }

  void JudgeRound(Worker& worker) {
    const unsigned serving = board_.serving;
    const unsigned stable = board_.stable;
    const bool has_keys = engine_->Ready();  // before: not yet fetched by anyone
    const Tokens& now = tokens_[stable % kRotatingKeys];
    const bool accepted = Accepts(worker, now.good);
    // Only where the key was in the sets for the whole call is the verdict certain.
    if (has_keys && board_.stable == stable) {
      ++slot_.judged;
      // A process that starts between others' use of new keys and their publication begins with those of before: on a
      // disk that hangs, until it fetches by itself (RefreshSchedule::kOverdueAfter).
      const bool had_them = slot_.rotation != kNoRotation && slot_.rotation + 1 >= stable;
      if (!accepted && had_them && slot_.wrongly_refused++ == 0) slot_.refused_at = slot_.rotation.load();
      if (!accepted && !had_them) ++slot_.early;
    }
    for (const std::string* const hostile :
         std::initializer_list<const std::string*>{&now.forged, &now.expired, &unknown_}) {
      if (Accepts(worker, *hostile)) ++slot_.wrongly_accepted;
      ++slot_.hostile;
    }
    // The second key of a rotation is new with it.
    if (slot_.rotation != serving && Accepts(worker, tokens_[(serving + 1) % kRotatingKeys].good)) {
      slot_.rotation = serving;
    }
  }

  WorkerBoard& board_;
  WorkerSlot& slot_;
  const FastClock clock_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<remote::Refresher> refresher_;
  std::vector<Tokens> tokens_;
  std::string unknown_;
};

}  // namespace
}  // namespace assay::testing

int main(int argc, char** argv) {
  if (argc != 8) return 2;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  assay::testing::Process(argv).Run();
}
