// One token judged with the installed library; the programs of this folder share it.
#pragma once

#include <assay/engine.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

// Prints the verdict. 0 accepted, 1 refused, 2 no engine.
inline int Judge(const char* jwk_set_file, const char* issuer_name, const char* token) {
  assay::IssuerConfig issuer;
  issuer.policy.issuer = issuer_name;
  issuer.policy.audiences = {"https://mcp.example.com/mcp"};
  issuer.keys = {assay::KeySource::Kind::kFile, jwk_set_file};
  assay::EngineConfig config;
  config.issuers.push_back(std::move(issuer));
  auto engine = assay::Engine::Create(std::move(config));
  if (!engine) {
    std::printf("%s\n", engine.error().c_str());
    return 2;
  }
  assay::Worker worker(*engine);
  const assay::Verdict& verdict = worker.Validate(token, std::time(nullptr));
  const std::string subject(verdict.accepted() ? verdict.claims()->subject().value_or("") : "");
  std::printf("%s %s %s\n", verdict.accepted() ? "accept" : "reject",
              std::string(assay::ReasonWord(verdict.reason())).c_str(), subject.c_str());
  return verdict.accepted() ? 0 : 1;
}
