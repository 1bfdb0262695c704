# Libraries that are built from source once for each compiler and set of flags, while the first tree that needs them is
# configured, into
#   ${XDG_CACHE_HOME:-~/.cache}/assay/LIBRARY/VERSION-ARCHITECTURE-COMPILER-HASH
# where the hash covers every flag and the recipe itself. Address, thread and memory sanitizers reach them too, so that
# reports see through them; UBSan does not, since their code is not ours to mend.

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(assay_cache "$ENV{XDG_CACHE_HOME}/assay")
elseif(DEFINED ENV{HOME})
  set(assay_cache "$ENV{HOME}/.cache/assay")
else()
  set(assay_cache "${PROJECT_BINARY_DIR}/cache/assay")
endif()

# assay_debian_source(LIBRARY OUT_FOLDER OUT_VERSION): the unpacked Debian source, fetched when it is not there.
function(assay_debian_source library out_folder out_version)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/debian-source ${library}
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The source of ${library} could not be fetched; see above")
  endif()
  string(REGEX REPLACE "^.*/${library}-source-" "" version ${folder})
  set(${out_folder} ${folder} PARENT_SCOPE)
  set(${out_version} ${version} PARENT_SCOPE)
endfunction()

# assay_cached_build(LIBRARY OUT VERSION LANDMARK [FLAGS FLAG...] [OPTIONS -DNAME=VALUE...]): sets OUT to the folder of a
# finished build, which has the file LANDMARK. The recipe is tools/cmake/LIBRARY/, a project of its own that puts
# everything into ASSAY_OUTPUT.
function(assay_cached_build library out version landmark)
  cmake_parse_arguments(ARG "" "" "FLAGS;OPTIONS" ${ARGN})
  string(REGEX MATCHALL "address|thread|memory" sanitizers "${ASSAY_SANITIZE}")
  string(REPLACE ";" "," sanitizers "${sanitizers}")
  list(JOIN ARG_FLAGS " " flags)
  if(sanitizers)
    string(APPEND flags " -fsanitize=${sanitizers} -fno-omit-frame-pointer")
  endif()

  set(recipe ${PROJECT_SOURCE_DIR}/tools/cmake/${library})
  file(GLOB recipe_files ${recipe}/*)  # sorted
  set(recipe_hash "")
  foreach(file ${recipe_files})
    file(SHA256 ${file} file_hash)
    string(APPEND recipe_hash ${file_hash})
  endforeach()
  set(identity "${recipe_hash}|${CMAKE_C_COMPILER}|${CMAKE_CXX_COMPILER}|${CMAKE_C_FLAGS}|${CMAKE_CXX_FLAGS}|${flags}")
  string(APPEND identity "|${CMAKE_SYSROOT}|${CMAKE_C_COMPILER_TARGET}|${ARG_OPTIONS}")
  string(SHA256 hash "${identity}")
  string(SUBSTRING ${hash} 0 12 hash)
  string(TOLOWER "${CMAKE_CXX_COMPILER_ID}" compiler)
  set(key "${version}-${CMAKE_SYSTEM_PROCESSOR}-${compiler}${CMAKE_CXX_COMPILER_VERSION}-${hash}")
  set(place ${assay_cache}/${library}/${key})
  set(${out} ${place} PARENT_SCOPE)

  file(MAKE_DIRECTORY ${assay_cache}/${library})
  file(LOCK ${place}.lock GUARD FUNCTION TIMEOUT 1800 RESULT_VARIABLE locked)
  if(NOT locked EQUAL 0)
    message(FATAL_ERROR "Another build of ${library} holds ${place}.lock: ${locked}")
  endif()
  if(EXISTS ${place}/${landmark})
    return()
  endif()

  message(STATUS "Building ${library} ${version} (once for this compiler and these flags)")
  set(work ${place}.build)
  file(REMOVE_RECURSE ${work})
  set(options
    -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_C_FLAGS=${CMAKE_C_FLAGS} ${flags}" "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS} ${flags}"
    "-DCMAKE_ASM_FLAGS=${CMAKE_ASM_FLAGS}" -DASSAY_OUTPUT=${work}/whole ${ARG_OPTIONS})
  if(CMAKE_TOOLCHAIN_FILE)
    get_filename_component(toolchain ${CMAKE_TOOLCHAIN_FILE} ABSOLUTE)
    list(APPEND options -DCMAKE_TOOLCHAIN_FILE=${toolchain})
  else()
    list(APPEND options -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER})
  endif()
  foreach(name CMAKE_MAKE_PROGRAM CMAKE_SYSROOT CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER)
    if(${name})
      list(APPEND options -D${name}=${${name}})
    endif()
  endforeach()
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  foreach(step "-S;${recipe};-B;${work};-G;${CMAKE_GENERATOR};${options}" "--build;${work};--parallel;${cores}")
    execute_process(COMMAND ${CMAKE_COMMAND} ${step}
      OUTPUT_VARIABLE log ERROR_VARIABLE log RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${library} did not build:\n${log}")
    endif()
  endforeach()
  file(RENAME ${work}/whole ${place})
  file(REMOVE_RECURSE ${work})
endfunction()
