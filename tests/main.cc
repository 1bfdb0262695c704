// The main of every test binary. One whose tests were all skipped says so to ctest, by an exit status of
// its own (SKIP_RETURN_CODE), and does not count as passed.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  const bool all_skipped = tests.skipped_test_count() > 0 && tests.successful_test_count() == 0;
  return status == 0 && all_skipped ? ASSAY_ALL_SKIPPED : status;
}
