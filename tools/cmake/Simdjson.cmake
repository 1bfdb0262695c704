# simdjson as simdjson::simdjson, in a version whose first stage engine/json is known to walk.
#
# engine/json/strict.cc reads the structural positions that simdjson's stage 1 leaves in
# simdjson::internal::dom_parser_implementation. That interface is not promised to anybody, so a version counts only
# when the tests have passed with it: 3.0.1 is Debian 12's, 3.12 Debian 13's. What has moved inside the range is found
# by compiling stage1.cc.
set(ASSAY_SIMDJSON_MIN 3.0.1)
set(ASSAY_SIMDJSON_MAX 3.13)  # the first that is not known
option(ASSAY_ANY_SIMDJSON "Take a simdjson of a version that Assay is not tested with; run the tests" OFF)

find_package(simdjson REQUIRED)
if(simdjson_VERSION VERSION_LESS ASSAY_SIMDJSON_MIN OR simdjson_VERSION VERSION_GREATER_EQUAL ASSAY_SIMDJSON_MAX)
  if(NOT ASSAY_ANY_SIMDJSON)
    message(FATAL_ERROR "simdjson ${simdjson_VERSION} is not between ${ASSAY_SIMDJSON_MIN} and ${ASSAY_SIMDJSON_MAX}, whose "
      "internal interface Assay is tested with. Install one that is (Debian's libsimdjson-dev, and -Dsimdjson_DIR= where "
      "there are several), or configure with -DASSAY_ANY_SIMDJSON=ON and run the tests.")
  endif()
  message(WARNING "simdjson ${simdjson_VERSION} is not a version that Assay is tested with: run the tests")
endif()

if(NOT ASSAY_SIMDJSON_STAGE1 STREQUAL simdjson_VERSION)
  try_compile(stage1_compiles ${PROJECT_BINARY_DIR}/simdjson ${CMAKE_CURRENT_LIST_DIR}/simdjson/stage1.cc
    LINK_LIBRARIES simdjson::simdjson CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON OUTPUT_VARIABLE log)
  if(NOT stage1_compiles)
    message(FATAL_ERROR "engine/json cannot use this simdjson (${simdjson_VERSION}): its internal interface is another one.\n${log}")
  endif()
  set(ASSAY_SIMDJSON_STAGE1 ${simdjson_VERSION} CACHE INTERNAL "The simdjson whose stage 1 compiled")
endif()
