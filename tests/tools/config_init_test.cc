// assay config init: its list, its refusals, and README's way from a provider's name to judged tokens.
#include <sys/stat.h>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

class ConfigInitCommand : public ::testing::Test {
 protected:
  static Outcome Init(Arguments more) {
    more.insert(more.begin(), {"config", "init"});
    return RunAssay(more);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ConfigInitCommand, WithoutAProviderItListsThemWithWhatEachAsksFor) {
  const Outcome list = Init({});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_EQ(Init({"--list"}).out, list.out);
  for (const char* line :
       {"\nentra: Microsoft Entra ID, access tokens (v2.0) of one tenant\n",
        "\n  --tenant            Directory (tenant) ID: App registrations > the API > Overview\n",
        "\n  --owner-id          the owner's numeric id: `id` of https://api.github.com/users/OWNER (repeatable)\n"}) {
    EXPECT_NE(list.out.find(line), std::string::npos) << line;
  }
  const Outcome one = Init({"cognito", "--list"});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(Lines(one.out).size(), 3u) << one.out;
  EXPECT_NE(list.out.find(one.out), std::string::npos);
}

TEST_F(ConfigInitCommand, AnUnknownProviderIsToldTheNearest) {
  ExpectError(Init({"gogle"}), "there is no provider `gogle`; `google` is one");
  ExpectError(Init({"github", "--list"}), "`github-actions` is one");
  ExpectError(Init({"amazon"}), "`assay config init --list` names them");
  ExpectError(Init({"--audience", "a"}), "PROVIDER is missing");
  ExpectError(Init({"", "--audience", "a"}), "there is no provider ``");
}

TEST_F(ConfigInitCommand, AllDefectsAreToldAtOnce) {
  const Outcome missing = Init({"gitlab-ci", "--project-id", "x", "--tenant", "t", "--out", folder_.Path("none")});
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(missing.out, "");
  EXPECT_EQ(missing.err,
            "assay: gitlab-ci: --tenant is not asked for; these are: --audience --namespace-id --project-id --issuer\n"
            "assay: gitlab-ci: --audience is missing: what jobs must ask for: one's own URL, say\n"
            "assay: gitlab-ci: --namespace-id is missing: the group's or user's numeric id: the group's page > Group "
            "ID\n"
            "assay: gitlab-ci: --project-id `x` must be a number, without zeros before it\n");
  ExpectError(Init({"google", "--audience", "a"}), "--subject is missing: whose tokens are meant");
  ExpectError(Init({"google", "--audience", "a"}), "; or --hosted-domain, ");
  struct stat info;
  EXPECT_NE(::stat(folder_.Path("none").c_str(), &info), 0);
}

TEST_F(ConfigInitCommand, ValuesThatAreNotMeantAreRefused) {
  const auto okta = [](const std::string& issuer) { return Init({"okta", "--issuer", issuer, "--audience", "a"}); };
  EXPECT_EQ(okta("https://acme.okta.com/oauth2/default").status, 0);
  ExpectError(okta("https://acme.okta.com"), "tokens of the org server are for Okta itself");
  ExpectError(okta("https://acme.okta.com/oauth2/"), "a custom authorization server's");
  ExpectError(okta("http://acme.okta.com/oauth2/default"), "must be an https: URL");
  ExpectError(okta("https://ACME.okta.com/oauth2/default"), "a host in lower case");
  ExpectError(okta("https://acme.okta.com@evil.example/oauth2/default"), "must be an https: URL");
  const auto auth0 = [](const std::string& domain, const std::string& audience = "a") {
    return Init({"auth0", "--domain", domain, "--audience", audience});
  };
  EXPECT_EQ(auth0("t.auth0.com").status, 0);
  for (const char* domain : {"https://t.auth0.com", "t.auth0.com/x", "t.auth0.com:443", "t.auth0.com.", "127.0.0.1",
                             "localhost", "T.auth0.com", "t.auth0.com@evil.example", "t..auth0.com", "t.auth0.com?x"}) {
    ExpectError(auth0(domain), "--domain `" + std::string(domain) + "` must be a host name in lower case");
  }
  ExpectError(auth0("t.auth0.com", "a\"b"), "--audience `a\"b` must be 1 to 512 characters of ASCII");
  ExpectError(auth0("t.auth0.com", "a\x1b[31m\nb"), "--audience `a\\u001b[31m");
  const auto entra = [](const Arguments& tenants) {
    Arguments arguments = {"entra", "--audience", "00001111-aaaa-2222-bbbb-3333cccc4444"};
    for (const std::string& tenant : tenants) arguments.insert(arguments.end(), {"--tenant", tenant});
    return Init(arguments);
  };
  const std::string tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
  EXPECT_EQ(entra({tenant}).status, 0);
  for (const char* other : {"common", "organizations", "contoso.onmicrosoft.com",
                            "AAAABBBB-0000-CCCC-1111-DDDD2222EEEE", "aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0?"}) {
    ExpectError(entra({other}), "must be a GUID in lower case");
  }
  ExpectError(entra({tenant, "bbbbcccc-1111-dddd-2222-eeee3333ffff"}), "--tenant can be given once only");
  ExpectError(Init({"spiffe", "--trust-domain", "a.example", "--audience", "a", "--bundle-url", "https://a.example/b",
                    "--subject", "spiffe://a.example/x", "--subject", "spiffe://a.example/x"}),
              "--subject `spiffe://a.example/x` is given twice");
  ExpectError(Init({"spiffe", "--trust-domain", "a.example", "--audience", "a", "--bundle-url", "https://a.example/b",
                    "--subject", "spiffe://b.example/x"}),
              "--subject `spiffe://b.example/x` is of another trust domain");
}

TEST_F(ConfigInitCommand, NothingIsWrittenThatConfigCheckWouldRefuse) {
  const std::string out = folder_.Path("assay.json");
  const auto with_keys = [&](const std::string& keys, const std::string& file) {
    return Init({"auth0", "--domain", "t.auth0.com", "--audience", "a", "--jwks", keys, "--out", file});
  };
  ExpectError(with_keys(folder_.Path("absent"), out), "absent");
  ExpectError(with_keys(folder_.File("bad.json", "{}"), out), "auth0: ");
  ExpectError(with_keys("", out), "--jwks is empty");
  struct stat info;
  EXPECT_NE(::stat(out.c_str(), &info), 0);
  EXPECT_EQ(RunAssay({"keygen", "--alg", "RS256", "--out", folder_.Path("key.jwk")}).status, 0);
  const std::string keys = folder_.File("jwks.json", RunAssay({"jwks", folder_.Path("key.jwk")}).out);
  ExpectError(with_keys(keys, ""), "--out is empty");
  EXPECT_EQ(with_keys(keys, out).status, 0);
  ASSERT_EQ(::stat(out.c_str(), &info), 0);
  const std::string written = ReadWholeFile(out);
  EXPECT_EQ(Init({"auth0", "--domain", "t.auth0.com", "--audience", "a", "--jwks", keys}).out, written);
  ExpectError(with_keys(keys, out), "exists already, and is not overwritten");
  EXPECT_EQ(ReadWholeFile(out), written);
}

// Fence: what stands in the first fence of `text` that begins with `opening`.
std::string Fence(const std::string& text, const std::string& opening) {
  const std::string start = '\n' + opening + '\n';
  const std::size_t before = text.find(start);
  if (before == std::string::npos) return "";
  const std::size_t inside = before + start.size();
  return text.substr(inside, text.find("\n```", inside) + 1 - inside);
}

TEST_F(ConfigInitCommand, ReadmesStepsDoWhatTheySay) {
  const std::string readme = ReadWholeFile(ASSAY_README);
  const std::size_t marker = readme.find("<!-- steps:");
  ASSERT_NE(marker, std::string::npos);
  const std::string steps = Fence(readme.substr(marker), "```sh");
  ASSERT_GE(Lines(steps).size(), 10u);
  const std::string said = Fence(readme.substr(readme.find(steps) + steps.size() + 3), "```");
  ASSERT_EQ(Lines(said).size(), 4u);
  const Outcome outcome =
      RunShell("set -e; PATH=\"$(dirname \"$ASSAY\"):$PATH\"; cd '" + folder_.Path("") + "'\n" + steps);
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find("assay.json: good, 1 issuer\n" + said), std::string::npos) << outcome.out;

  // README goes on to explain the second token.
  constexpr char kExplain[] = "$ assay explain --config trial.json token.txt\n";
  const std::size_t explained = readme.find(kExplain);
  ASSERT_NE(explained, std::string::npos);
  const std::string shown = readme.substr(explained + sizeof kExplain - 1,
                                          readme.find("\n…", explained) - explained - (sizeof kExplain - 1) + 1);
  ASSERT_GE(Lines(shown).size(), 6u);
  const Outcome explain =
      RunShell("cd '" + folder_.Path("") +
               "' && sed -n 2p tokens.txt >token.txt && \"$ASSAY\" explain --config trial.json token.txt");
  EXPECT_EQ(explain.status, 1) << explain.err;
  EXPECT_EQ(explain.out.substr(0, shown.size()), shown);
}

}  // namespace
}  // namespace assay::test
