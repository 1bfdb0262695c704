// The main of every test binary. One whose tests were all skipped says so to ctest, by an exit status of
// its own (SKIP_RETURN_CODE), and does not count as passed. What a filter leaves out is counted aloud.
#include <gtest/gtest.h>

#include <cstdio>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  const int left_out = tests.total_test_count() - tests.test_to_run_count();
  if (left_out > 0) std::printf("tests left out: %d\n", left_out);
  const bool all_skipped = tests.skipped_test_count() + left_out > 0 && tests.successful_test_count() == 0;
  return status == 0 && all_skipped ? ASSAY_ALL_SKIPPED : status;
}
