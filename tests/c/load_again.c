/* load_again LIBRARY CONFIG TOKEN: opens and closes the library 100 times; it judges alike each time. */
#include "judge.h"

int main(int argc, char** argv) {
  if (argc != 4) return 4;
  int first = -1;
  for (int i = 0; i < 100; ++i) {
    void* const handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return 5;
    const int status = judge(handle, argv[2], argv[3]);
    if (i == 0) first = status;
    if (status != first) return 6;
    dlclose(handle);
    if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL) return 7; /* it stays for good */
  }
  return first;
}
