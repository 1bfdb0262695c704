#include "tests/conformance/wycheproof.h"

#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "engine/jwks/jwk_set.h"
#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

// From the SubjectPublicKeyInfo, through JWK text, to the engine's key.
std::shared_ptr<const PublicKey> KeyOf(const nlohmann::json& group) {
  const char* const member = group.contains("publicKeyDer") ? "publicKeyDer" : "keyDer";
  if (!group.contains(member)) return nullptr;
  const std::string der = FromHex(group.at(member));
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const std::uint8_t*>(der.data()), der.size());
  bssl::UniquePtr<EVP_PKEY> evp(EVP_parse_public_key(&cbs));
  if (!evp) {
    ERR_clear_error();
    return nullptr;
  }
  return KeyFromJwk(Concat({"{", JwkMembers(evp.get()), "}"}));
}

std::optional<std::filesystem::path> Find(const std::string& name, const std::string& old_name) {
  if (HaveSharedWycheproof()) return *VectorsFolder() / "wycheproof" / name;
  const std::filesystem::path old = std::filesystem::path(ASSAY_WYCHEPROOF_DIR) / (old_name.empty() ? name : old_name);
  if (std::string_view(ASSAY_WYCHEPROOF_DIR).empty() || !std::filesystem::exists(old)) return std::nullopt;
  return old;
}

}  // namespace

std::string FromHex(const std::string& hex) {
  EXPECT_EQ(hex.size() % 2, 0u);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::shared_ptr<const PublicKey> KeyFromJwk(const std::string& jwk) {
  const auto set = jwks::ReadJwkSet(jwk, AllAlgorithms());
  EXPECT_TRUE(set.ok()) << jwk;
  if (!set || set->size() != 1) return nullptr;
  return set->front().key;
}

bool HaveSharedWycheproof() {
  const auto folder = VectorsFolder();
  return folder && std::filesystem::is_directory(*folder / "wycheproof");
}

std::optional<WycheproofFile> ReadWycheproof(const std::string& name, const std::string& old_name) {
  const auto path = Find(name, old_name);
  if (!path) return std::nullopt;
  nlohmann::json document = ReadJson(*path);
  WycheproofFile file;
  file.announced = document.at("numberOfTests");
  for (nlohmann::json& group : document.at("testGroups")) {
    const nlohmann::json tests = std::move(group.at("tests"));
    group.erase("tests");
    std::shared_ptr<const PublicKey> key = KeyOf(group);
    // With a table, so that the kernels take it.
    if (key != nullptr && key->type() == KeyType::kP256) key = key->WithTable(5);
    for (const nlohmann::json& test : tests) {
      WycheproofCase item;
      item.name = name + " tcId " + std::to_string(test.at("tcId").get<int>());
      item.comment = test.at("comment");
      item.flags = test.at("flags").get<std::vector<std::string>>();
      item.result = test.at("result");
      item.message = FromHex(test.at("msg"));
      item.signature = FromHex(test.contains("sig") ? test.at("sig") : test.at("tag"));
      item.group = group;
      item.key = key;
      file.cases.push_back(std::move(item));
    }
  }
  return file;
}

namespace {

// The statuses of one kernel, in one batch and one by one, which must be the same.
std::vector<SignatureStatus> VerifyWith(const Kernel& kernel, std::vector<SignatureJob> jobs,
                                        const std::vector<std::string>& names) {
  BatchVerifier verifier(kernel);
  std::vector<SignatureJob> singles = jobs;
  verifier.Verify(jobs);
  std::vector<SignatureStatus> answers;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    verifier.Verify({&singles[j], 1});
    EXPECT_EQ(jobs[j].status, singles[j].status) << kernel.name << ": " << names[j];
    EXPECT_NE(jobs[j].status, SignatureStatus::kUnchecked) << kernel.name << ": " << names[j];
    answers.push_back(jobs[j].status);
  }
  return answers;
}

}  // namespace

std::vector<SignatureStatus> VerifyAll(const std::vector<WycheproofCase>& cases, Algorithm algorithm) {
  std::vector<SignatureJob> jobs;
  std::vector<std::size_t> origin;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].key == nullptr || !cases[i].key->capable().Contains(algorithm)) continue;
    jobs.push_back({cases[i].key.get(), algorithm, cases[i].message, cases[i].signature, SignatureStatus::kUnchecked});
    origin.push_back(i);
    names.push_back(cases[i].name);
  }
  std::vector<SignatureStatus> answers(cases.size(), SignatureStatus::kUnchecked);
  const Result<const Kernel*> reference = ChooseKernel("boringssl");
  EXPECT_TRUE(reference.ok());
  const std::vector<SignatureStatus> expected = VerifyWith(**reference, jobs, names);
  for (std::size_t j = 0; j < jobs.size(); ++j) answers[origin[j]] = expected[j];
  for (const Kernel* kernel : Kernels()) {
    if (!IsSupported(*kernel)) {
      std::printf("kernel %s is not supported by this CPU: not tested\n", kernel->name.data());
      continue;
    }
    const std::vector<SignatureStatus> got = VerifyWith(*kernel, jobs, names);
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      EXPECT_EQ(got[j], expected[j]) << kernel->name << ": " << names[j];
    }
  }
  return answers;
}

}  // namespace assay::testing
