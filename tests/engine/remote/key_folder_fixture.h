// Several refreshers that share a key folder, each as if it were a process of its own: their locks exclude each other.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/remote/key_folder.h"
#include "tests/engine/remote/refresher_fixture.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {

class KeyFolderTest : public ::testing::Test {
 protected:
  // One process: its engine, its network, its log.
  struct Process {
    Reason Judge(const SigningKey& key) const { return testing::Judge(engine, ValidToken(key)); }
    remote::IssuerStatus Status() const { return refresher->Status().at(0); }
    std::size_t fetches() const { return fetcher->count(); }

    std::shared_ptr<FakeFetcher> fetcher = std::make_shared<FakeFetcher>();
    EventLog log;
    std::shared_ptr<Engine> engine;
    std::unique_ptr<remote::Refresher> refresher;
  };
  using Processes = std::vector<std::unique_ptr<Process>>;

  KeyFolderTest() {
    std::filesystem::create_directory(path_);
    ::chmod(path_.c_str(), 0755);
  }

  // A process that starts now. Every one's network serves `served_`.
  std::unique_ptr<Process> Start(IssuerConfig issuer = FetchedIssuer(), remote::RefresherOptions options = {}) {
    auto process = std::make_unique<Process>();
    process->fetcher->Set(kKeysUrl, [this](const auto&) {
      return served_.empty() ? FakeFetcher::Failed(remote::FetchStatus::kUnreachable) : FakeFetcher::Page(served_);
    });
    EngineConfig config;
    config.issuers = {std::move(issuer)};
    config.log = process->log.Callback();
    process->engine = MakeEngine(std::move(config));
    options.fetcher = process->fetcher;
    if (options.clock == nullptr) options.clock = &clock_;
    options.key_folder = path_;
    process->refresher = std::make_unique<remote::Refresher>(process->engine, std::move(options));
    return process;
  }
  Processes StartSeveral(std::size_t count) {
    Processes processes;
    for (std::size_t i = 0; i < count; ++i) processes.push_back(Start());
    return processes;
  }

  void Serve(const std::vector<SigningKey>& keys) { served_ = JwkSet(keys); }

  // Lets `time` go by in steps of a second, in which each of these does what falls due.
  void Pass(std::chrono::seconds time, const Processes& processes) {
    for (std::chrono::seconds gone{0}; gone < time; ++gone) {
      clock_.Advance(std::chrono::seconds(1));
      for (const auto& process : processes) process->refresher->RunDue();
    }
  }
  static std::size_t Fetches(const Processes& processes) {
    std::size_t fetches = 0;
    for (const auto& process : processes) fetches += process->fetches();
    return fetches;
  }

  std::string Path(const std::string& name) const { return path_ + '/' + name; }
  std::string File() const { return Path(Name()); }
  static std::string Name(const std::string& source = kKeysUrl) { return remote::KeyStore::FileName(kIssuer, source); }
  std::string Requests() const { return Path("requests"); }
  static unsigned ModeOf(const std::string& path) {
    struct stat info = {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
  }
  static std::size_t CountIn(const std::string& path) {
    std::error_code none;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path, none)) count += entry.path().empty() ? 0u : 1u;
    return count;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.Path("keys");
  FakeClock clock_;
  std::string served_ = JwkSet(std::vector<SigningKey>{Key(0)});
};

}  // namespace assay::testing
