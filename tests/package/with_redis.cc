// A host that keeps its engine's revocations up to date with assay::redis, from the configuration alone.
#include <assay/engine.h>
#include <assay/remote/feeds/redis_feed.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

// A JWK Set's file, the issuer, a token and the server's URL. Prints the verdict and the feed's state.
// 0 accepted, 1 refused, 2 no engine or no feed.
int main(int argc, char** argv) {
  if (argc != 5) return 4;
  const std::string text = R"({"version":1,"issuers":[{"issuer":")" + std::string(argv[2]) +
                           R"(","audiences":["https://mcp.example.com/mcp"],"keys":{"file":")" + argv[1] +
                           R"("}}],"revocation":{"redis":{"url":")" + argv[4] + R"("}}})";
  auto config = assay::EngineConfig::FromJson(text, "config");
  if (!config) {
    std::printf("%s\n", config.error().c_str());
    return 2;
  }
  auto engine = assay::Engine::Create(std::move(*config));
  if (!engine) {
    std::printf("%s\n", engine.error().c_str());
    return 2;
  }
  auto feed = assay::RedisFeed::Make(*engine);
  if (!feed) {
    std::printf("%s\n", feed.error().c_str());
    return 2;
  }
  const assay::Result<void> caught_up = (*feed)->CatchUp();
  (*feed)->Start();
  assay::Worker worker(*engine);
  const assay::Verdict& verdict = worker.Validate(argv[3], std::time(nullptr));
  std::printf("%s %s %s, feed: %s\n", verdict.accepted() ? "accept" : "reject",
              std::string(assay::ReasonWord(verdict.reason())).c_str(),
              verdict.accepted() ? std::string(verdict.claims()->subject().value_or("")).c_str() : "",
              caught_up ? "caught up" : caught_up.error().c_str());
  (*feed)->Stop();
  return verdict.accepted() ? 0 : 1;
}
