// What `assay config init` writes: sound as it is, right for the tokens that the provider documents, and no rule of it
// is there for nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/conformance/init_cases.h"
#include "tests/testing/engines.h"
#include "tests/tools/run_command.h"
#include "tools/assay/providers/provider.h"

namespace assay::testing {
namespace {

using nlohmann::json;

cli::Answers AnswersOf(const InitCase& one) {
  cli::Answers answers;
  for (const auto& [option, value] : one.answers) answers.Add(option, std::string(value));
  return answers;
}

const cli::Provider& ProviderOf(const InitCase& one) {
  const Result<const cli::Provider*> provider = cli::FindProvider(one.provider);
  if (!provider) std::abort();
  return **provider;
}

class ConfigInitTest : public ::testing::TestWithParam<InitCase> {
 protected:
  ConfigInitTest() : tokens_(FindProvider(GetParam().tokens)) {
    json claims = json::parse(tokens_.claims);
    claims.merge_patch(json::parse(GetParam().patch));
    claims_ = claims.dump();
    tokens_.claims = claims_;
    for (const Variant& variant : tokens_.variants) {
      const auto& apart = GetParam().apart;
      if (!variant.what.empty() && std::find(apart.begin(), apart.end(), variant.what) == apart.end()) {
        inherited_.push_back(variant);
      }
    }
  }

  std::string Written() const { return cli::WriteConfiguration(ProviderOf(GetParam()), AnswersOf(GetParam())); }

  // WithKey: the configuration with a key of ours in place of the provider's, as the provider would publish it.
  std::string WithKey(json configuration, const SigningKey& key) const {
    const std::string jwk = tokens_.jwk.empty() ? key.PublicJwk() : key.JwkWith(tokens_.jwk);
    configuration["issuers"][0]["keys"] = {{"inline", json::parse(JwkSet({jwk}))}};
    return configuration.dump();
  }

  std::shared_ptr<Engine> EngineOf(const std::string& text) const {
    Result<EngineConfig> config = EngineConfig::FromJson(text, "init");
    return config ? MakeEngine(std::move(*config)) : nullptr;
  }

  // Refused: the variants that must not be accepted.
  std::vector<Variant> Refused() const {
    std::vector<Variant> refused = inherited_;
    refused.insert(refused.end(), GetParam().more.begin(), GetParam().more.end());
    std::erase_if(refused, [](const Variant& variant) { return variant.reason == Reason::kAccepted; });
    return refused;
  }

  Provider tokens_;
  std::string claims_;
  std::vector<Variant> inherited_;  // of the table
};

TEST_P(ConfigInitTest, AcceptsItsTokensAndRefusesOthersOfTheSameKey) {
  SCOPED_TRACE(tokens_.page);
  const SigningKey key = KeyOf(tokens_);
  const auto engine = EngineOf(WithKey(json::parse(Written()), key));
  ASSERT_NE(engine, nullptr);
  Worker worker(engine);
  const std::string good = TokenOf(tokens_, key);
  const Verdict& verdict = worker.Validate(good, kNow);
  ASSERT_TRUE(verdict.accepted()) << ReasonWord(verdict.reason()) << ": " << verdict.Detail();
  for (const Variant& variant : inherited_) {
    const std::string token = TokenOf(tokens_, key, variant);
    const Verdict& other = worker.Validate(token, kNow);
    EXPECT_EQ(other.accepted(), variant.reason == Reason::kAccepted) << variant.what << ": " << other.Detail();
  }
  for (const Variant& variant : GetParam().more) {
    const std::string token = TokenOf(tokens_, key, variant);
    const Verdict& other = worker.Validate(token, kNow);
    EXPECT_EQ(other.reason(), variant.reason) << variant.what << ": " << other.Detail();
  }
  EXPECT_GE(Refused().size(), 3u);
  EXPECT_EQ(Judge(engine, TokenOf(tokens_, KeyOf(tokens_, 1))), Reason::kBadSignature);
  EXPECT_EQ(Judge(engine, good, kNow + 3600), Reason::kExpired);
}

// Without any one rule, or the token type, a token that must be refused is accepted, or there is no configuration.
TEST_P(ConfigInitTest, EveryRuleIsNeeded) {
  const SigningKey key = KeyOf(tokens_);
  const json whole = json::parse(Written());
  std::vector<json> without;
  for (std::size_t i = 0; i < whole["issuers"][0].value("claims", json::array()).size(); ++i) {
    without.push_back(whole);
    without.back()["issuers"][0]["claims"].erase(i);
    if (without.back()["issuers"][0]["claims"].empty()) without.back()["issuers"][0].erase("claims");
  }
  if (whole["issuers"][0].contains("token_type")) {
    without.push_back(whole);
    without.back()["issuers"][0].erase("token_type");
  }
  for (const json& configuration : without) {
    const auto engine = EngineOf(WithKey(configuration, key));
    if (engine == nullptr) continue;
    const std::vector<Variant> refused = Refused();
    EXPECT_TRUE(std::any_of(refused.begin(), refused.end(), [&](const Variant& variant) {
      return Judge(engine, TokenOf(tokens_, key, variant)) == Reason::kAccepted;
    })) << configuration.dump(2);
  }
}

// The command writes it, and `config check` has nothing to say against it.
TEST_P(ConfigInitTest, TheCommandWritesWhatConfigCheckFindsGood) {
  const TemporaryFolder folder;
  const std::string file = folder.Path("assay.json");
  test::Arguments arguments = {"config", "init", std::string(GetParam().provider), "--out", file};
  for (const auto& [option, value] : GetParam().answers) {
    arguments.push_back("--" + std::string(option));
    arguments.emplace_back(value);
  }
  const test::Outcome made = test::RunAssay(arguments);
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.out + made.err, "");
  EXPECT_EQ(test::ReadWholeFile(file), Written());
  const test::Outcome again = test::RunAssay(arguments);
  EXPECT_EQ(again.status, 2);
  EXPECT_NE(again.err.find("exists already"), std::string::npos) << again.err;
  const test::Outcome checked = test::RunAssay({"config", "check", file});
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_NE(checked.out.find(": good, 1 issuer"), std::string::npos) << checked.out;
  // Keys from within a cluster are vouched for by files that are there alone.
  const bool needs_files = Written().find("ca_file") != std::string::npos;
  const std::vector<std::string> warnings = test::Lines(checked.err);
  EXPECT_EQ(warnings.size(), needs_files ? 2u : 0u) << checked.err;
  for (const std::string& warning : warnings) EXPECT_NE(warning.find("serviceaccount/"), std::string::npos) << warning;
}

TEST_P(ConfigInitTest, EveryMemberHasItsReason) {
  const json entry = json::parse(Written())["issuers"][0];
  std::set<std::string> members, reasons;
  for (const auto& [name, value] : entry.items()) members.insert(name);
  members.erase("about");
  members.erase("claims");
  for (const auto& [name, why] : entry["about"].items()) {
    reasons.insert(name);
    EXPECT_NE(why.get<std::string>(), "") << name;
  }
  EXPECT_EQ(members, reasons);
  for (const json& rule : entry.value("claims", json::array())) EXPECT_NE(rule.at("about").get<std::string>(), "");
}

// No value becomes more than the value of a string: it is refused, or the issuer and the keys' place stay what they
// are.
TEST_P(ConfigInitTest, HostileValuesAreRefusedOrChangeNothing) {
  const cli::Provider& provider = ProviderOf(GetParam());
  const json good = json::parse(Written())["issuers"][0];
  constexpr std::string_view kNever[] = {"\"", "\",\"x\":\"", "\n",   "\r\n",     "\\",           "{tenant}", "}", "*",
                                         " ",  "\t",          "\x7f", "\xc3\xa9", "\xe2\x80\xae", "\xff",     "`", "<"};
  constexpr std::string_view kUrlish[] = {"@evil.example", "?x=1", "#x", "%2f", "/../x", ":443", "//x", "/", ";x"};
  for (std::size_t i = 0; i < GetParam().answers.size(); ++i) {
    const auto defects_with = [&](const std::string& value, std::string* written) {
      cli::Answers answers;
      for (std::size_t j = 0; j < GetParam().answers.size(); ++j) {
        answers.Add(GetParam().answers[j].first, j == i ? value : std::string(GetParam().answers[j].second));
      }
      const std::string defects = cli::FindDefects(provider, answers);
      if (defects.empty()) *written = cli::WriteConfiguration(provider, answers);
      return defects;
    };
    const std::string value(GetParam().answers[i].second), option(GetParam().answers[i].first);
    std::string written;
    EXPECT_NE(defects_with("", &written).find("--" + option), std::string::npos);
    EXPECT_NE(defects_with(value + std::string(1, '\0'), &written).find("--" + option), std::string::npos);
    EXPECT_NE(defects_with(value + std::string(5000, 'a'), &written).find("--" + option), std::string::npos);
    for (const std::string_view bad : kNever) {
      for (const std::string& hostile : {value + std::string(bad), std::string(bad) + value}) {
        EXPECT_NE(defects_with(hostile, &written).find("--" + option), std::string::npos) << option << ' ' << hostile;
      }
    }
    const bool is_url = option == "issuer" || option == "bundle-url";
    for (const std::string_view bad : kUrlish) {
      if (is_url && (bad == "/" || bad == ":443")) continue;  // another URL, as good as the first
      if (!defects_with(value + std::string(bad), &written).empty()) continue;
      const json entry = json::parse(written)["issuers"][0];
      EXPECT_EQ(entry.value("issuer", json()), good.value("issuer", json())) << option << bad;
      EXPECT_EQ(entry.value("subject_trust_domain", json()), good.value("subject_trust_domain", json()));
      EXPECT_EQ(entry["keys"], good["keys"]) << option << bad;
    }
  }
}

std::string NameOf(const ::testing::TestParamInfo<InitCase>& info) {
  std::string name = std::to_string(info.index);
  std::copy_if(info.param.what.begin(), info.param.what.end(), std::back_inserter(name),
               [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, ConfigInitTest, ::testing::ValuesIn(InitCases()), NameOf);

TEST(ConfigInit, TwentyProvidersAreThereEachWithAndWithoutItsOptions) {
  constexpr std::string_view kProviders[] = {
      "auth0",    "clerk",   "cloudflare-access", "cognito",   "duende",         "entra",    "entra-multi-tenant",
      "firebase", "gcp-iap", "github-actions",    "gitlab-ci", "google",         "keycloak", "kubernetes",
      "okta",     "spiffe",  "supabase",          "workos",    "workos-session", "zitadel"};
  std::vector<std::string_view> names;
  for (const cli::Provider* provider : cli::AllProviders()) names.push_back(provider->name);
  EXPECT_EQ(names, std::vector<std::string_view>(std::begin(kProviders), std::end(kProviders)));
  std::set<std::pair<std::string_view, std::string_view>> asked, answered, left_out;
  for (const cli::Provider* provider : cli::AllProviders()) {
    EXPECT_TRUE(provider->page.starts_with("https://")) << provider->name;
    for (const cli::Question& question : provider->questions) {
      if (!question.option.empty()) asked.insert({provider->name, question.option});
    }
  }
  for (const InitCase& one : InitCases()) {
    for (const auto& [option, value] : one.answers) answered.insert({one.provider, option});
  }
  EXPECT_EQ(asked, answered);
}

TEST(ConfigInit, AllThatIsMissingIsNamedAtOnceWithWhereItIsFound) {
  for (const cli::Provider* provider : cli::AllProviders()) {
    const std::string defects = cli::FindDefects(*provider, cli::Answers());
    std::size_t lines = 0;
    bool has_either = false;
    for (const cli::Question& question : provider->questions) {
      if (question.option.empty()) continue;
      const bool is_required = question.amount == cli::Amount::kOne || question.amount == cli::Amount::kSeveral;
      const bool is_either = question.amount == cli::Amount::kEither;
      const bool is_named = defects.find("--" + std::string(question.option)) != std::string::npos &&
                            defects.find(question.what) != std::string::npos;
      EXPECT_EQ(is_named, is_required || is_either) << provider->name << ' ' << question.option;
      lines += is_required || (is_either && !has_either);
      has_either |= is_either;
    }
    EXPECT_EQ(test::Lines(defects).size(), lines) << defects;
    EXPECT_GE(lines, 1u);
  }
}

// Roles count only where the organization that is meant has granted them.
TEST(ConfigInit, ARoleThatAnotherOrganizationGrantsIsNone) {
  const auto& cases = InitCases();
  const auto zitadel =
      std::find_if(cases.begin(), cases.end(), [](const InitCase& one) { return one.provider == "zitadel"; });
  ASSERT_NE(zitadel, cases.end());
  const Provider tokens = FindProvider(zitadel->tokens);
  const SigningKey key = KeyOf(tokens);
  json whole = json::parse(cli::WriteConfiguration(ProviderOf(*zitadel), AnswersOf(*zitadel)));
  whole["issuers"][0]["keys"] = {{"inline", json::parse(JwkSet({key.PublicJwk()}))}};
  const std::string granted_elsewhere =
      TokenOf(tokens, key, {"elsewhere", R"({"urn:zitadel:iam:org:project:roles": {"editor":
                             {"165461784530191297": null, "2": "globex.zitadel.cloud"}}})"});
  const auto judge = [&](const std::string& token) {
    Result<EngineConfig> config = EngineConfig::FromJson(whole.dump(), "init");
    if (!config) return Reason::kUnset;
    config->issuers[0].policy.required_scopes = {"editor"};
    return Judge(MakeEngine(std::move(*config)), token);
  };
  EXPECT_EQ(judge(TokenOf(tokens, key)), Reason::kAccepted);
  EXPECT_EQ(judge(granted_elsewhere), Reason::kInsufficientScope);
  whole["issuers"][0]["scopes"].erase("granted_by");
  EXPECT_EQ(judge(granted_elsewhere), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
