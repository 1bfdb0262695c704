# BoringSSL as boringssl::crypto and boringssl::ssl: static, position-independent, hidden symbols.
#
# Three ways, by what is set:
#   ASSAY_BORINGSSL_DIR=DIR   a built one: DIR/{include,libcrypto.a,libssl.a}; nothing is fetched.
#   ASSAY_BORINGSSL=debian    (default) Debian's source package, fetched by tools/boringssl-source.
#   ASSAY_BORINGSSL=fetch     a pinned upstream commit, through FetchContent.
# The latter two are built once, while the first tree that needs them is configured, into
#   ${XDG_CACHE_HOME:-~/.cache}/assay/boringssl/VERSION-ARCHITECTURE-COMPILER-HASH
# where the hash covers every flag and the recipe itself. Address, thread and memory sanitizers reach
# BoringSSL too, so that reports see through it; UBSan does not, since its code is not ours to mend.
#
# Sets ASSAY_WYCHEPROOF_DIR to the test vectors in the Debian source, when that is on the machine.

set(ASSAY_BORINGSSL_REPOSITORY "https://boringssl.googlesource.com/boringssl" CACHE STRING "Upstream, for ASSAY_BORINGSSL=fetch")
set(ASSAY_BORINGSSL_COMMIT "7c1efd8d6ffb36a57feba44e8c73cf674801f3cb" CACHE STRING "Upstream commit, for ASSAY_BORINGSSL=fetch")
mark_as_advanced(ASSAY_BORINGSSL_REPOSITORY ASSAY_BORINGSSL_COMMIT)

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(assay_cache "$ENV{XDG_CACHE_HOME}/assay")
elseif(DEFINED ENV{HOME})
  set(assay_cache "$ENV{HOME}/.cache/assay")
else()
  set(assay_cache "${PROJECT_BINARY_DIR}/cache/assay")
endif()

# assay_boringssl_source(OUT): the unpacked Debian source, fetched when it is not there.
function(assay_boringssl_source out)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/boringssl-source
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "BoringSSL's source could not be fetched; see above")
  endif()
  set(${out} ${folder} PARENT_SCOPE)
endfunction()

# assay_boringssl_build(OUT SOURCE VERSION): the folder of a finished build; SOURCE "" is upstream's.
function(assay_boringssl_build out source version)
  string(REGEX MATCHALL "address|thread|memory" sanitizers "${ASSAY_SANITIZE}")
  string(REPLACE ";" "," sanitizers "${sanitizers}")
  set(flags "")
  if(sanitizers)
    set(flags " -fsanitize=${sanitizers} -fno-omit-frame-pointer")
  endif()
  if(sanitizers MATCHES "memory")
    string(APPEND flags " -DOPENSSL_NO_ASM")
  endif()

  set(recipe ${PROJECT_SOURCE_DIR}/tools/cmake/boringssl)
  file(GLOB recipe_files ${recipe}/*)  # sorted
  set(recipe_hash "")
  foreach(file ${recipe_files})
    file(SHA256 ${file} file_hash)
    string(APPEND recipe_hash ${file_hash})
  endforeach()
  set(identity "${recipe_hash}|${CMAKE_C_COMPILER}|${CMAKE_C_FLAGS}|${CMAKE_CXX_FLAGS}|${flags}|${CMAKE_SYSROOT}|${CMAKE_C_COMPILER_TARGET}")
  if(NOT source)
    string(APPEND identity "|${FETCHCONTENT_SOURCE_DIR_BORINGSSL}")
  endif()
  string(SHA256 hash "${identity}")
  string(SUBSTRING ${hash} 0 12 hash)
  string(TOLOWER "${CMAKE_C_COMPILER_ID}" compiler)
  set(key "${version}-${CMAKE_SYSTEM_PROCESSOR}-${compiler}${CMAKE_C_COMPILER_VERSION}-${hash}")
  set(place ${assay_cache}/boringssl/${key})
  set(${out} ${place} PARENT_SCOPE)

  file(MAKE_DIRECTORY ${assay_cache}/boringssl)
  file(LOCK ${assay_cache}/boringssl/${key}.lock GUARD FUNCTION TIMEOUT 1800 RESULT_VARIABLE locked)
  if(NOT locked EQUAL 0)
    message(FATAL_ERROR "Another build of BoringSSL holds ${assay_cache}/boringssl/${key}.lock: ${locked}")
  endif()
  if(EXISTS ${place}/libssl.a)
    return()
  endif()

  message(STATUS "Building BoringSSL ${version} (once for this compiler and these flags)")
  set(work ${place}.build)
  file(REMOVE_RECURSE ${work})
  set(options
    -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_C_FLAGS=${CMAKE_C_FLAGS}${flags}" "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}${flags}"
    "-DCMAKE_ASM_FLAGS=${CMAKE_ASM_FLAGS}"
    -DASSAY_BORINGSSL_SOURCE=${source} -DASSAY_BORINGSSL_OUTPUT=${work}/whole
    -DASSAY_BORINGSSL_REPOSITORY=${ASSAY_BORINGSSL_REPOSITORY} -DASSAY_BORINGSSL_COMMIT=${ASSAY_BORINGSSL_COMMIT})
  if(CMAKE_TOOLCHAIN_FILE)
    get_filename_component(toolchain ${CMAKE_TOOLCHAIN_FILE} ABSOLUTE)
    list(APPEND options -DCMAKE_TOOLCHAIN_FILE=${toolchain})
  else()
    list(APPEND options -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER})
  endif()
  foreach(name CMAKE_MAKE_PROGRAM CMAKE_SYSROOT CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER FETCHCONTENT_SOURCE_DIR_BORINGSSL)
    if(${name})
      list(APPEND options -D${name}=${${name}})
    endif()
  endforeach()
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  foreach(step "-S;${recipe};-B;${work};-G;${CMAKE_GENERATOR};${options}" "--build;${work};--parallel;${cores}")
    execute_process(COMMAND ${CMAKE_COMMAND} ${step}
      OUTPUT_VARIABLE log ERROR_VARIABLE log RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "BoringSSL did not build:\n${log}")
    endif()
  endforeach()
  file(RENAME ${work}/whole ${place})
  file(REMOVE_RECURSE ${work})
endfunction()

if(ASSAY_BORINGSSL_DIR)
  set(boringssl_dir ${ASSAY_BORINGSSL_DIR})
elseif(ASSAY_BORINGSSL STREQUAL "debian")
  assay_boringssl_source(boringssl_source)
  get_filename_component(boringssl_version ${boringssl_source} NAME)
  string(REPLACE "boringssl-source-" "" boringssl_version ${boringssl_version})
  assay_boringssl_build(boringssl_dir ${boringssl_source} ${boringssl_version})
elseif(ASSAY_BORINGSSL STREQUAL "fetch")
  assay_boringssl_build(boringssl_dir "" ${ASSAY_BORINGSSL_COMMIT})
else()
  message(FATAL_ERROR "ASSAY_BORINGSSL is debian or fetch, not ${ASSAY_BORINGSSL}")
endif()
foreach(file include/openssl/base.h libcrypto.a libssl.a)
  if(NOT EXISTS ${boringssl_dir}/${file})
    message(FATAL_ERROR "No ${file} in ${boringssl_dir}, which should be a built BoringSSL")
  endif()
endforeach()
message(STATUS "BoringSSL: ${boringssl_dir}")
set(ASSAY_BORINGSSL_LICENCE "")
if(EXISTS ${boringssl_dir}/LICENSE)
  set(ASSAY_BORINGSSL_LICENCE ${boringssl_dir}/LICENSE)
endif()

set(ASSAY_WYCHEPROOF_DIR "")
file(GLOB wycheproof ${assay_cache}/boringssl-source-*/src/third_party/wycheproof_testvectors)
if(wycheproof)
  list(GET wycheproof -1 ASSAY_WYCHEPROOF_DIR)
endif()

find_package(Threads REQUIRED)
foreach(part crypto ssl)
  add_library(boringssl::${part} STATIC IMPORTED GLOBAL)
  set_target_properties(boringssl::${part} PROPERTIES
    IMPORTED_LOCATION ${boringssl_dir}/lib${part}.a
    INTERFACE_INCLUDE_DIRECTORIES ${boringssl_dir}/include)
endforeach()
set_property(TARGET boringssl::crypto PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
set_property(TARGET boringssl::ssl PROPERTY INTERFACE_LINK_LIBRARIES boringssl::crypto)
