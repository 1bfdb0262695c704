# BoringSSL as boringssl::crypto and boringssl::ssl: static, position-independent, hidden symbols.
#
# Three ways, by what is set:
#   ASSAY_BORINGSSL_DIR=DIR   a built one: DIR/{include,libcrypto.a,libssl.a}; nothing is fetched.
#   ASSAY_BORINGSSL=debian    (default) Debian's source package, fetched by tools/debian-source.
#   ASSAY_BORINGSSL=fetch     a pinned upstream commit, through FetchContent.
# The latter two are built once: see CachedBuild.cmake.
#
# Sets ASSAY_WYCHEPROOF_DIR to the test vectors in the Debian source, when that is on the machine.

set(ASSAY_BORINGSSL_REPOSITORY "https://boringssl.googlesource.com/boringssl" CACHE STRING "Upstream, for ASSAY_BORINGSSL=fetch")
set(ASSAY_BORINGSSL_COMMIT "7c1efd8d6ffb36a57feba44e8c73cf674801f3cb" CACHE STRING "Upstream commit, for ASSAY_BORINGSSL=fetch")
mark_as_advanced(ASSAY_BORINGSSL_REPOSITORY ASSAY_BORINGSSL_COMMIT)

set(flags "")
if(ASSAY_SANITIZE MATCHES "memory")
  set(flags -DOPENSSL_NO_ASM)
endif()
if(ASSAY_BORINGSSL_DIR)
  set(boringssl_dir ${ASSAY_BORINGSSL_DIR})
elseif(ASSAY_BORINGSSL STREQUAL "debian")
  assay_debian_source(boringssl source version)
  assay_cached_build(boringssl boringssl_dir ${version} libssl.a FLAGS ${flags} OPTIONS -DASSAY_SOURCE=${source})
elseif(ASSAY_BORINGSSL STREQUAL "fetch")
  set(options -DASSAY_REPOSITORY=${ASSAY_BORINGSSL_REPOSITORY} -DASSAY_COMMIT=${ASSAY_BORINGSSL_COMMIT})
  if(FETCHCONTENT_SOURCE_DIR_BORINGSSL)
    list(APPEND options -DFETCHCONTENT_SOURCE_DIR_BORINGSSL=${FETCHCONTENT_SOURCE_DIR_BORINGSSL})
  endif()
  assay_cached_build(boringssl boringssl_dir ${ASSAY_BORINGSSL_COMMIT} libssl.a FLAGS ${flags} OPTIONS ${options})
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

foreach(part crypto ssl)
  add_library(boringssl::${part} STATIC IMPORTED GLOBAL)
  set_target_properties(boringssl::${part} PROPERTIES
    IMPORTED_LOCATION ${boringssl_dir}/lib${part}.a
    INTERFACE_INCLUDE_DIRECTORIES ${boringssl_dir}/include)
endforeach()
set_property(TARGET boringssl::crypto PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
set_property(TARGET boringssl::ssl PROPERTY INTERFACE_LINK_LIBRARIES boringssl::crypto)
