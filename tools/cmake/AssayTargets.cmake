# Flags and helpers shared by every target of the tree.

set(ASSAY_TEST_PREFIX "" CACHE STRING "Put before every test's name, to tell build trees apart in one report")
set(ASSAY_TEST_ONLY_LABELS "" CACHE STRING "Build and register only tests with one of these labels")
set(ASSAY_TEST_SKIP_LABELS "" CACHE STRING "Neither build nor register tests with one of these labels")
set(ASSAY_TEST_FILTER "" CACHE STRING "GoogleTest's filter for every test binary; what it leaves out is printed and counted")
set(ASSAY_TEST_TIMEOUT 900 CACHE STRING "Seconds after which ctest ends a test binary")
set(ASSAY_ALL_SKIPPED 77)  # exit status of a test binary whose tests were all skipped
set(ASSAY_FUZZ_SECONDS 10 CACHE STRING "How long ctest lets each fuzz target run")

add_library(assay_flags INTERFACE)
target_include_directories(assay_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(assay_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Unique symbols of std:: templates cannot be made local to libassay.
  target_compile_options(assay_flags INTERFACE -fno-gnu-unique)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlapping copies inside its own std::string (its bug 105651).
  target_compile_options(assay_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(assay_flags INTERFACE -Wthread-safety -Wthread-safety-beta)
endif()
if(ASSAY_WERROR)
  target_compile_options(assay_flags INTERFACE -Werror)
endif()
if(ASSAY_VERIFY)
  target_compile_definitions(assay_flags INTERFACE ASSAY_VERIFY=1)
endif()
if(ASSAY_SANITIZE)
  # Without -fno-omit-frame-pointer: the mulx kernel's inline assembly needs every register.
  target_compile_options(assay_flags INTERFACE -fsanitize=${ASSAY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(assay_flags INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()
if(ASSAY_BUILD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "ASSAY_BUILD_FUZZ needs clang, which brings libFuzzer")
  endif()
  target_compile_options(assay_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# assay_room(NAME SOURCES ... DEPS ... [COMPONENT core]): one folder of engine/ as a static library.
# The rooms are listed bottom-up in engine/CMakeLists.txt; DEPS may only name rooms above in that list.
# A room of COMPONENT core (the default) becomes part of the installed libassay.
function(assay_room name)
  cmake_parse_arguments(ARG "" "COMPONENT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_COMPONENT)
    set(ARG_COMPONENT core)
  endif()
  if(ARG_SOURCES)
    add_library(assay_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(assay_${name} PRIVATE assay_flags PUBLIC ${ARG_DEPS})
    set_property(GLOBAL APPEND PROPERTY ASSAY_ARCHIVES_${ARG_COMPONENT} assay_${name})
  else()
    add_library(assay_${name} INTERFACE)
    target_link_libraries(assay_${name} INTERFACE ${ARG_DEPS})
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_ROOMS assay_${name})
endfunction()

# assay_test_wanted(OUT LABEL...): whether this tree builds tests with these labels.
function(assay_test_wanted out)
  set(wanted TRUE)
  if(ASSAY_TEST_ONLY_LABELS)
    set(wanted FALSE)
  endif()
  foreach(label ${ARGN})
    if(label IN_LIST ASSAY_TEST_ONLY_LABELS)
      set(wanted TRUE)
    endif()
    if(label IN_LIST ASSAY_TEST_SKIP_LABELS)
      set(${out} FALSE PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} ${wanted} PARENT_SCOPE)
endfunction()

# assay_test(NAME SOURCES ... DEPS ... [LABELS ...]): one GoogleTest binary, one ctest entry per binary.
# Labels that mean something: `concurrency` (also run under TSan), `arch` (depends on the processor: .ci/run
# runs it for aarch64 too), `slow` (not under an emulator), `host` (needs this machine's own programs: not
# cross-compiled).
function(assay_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  assay_test_wanted(wanted ${ARG_LABELS})
  if(NOT wanted)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${ASSAY_TEST_OPTIONS})
  target_link_libraries(${name} PRIVATE assay_flags ${ARG_DEPS} assay_test_main Threads::Threads)
  add_test(NAME ${ASSAY_TEST_PREFIX}${name}
    COMMAND ${name} $<$<BOOL:${ASSAY_TEST_FILTER}>:--gtest_filter=${ASSAY_TEST_FILTER}> COMMAND_EXPAND_LISTS)
  set_tests_properties(${ASSAY_TEST_PREFIX}${name} PROPERTIES SKIP_RETURN_CODE ${ASSAY_ALL_SKIPPED})
  assay_test_properties(${ASSAY_TEST_PREFIX}${name} ${ARG_LABELS})
endfunction()

# assay_test_properties(TEST LABEL...): what every test of the tree has in common.
function(assay_test_properties test)
  set_tests_properties(${test} PROPERTIES LABELS "${ARGN}" TIMEOUT ${ASSAY_TEST_TIMEOUT}
    ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1")
endfunction()

# assay_script_test(NAME COMMAND ... [LABELS ...]): a ctest entry that runs a command of its own.
function(assay_script_test name)
  cmake_parse_arguments(ARG "" "" "COMMAND;LABELS" ${ARGN})
  assay_test_wanted(wanted ${ARG_LABELS})
  if(NOT wanted)
    return()
  endif()
  add_test(NAME ${ASSAY_TEST_PREFIX}${name} COMMAND ${ARG_COMMAND} COMMAND_EXPAND_LISTS)
  assay_test_properties(${ASSAY_TEST_PREFIX}${name} ${ARG_LABELS})
endfunction()

# assay_fuzz(NAME SOURCES ... DEPS ... [CORPUS DIR] [MAX_LEN N]): the libFuzzer target fuzz_NAME, seeded
# from CORPUS (default corpus/NAME), and a ctest entry that fuzzes for ASSAY_FUZZ_SECONDS.
function(assay_fuzz name)
  cmake_parse_arguments(ARG "" "CORPUS;MAX_LEN" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_CORPUS)
    set(ARG_CORPUS corpus/${name})
  endif()
  if(NOT ARG_MAX_LEN)
    set(ARG_MAX_LEN 4096)
  endif()
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE assay_flags ${ARG_DEPS} Threads::Threads -fsanitize=fuzzer)
  set(test ${ASSAY_TEST_PREFIX}fuzz_${name})
  add_test(NAME ${test} COMMAND ${PROJECT_SOURCE_DIR}/tools/checks/run-fuzz
    $<TARGET_FILE:fuzz_${name}> ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS} ${ASSAY_FUZZ_SECONDS} ${ARG_MAX_LEN})
  assay_test_properties(${test} fuzz)
  math(EXPR timeout "${ASSAY_FUZZ_SECONDS} + 300")
  set_tests_properties(${test} PROPERTIES TIMEOUT ${timeout})
endfunction()
