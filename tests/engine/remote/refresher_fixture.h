// A refresher over a network and a clock that the test holds in its hands.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/remote/refresher.h"
#include "tests/engine/remote/fake_fetcher.h"
#include "tests/testing/engines.h"
#include "tests/testing/event_log.h"

namespace assay::testing {

inline constexpr char kKeysUrl[] = "https://issuer.example/keys";

// An issuer whose keys come from kKeysUrl.
inline IssuerConfig FetchedIssuer(std::string_view name = kIssuer, std::string url = kKeysUrl) {
  IssuerConfig issuer = IssuerWith("", name);
  issuer.keys = {KeySource::Kind::kUrl, std::move(url)};
  return issuer;
}

class RefresherTest : public ::testing::Test {
 protected:
  // Makes the engine and the refresher; nothing is fetched yet.
  void Make(std::vector<IssuerConfig> issuers, remote::RefresherOptions options = {}) {
    MakeLogging(std::move(issuers), log_.Callback(), std::move(options));
  }
  void Make(IssuerConfig issuer = FetchedIssuer()) { Make(std::vector<IssuerConfig>{std::move(issuer)}); }

  // Likewise, with a callback of the test's own.
  void MakeLogging(std::vector<IssuerConfig> issuers, LogCallback log, remote::RefresherOptions options = {}) {
    refresher_.reset();
    EngineConfig config;
    config.issuers = std::move(issuers);
    config.log = std::move(log);
    engine_ = MakeEngine(std::move(config));
    options.fetcher = fetcher_;
    options.clock = &clock_;
    options.poll_interval = std::chrono::milliseconds(1);
    refresher_ = std::make_unique<remote::Refresher>(engine_, std::move(options));
  }

  // Lets `time` go by in steps of a second, doing what falls due.
  void Pass(std::chrono::seconds time) {
    for (std::chrono::seconds gone{0}; gone < time; ++gone) {
      clock_.Advance(std::chrono::seconds(1));
      refresher_->RunDue();
    }
  }

  void Serve(const std::vector<SigningKey>& keys) { fetcher_->SetBody(kKeysUrl, JwkSet(keys)); }
  void Fail(remote::FetchStatus status = remote::FetchStatus::kUnreachable) {
    fetcher_->Set(kKeysUrl, [status](const auto&) { return FakeFetcher::Failed(status); });
  }

  Reason Judge(const SigningKey& key) { return testing::Judge(engine_, ValidToken(key)); }
  remote::IssuerStatus Status() { return refresher_->Status().at(0); }
  std::ptrdiff_t Events(std::string_view word) const { return log_.Count(word); }

  const std::shared_ptr<FakeFetcher> fetcher_ = std::make_shared<FakeFetcher>();
  FakeClock clock_;
  std::shared_ptr<Engine> engine_;
  const EventLog log_;
  std::unique_ptr<remote::Refresher> refresher_;  // last: its threads use what stands above until they have ended
};

// Keys of one issuer, oldest first.
inline const SigningKey& Key(unsigned number) {
  static const std::vector<SigningKey> keys = [] {
    std::vector<SigningKey> made;
    for (unsigned i = 0; i < 4; ++i) made.push_back(SigningKey::Make(Algorithm::kES256, "k" + std::to_string(i), i));
    return made;
  }();
  return keys.at(number);
}

}  // namespace assay::testing
