#include "engine/verify/registry.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Registry, NamesAreThoseOfTheContractAndTheReferenceIsAlwaysThere) {
  bool portable = false, reference = false;
  for (const Kernel* kernel : Kernels()) {
    EXPECT_TRUE(kernel->name.starts_with("avx") || kernel->name == "portable64" || kernel->name == "boringssl");
    portable |= kernel->name == "portable64" && IsSupported(*kernel);
    reference |= kernel->name == "boringssl" && IsSupported(*kernel);
  }
  EXPECT_TRUE(portable && reference);
}

TEST(Registry, APartOfAKernelCarriesItsName) {
  for (const Kernel* kernel : Kernels()) {
    if (kernel->name == "boringssl") {
      EXPECT_EQ(kernel->es256, nullptr);
      EXPECT_EQ(kernel->rsa, nullptr);
      continue;
    }
    ASSERT_NE(kernel->es256, nullptr);
    ASSERT_NE(kernel->rsa, nullptr);
    EXPECT_EQ(kernel->es256->name, kernel->name);
    EXPECT_EQ(kernel->rsa->name, kernel->name);
  }
}

TEST(Registry, EverySupportedKernelPassesItsSelfTest) {
  for (const Kernel* kernel : Kernels()) {
    if (!IsSupported(*kernel)) {
      std::printf("kernel %s is not supported by this CPU: not tested\n", kernel->name.data());
      continue;
    }
    EXPECT_TRUE(PassesSelfTest(*kernel)) << kernel->name;
  }
}

TEST(Registry, AForcedChoiceIsNeverReplaced) {
  for (const Kernel* kernel : Kernels()) {
    const Result<const Kernel*> chosen = ChooseKernel(kernel->name);
    EXPECT_EQ(chosen.ok(), IsSupported(*kernel)) << kernel->name;
    if (chosen.ok()) {
      EXPECT_EQ(*chosen, kernel);
    }
  }
  for (const char* unknown : {"avx512", "AVX512IFMA", "portable", " ", "portable64 "}) {
    EXPECT_FALSE(ChooseKernel(unknown).ok()) << unknown;
  }
}

TEST(Registry, WithoutANameTheFirstSupportedKernelIsChosen) {
  const Result<const Kernel*> chosen = ChooseKernel("");
  ASSERT_TRUE(chosen.ok());
  for (const Kernel* kernel : Kernels()) {
    if (!IsSupported(*kernel)) continue;
    EXPECT_EQ(*chosen, kernel);
    break;
  }
}

}  // namespace
}  // namespace assay
