/* One token judged through function pointers, so that a program may judge with several copies of the library. */
#ifndef ASSAY_TESTS_C_JUDGE_H_
#define ASSAY_TESTS_C_JUDGE_H_

#include <assay/assay.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* judge: prints the verdict of `token`, which is alice's, by the library `handle`; 0 accepted, 1 refused, 2 no engine,
 * 3 a verdict whose members are not where the header says. */
static int judge(void* handle, const char* config_path, const char* token) {
  assay_config* (*from_file)(assay_span, assay_error**);
  assay_engine* (*create)(const assay_config*, const assay_engine_options*, assay_error**);
  assay_worker* (*worker_create)(assay_engine*, assay_error**);
  int32_t (*validate)(assay_worker*, assay_span, int64_t);
  const assay_verdict* (*verdict_of)(const assay_worker*, size_t);
  int32_t (*read_verdict)(const assay_verdict*, assay_verdict_fields*);
  const char* (*word)(int32_t);
  void (*worker_free)(assay_worker*);
  void (*release)(assay_engine*);
  void (*config_free)(assay_config*);
#define FIND(pointer, name)                  \
  do {                                       \
    void* const found = dlsym(handle, name); \
    if (found == NULL) return 2;             \
    memcpy(&pointer, &found, sizeof found);  \
  } while (0)
  FIND(from_file, "assay_config_from_file");
  FIND(create, "assay_engine_create");
  FIND(worker_create, "assay_worker_create");
  FIND(validate, "assay_validate");
  FIND(verdict_of, "assay_worker_verdict");
  FIND(read_verdict, "assay_verdict_read");
  FIND(word, "assay_reason_word");
  FIND(worker_free, "assay_worker_free");
  FIND(release, "assay_engine_release");
  FIND(config_free, "assay_config_free");
#undef FIND
  const assay_span path = {config_path, strlen(config_path)}, bytes = {token, strlen(token)};
  assay_config* const config = from_file(path, NULL);
  assay_engine* const engine = create(config, NULL, NULL);
  assay_worker* const worker = worker_create(engine, NULL);
  if (worker == NULL) return 2;
  const int32_t reason = validate(worker, bytes, (int64_t)time(NULL));
  /* Members at the beginning, in the middle and at the end, as this program's header has them. */
  assay_verdict_fields fields;
  memset(&fields, 0x5A, sizeof fields);
  fields.struct_size = sizeof fields;
  if (read_verdict(verdict_of(worker, 0), &fields) != 1 || fields.reason != reason || fields.report_only != 0) return 3;
  const int is_alice = fields.subject.size == 5 && memcmp(fields.subject.data, "alice", 5) == 0;
  if (is_alice != (reason == ASSAY_ACCEPTED)) return 3;
  if ((fields.issued_at != 0) != (reason == ASSAY_ACCEPTED)) return 3;
  printf("%s %s\n", reason == ASSAY_ACCEPTED ? "accept" : "reject", word(reason));
  worker_free(worker);
  release(engine);
  config_free(config);
  return reason == ASSAY_ACCEPTED ? 0 : 1;
}

#endif /* ASSAY_TESTS_C_JUDGE_H_ */
