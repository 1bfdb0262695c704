# Abseil's locks, conditions and text helpers as abseil::abseil: static, position-independent, hidden symbols.
#
# Two ways, by what is set:
#   ASSAY_ABSEIL_SOURCE=DIR   an unpacked source of the version that tools/debian-source names; nothing is fetched.
#   otherwise                 Debian's source package, fetched by tools/debian-source.
# Either is built once: see CachedBuild.cmake. Debian's own libabsl-dev will not do: it is not position-independent and
# not built for sanitizers, and its versions differ between releases.

set(ASSAY_ABSEIL_SOURCE "" CACHE PATH "Abseil's source, where apt cannot fetch it")
if(ASSAY_ABSEIL_SOURCE)
  set(source ${ASSAY_ABSEIL_SOURCE})
  set(version given)
else()
  assay_debian_source(abseil source version)
endif()
assay_cached_build(abseil abseil_dir ${version} libabseil.a OPTIONS -DASSAY_SOURCE=${source})
message(STATUS "Abseil: ${abseil_dir}")

add_library(abseil::abseil STATIC IMPORTED GLOBAL)
set_target_properties(abseil::abseil PROPERTIES
  IMPORTED_LOCATION ${abseil_dir}/libabseil.a
  INTERFACE_INCLUDE_DIRECTORIES ${abseil_dir}/include
  INTERFACE_LINK_LIBRARIES Threads::Threads)
