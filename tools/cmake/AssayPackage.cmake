# libassay, libassay_remote and, where hiredis is installed, libassay_redis, each as .a and .so with its
# pkg-config file, and the CMake package `assay` (assay::core, assay::remote, assay::redis, each also with _shared).
#
# BoringSSL answers to OpenSSL's names, and a host may well link OpenSSL too. Hidden visibility
# protects a shared library only: between static archives the linker takes whichever function it finds
# first. So libassay.a holds one relocatable object, in which every name but Assay's own public ones is
# local: rooms and the members of BoringSSL and Abseil they need, linked by `ld -r`, then objcopy. COMDAT groups are
# dissolved on the way (--force-group-allocation): a group whose symbol has become local would otherwise be
# dropped for the host's group of the same name, and leave references to nothing.
#
# libassay.so is linked from that same object, behind an exported-symbol map.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# GNU binutils by name: with clang, CMake may have found LLVM's, whose `ld -r` cannot dissolve groups.
set(tool_prefix "")
if(CMAKE_CROSSCOMPILING)
  set(tool_prefix ${CMAKE_LIBRARY_ARCHITECTURE}-)
endif()
foreach(tool ld.bfd objcopy objdump nm)
  string(TOUPPER ${tool} variable)
  string(REPLACE ".BFD" "" variable ASSAY_GNU_${variable})
  find_program(${variable} NAMES ${tool_prefix}${tool} REQUIRED)
  mark_as_advanced(${variable})
endforeach()

set(map ${PROJECT_SOURCE_DIR}/engine/api/assay.map)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/package)

# assay_component(COMPONENT BASE ARCHIVES... ): the relocatable object of one component, and from it
# lib<BASE>.a and lib<BASE>.so (targets assay_package_<COMPONENT>[_shared]). ARCHIVES give what the component's
# rooms need besides: members of other rooms without public names, BoringSSL and Abseil. The component keeps its own
# copy of those; what is public of the core stays undefined and comes from libassay.
function(assay_component component base)
  get_property(archives GLOBAL PROPERTY ASSAY_ARCHIVES_${component})
  set(archive_files "")
  foreach(archive ${archives})
    list(APPEND archive_files $<TARGET_FILE:${archive}>)
  endforeach()
  set(needed_files "")
  foreach(archive ${ARGN})
    list(APPEND needed_files $<TARGET_FILE:${archive}>)
  endforeach()
  set(object ${PROJECT_BINARY_DIR}/package/${base}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${ASSAY_GNU_LD} -r --force-group-allocation -o ${object}.all
      --whole-archive ${archive_files} --no-whole-archive ${needed_files}
    COMMAND ${ASSAY_GNU_OBJCOPY} --localize-hidden --wildcard
      --keep-global-symbol=_ZN5assay* --keep-global-symbol=_ZNK5assay* --keep-global-symbol=_ZT[VISC]N5assay*
      --keep-global-symbol=_ZT[VISC]NK5assay* --keep-global-symbol=assay_*
      --strip-debug ${object}.all ${object}
    COMMAND ${CMAKE_COMMAND} -E rm ${object}.all
    DEPENDS ${archives} ${archive_files} ${needed_files}
    COMMENT "Linking ${component} and its part of BoringSSL and Abseil into one object" VERBATIM)

  # simdjson is a shared library in Debian and stays one; Threads is libc's.
  set(target assay_package_${component})
  add_library(${target} STATIC ${object})
  add_library(${target}_shared SHARED ${object})
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  foreach(kind "" _shared)
    set_target_properties(${target}${kind} PROPERTIES OUTPUT_NAME ${base} EXPORT_NAME ${component}${kind} LINKER_LANGUAGE CXX
      ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package)
    target_compile_features(${target}${kind} INTERFACE cxx_std_20)
    target_include_directories(${target}${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endforeach()
  target_link_libraries(${target} INTERFACE simdjson::simdjson Threads::Threads)
  target_link_libraries(${target}_shared PRIVATE simdjson::simdjson Threads::Threads)
  set_target_properties(${target}_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${map})
  target_link_options(${target}_shared PRIVATE -Wl,--version-script=${map} -Wl,-z,defs)
  # The shared ones have no stable ABI, so that no distribution's package is to hold them: an export set of their own.
  install(TARGETS ${target} EXPORT assay ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
  install(TARGETS ${target}_shared EXPORT assay_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT shared)
endfunction()

assay_component(core assay abseil::abseil boringssl::crypto)
set(faces api/engine.h api/feeds.h api/batcher.h api/mcp.h c/assay.h)
set(pkg_config_names assay)
if(ASSAY_BUILD_REMOTE)
  # libcurl and hiredis by their names alone: where they lie is the user's linker's to know.
  assay_component(remote assay_remote assay_json assay_base abseil::abseil boringssl::crypto)
  target_link_libraries(assay_package_remote INTERFACE assay_package_core curl)
  target_link_libraries(assay_package_remote_shared PUBLIC assay_package_core_shared PRIVATE CURL::libcurl)
  list(APPEND faces remote/fetcher.h remote/fetch_http.h remote/refresher.h remote/feeds/file_feed.h)
  list(APPEND pkg_config_names assay_remote)
endif()
set(ASSAY_WITH_REDIS FALSE)
if(TARGET assay_redis)
  assay_component(redis assay_redis assay_feeds assay_remote assay_base abseil::abseil boringssl::crypto)
  target_link_libraries(assay_package_redis INTERFACE assay_package_core curl hiredis)
  target_link_libraries(assay_package_redis_shared PUBLIC assay_package_core_shared PRIVATE CURL::libcurl hiredis_library)
  list(APPEND faces remote/feeds/redis_feed.h)
  list(APPEND pkg_config_names assay_redis)
  set(ASSAY_WITH_REDIS TRUE)
endif()

# libassay-c: the C face, with all of the above inside. No name of it but assay_* is seen from outside.
get_property(c_archives GLOBAL PROPERTY ASSAY_ARCHIVES_c)
get_property(core_archives GLOBAL PROPERTY ASSAY_ARCHIVES_core)
get_property(remote_archives GLOBAL PROPERTY ASSAY_ARCHIVES_remote)
get_property(redis_archives GLOBAL PROPERTY ASSAY_ARCHIVES_redis)
set(inside ${core_archives} ${remote_archives} ${redis_archives} abseil::abseil boringssl::crypto)
list(TRANSFORM inside REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE inside_files)
set(c_object ${PROJECT_BINARY_DIR}/package/assay-c.o)
set(c_map ${PROJECT_SOURCE_DIR}/engine/c/assay.map)
add_custom_command(OUTPUT ${c_object}
  COMMAND ${ASSAY_GNU_LD} -r --force-group-allocation -o ${c_object}.all
    --whole-archive $<TARGET_FILE:assay_c> --no-whole-archive --start-group ${inside_files} --end-group
  COMMAND ${ASSAY_GNU_OBJCOPY} --localize-hidden --wildcard --keep-global-symbol=assay_* --strip-debug ${c_object}.all ${c_object}
  COMMAND ${CMAKE_COMMAND} -E rm ${c_object}.all
  DEPENDS assay_c ${inside} $<TARGET_FILE:assay_c> ${inside_files}
  COMMENT "Linking the C face and all that it needs into one object" VERBATIM)
set_source_files_properties(${c_object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_library(assay_package_c STATIC ${c_object})
add_library(assay_package_c_shared SHARED ${c_object})
set(c_needs simdjson::simdjson Threads::Threads)
set(ASSAY_C_LIBS_PRIVATE "-lsimdjson -lstdc++ -lm -pthread")
if(ASSAY_BUILD_REMOTE)
  list(APPEND c_needs CURL::libcurl)
  string(PREPEND ASSAY_C_LIBS_PRIVATE "-lcurl ")
endif()
if(TARGET assay_redis)
  list(APPEND c_needs hiredis_library)
  string(PREPEND ASSAY_C_LIBS_PRIVATE "-lhiredis ")
endif()
set_target_properties(assay_package_c PROPERTIES ASSAY_NEEDS "${ASSAY_C_LIBS_PRIVATE}")
target_link_libraries(assay_package_c_shared PRIVATE ${c_needs})
foreach(kind "" _shared)
  set_target_properties(assay_package_c${kind} PROPERTIES OUTPUT_NAME assay-c LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package)
endforeach()
# The ABI's own version, which is not the project's.
set_target_properties(assay_package_c_shared PROPERTIES VERSION 1.0.0 SOVERSION 1 LINK_DEPENDS ${c_map})
target_link_options(assay_package_c_shared PRIVATE
  -Wl,--version-script=${c_map} -Wl,-z,defs -Wl,-z,nodelete -Wl,-Bsymbolic)
install(TARGETS assay_package_c assay_package_c_shared
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT c NAMELINK_COMPONENT dev)
list(APPEND pkg_config_names assay-c)

# Headers: the faces and, following their includes, what they need, nothing else. In the tree they
# say "engine/api/x.h" and "engine/room/x.h"; installed they are <assay/x.h> and <assay/room/x.h>.
set(pending "")
foreach(face ${faces})
  if(EXISTS ${PROJECT_SOURCE_DIR}/engine/${face})
    list(APPEND pending engine/${face})
  endif()
endforeach()
set(header_root ${PROJECT_BINARY_DIR}/package/include)
file(REMOVE_RECURSE ${header_root})
set(seen "")
while(pending)
  list(POP_FRONT pending header)
  if(header IN_LIST seen)
    continue()
  endif()
  list(APPEND seen ${header})
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
  file(READ ${PROJECT_SOURCE_DIR}/${header} text)
  if(text MATCHES "#include <absl/")
    message(FATAL_ERROR "${header} would be installed, and includes Abseil, whose version is nobody's but ours")
  endif()
  string(REGEX MATCHALL "#include \"engine/[a-z0-9_/]+\\.h\"" includes "${text}")
  foreach(include ${includes})
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" include "${include}")
    list(APPEND pending ${include})
  endforeach()
  string(REGEX REPLACE "#include \"engine/api/([a-z0-9_]+\\.h)\"" "#include <assay/\\1>" text "${text}")
  string(REGEX REPLACE "#include \"engine/([a-z0-9_/]+\\.h)\"" "#include <assay/\\1>" text "${text}")
  string(REGEX REPLACE "^engine/(api/|c/)?" "" header "${header}")
  file(WRITE ${header_root}/assay/${header} "${text}")
endwhile()
install(DIRECTORY ${header_root}/assay DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT documents)
if(ASSAY_BORINGSSL_LICENCE)
  install(FILES ${ASSAY_BORINGSSL_LICENCE} DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.BoringSSL COMPONENT documents)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
install(EXPORT assay NAMESPACE assay:: FILE assayTargets.cmake DESTINATION ${package_dir} COMPONENT dev)
install(EXPORT assay_shared NAMESPACE assay:: FILE assaySharedTargets.cmake DESTINATION ${package_dir} COMPONENT shared)
configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/assayConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/assayConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/assayConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/assayConfig.cmake ${PROJECT_BINARY_DIR}/package/assayConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT dev)
file(RELATIVE_PATH pc_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
foreach(name ${pkg_config_names})
  configure_file(${PROJECT_SOURCE_DIR}/tools/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endforeach()
