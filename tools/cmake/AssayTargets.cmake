# Flags and helpers shared by every target of the tree.

add_library(assay_flags INTERFACE)
target_include_directories(assay_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(assay_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla)
if(ASSAY_WERROR)
  target_compile_options(assay_flags INTERFACE -Werror)
endif()
if(ASSAY_VERIFY)
  target_compile_definitions(assay_flags INTERFACE ASSAY_VERIFY=1)
endif()
if(ASSAY_SANITIZE)
  target_compile_options(assay_flags INTERFACE -fsanitize=${ASSAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(assay_flags INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()

# assay_room(NAME SOURCES ... DEPS ...): one folder of engine/ as an object-like static library.
# The rooms are listed bottom-up in engine/CMakeLists.txt; DEPS may only name rooms above in that list.
function(assay_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(assay_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(assay_${name} PRIVATE assay_flags PUBLIC ${ARG_DEPS})
  else()
    add_library(assay_${name} INTERFACE)
    target_link_libraries(assay_${name} INTERFACE ${ARG_DEPS})
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_ROOMS assay_${name})
endfunction()

# assay_test(NAME SOURCES ... DEPS ...): one GoogleTest binary, one ctest entry per binary.
function(assay_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE assay_flags ${ARG_DEPS} GTest::gtest GTest::gtest_main Threads::Threads)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()
