/* two_copies LIBRARY CONFIG TOKEN: two copies of the library in one process, in turns. */
#define _GNU_SOURCE
#include "judge.h"

int main(int argc, char** argv) {
  if (argc != 4) return 4;
  void* const first = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  void* const second = dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW | RTLD_LOCAL);
  if (first == NULL || second == NULL) return fprintf(stderr, "%s\n", dlerror()), 5;
  if (dlsym(first, "assay_validate") == dlsym(second, "assay_validate")) return 6;
  int status = -1;
  for (int i = 0; i < 4; ++i) {
    const int given = judge(i % 2 == 0 ? first : second, argv[2], argv[3]);
    if (status >= 0 && given != status) return 7;
    status = given;
  }
  return status;
}
