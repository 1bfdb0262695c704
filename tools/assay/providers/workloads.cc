// Identities of machines and of jobs. Most of these issuers give a token with any audience to whoever asks: an `in`
// rule on the owner says whose tokens are meant.
#include <algorithm>

#include "tools/assay/providers/entry.h"

namespace assay::cli {
namespace {

constexpr std::string_view kChosenAudience = "whoever asks for a token chooses it: it says nothing of who asks";

std::string WriteGitHub(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", "https://token.actions.githubusercontent.com", "the same for all of github.com")
      .Audiences("audience", kChosenAudience)
      .Algorithms({"RS256"})
      .Discover()
      .Leeway(30)
      .In({"repository_owner_id"}, answers.All("owner-id"),
          "every workflow of github.com gets tokens of this key; an id outlives the name, which others can take over");
  if (answers.Has("repository-id")) {
    entry.In({"repository_id"}, answers.All("repository-id"), "the owner's repositories that are meant");
  }
  if (answers.Has("ref")) entry.In({"ref"}, answers.All("ref"), "branches and tags whose workflows are meant");
  return entry.Json();
}

std::string WriteGitLab(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", answers.One("issuer", "https://gitlab.com"), "the instance")
      .Audiences("audience", kChosenAudience)
      .Algorithms({"RS256"})
      .Discover()
      .Leeway(30)
      .In({"namespace_id"}, answers.All("namespace-id"),
          "every job of the instance gets tokens of this key; an id outlives the path, which others can take over")
      .In({"ref_protected"}, {"true"}, "jobs of protected branches and tags alone; a string");
  if (answers.Has("project-id")) {
    entry.In({"project_id"}, answers.All("project-id"), "the namespace's projects that are meant");
  }
  return entry.Json();
}

// NamespacesOf: of service accounts' subjects, each once.
std::vector<std::string> NamespacesOf(const std::vector<std::string>& subjects) {
  constexpr std::string_view kStart = "system:serviceaccount:";
  std::vector<std::string> namespaces;
  for (const std::string& subject : subjects) {
    const std::string name = subject.substr(kStart.size(), subject.rfind(':') - kStart.size());
    if (std::find(namespaces.begin(), namespaces.end(), name) == namespaces.end()) namespaces.push_back(name);
  }
  return namespaces;
}

std::string WriteKubernetes(const Answers& answers) {
  constexpr std::string_view kFolder = "/var/run/secrets/kubernetes.io/serviceaccount/";
  Entry entry(answers);
  if (answers.Has("issuer")) {
    entry.Member("issuer", answers.One("issuer"), "the cluster, as its API server's --service-account-issuer has it")
        .Discover();
  } else {
    std::string keys;
    json::Writer(&keys)
        .Begin('{')
        .Member("url", "https://kubernetes.default.svc/openid/v1/jwks")
        .Name("private_addresses")
        .Raw("true")
        .Member("ca_file", std::string(kFolder) + "ca.crt")
        .Member("bearer_token_file", std::string(kFolder) + "token")
        .End('}');
    entry.Member("issuer", "https://kubernetes.default.svc.cluster.local", "the usual one, the same in every cluster")
        .Keys(std::move(keys),
              "the API server's, from within: vouched for by its CA, and asked with the pod's own token");
  }
  entry.Audiences("audience", kChosenAudience)
      .Algorithms({"RS256"})
      .Leeway(30)
      .In({"sub"}, answers.All("subject"), "the service accounts that are meant: all of the cluster have this key")
      .In({"kubernetes.io", "namespace"}, NamespacesOf(answers.All("subject")), "their namespaces");
  return entry.Json();
}

std::string WriteSpiffe(const Answers& answers) {
  Entry entry(answers);
  entry.Member("subject_trust_domain", answers.One("trust-domain"), "JWT-SVIDs have no iss: `sub` says whose they are")
      .Audiences("audience", kChosenAudience)
      .Algorithms({"ES256", "RS256"}, "SPIRE's usual ones")
      .KeysAt(answers.One("bundle-url"), "the trust domain's bundle: keys of use jwt-svid")
      .In({"sub"}, answers.All("subject"), "the workloads that are meant: all of the trust domain have this key");
  return entry.Json();
}

std::vector<std::pair<std::string_view, std::string>> CheckSpiffe(const Answers& answers) {
  const std::string start = "spiffe://" + answers.One("trust-domain") + '/';
  std::vector<std::pair<std::string_view, std::string>> wrong;
  for (const std::string& subject : answers.All("subject")) {
    if (!subject.starts_with(start)) wrong.emplace_back("subject", '`' + subject + "` is of another trust domain");
  }
  return wrong;
}

constexpr Question kAudience = {"audience", Amount::kSeveral, AnyText, "what jobs must ask for: one's own URL, say"};

constexpr Provider kWorkloads[] = {
    {"github-actions",
     "GitHub Actions, ID tokens of workflows",
     "https://docs.github.com/en/actions/reference/security/oidc",
     {{kAudience,
       {"owner-id", Amount::kSeveral, Digits, "the owner's numeric id: `id` of https://api.github.com/users/OWNER"},
       {"repository-id", Amount::kOptionalSeveral, Digits, "`id` of https://api.github.com/repos/OWNER/REPOSITORY"},
       {"ref", Amount::kOptionalSeveral, GitRef, "branch or tag, such as refs/heads/main"}}},
     WriteGitHub},
    {"gitlab-ci",
     "GitLab CI, ID tokens of jobs",
     "https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload",
     {{kAudience,
       {"namespace-id", Amount::kSeveral, Digits, "the group's or user's numeric id: the group's page > Group ID"},
       {"project-id", Amount::kOptionalSeveral, Digits, "the project's page > Project ID"},
       {"issuer", Amount::kOptional, IssuerUrl, "the URL of an instance other than https://gitlab.com"}}},
     WriteGitLab},
    {"kubernetes",
     "Kubernetes, tokens of service accounts",
     "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens",
     {{{"audience", Amount::kSeveral, AnyText, "what pods must ask for: `audience` of their projected token"},
       {"subject", Amount::kSeveral, ServiceAccount, "system:serviceaccount:NAMESPACE:NAME of each account"},
       {"issuer", Amount::kOptional, IssuerUrl,
        "a cluster's with public keys: `issuer` of kubectl get --raw /.well-known/openid-configuration"}}},
     WriteKubernetes},
    {"spiffe",
     "SPIFFE, JWT-SVIDs of one trust domain",
     "https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md",
     {{{"trust-domain", Amount::kOne, TrustDomain, "trust_domain of the SPIRE server's configuration"},
       {"audience", Amount::kSeveral, AnyText, "what workloads must ask for: one's own SPIFFE ID, say"},
       {"subject", Amount::kSeveral, SpiffeId, "the SPIFFE ID of each workload: spire-server entry show"},
       {"bundle-url", Amount::kOne, IssuerUrl, "the bundle endpoint, federation.bundle_endpoint of the SPIRE server"}}},
     WriteSpiffe,
     CheckSpiffe},
};

}  // namespace

std::span<const Provider> WorkloadProviders() { return kWorkloads; }

}  // namespace assay::cli
