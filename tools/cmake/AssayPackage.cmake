# libassay.a, libassay.so, the CMake package `assay` (assay::core, assay::core_shared) and assay.pc.
#
# BoringSSL answers to OpenSSL's names, and a host may well link OpenSSL too. Hidden visibility
# protects a shared library only: between static archives the linker takes whichever function it finds
# first. So libassay.a holds one relocatable object, in which every name but Assay's own public ones is
# local: rooms and the BoringSSL members they need, linked by `ld -r`, then objcopy. COMDAT groups are
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

get_property(archives GLOBAL PROPERTY ASSAY_ARCHIVES_core)
set(archive_files "")
foreach(archive ${archives})
  list(APPEND archive_files $<TARGET_FILE:${archive}>)
endforeach()
set(object ${PROJECT_BINARY_DIR}/package/assay.o)
set(map ${PROJECT_SOURCE_DIR}/engine/api/assay.map)

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
add_custom_command(OUTPUT ${object}
  COMMAND ${ASSAY_GNU_LD} -r --force-group-allocation -o ${object}.all
    --whole-archive ${archive_files} --no-whole-archive $<TARGET_FILE:boringssl::crypto>
  COMMAND ${ASSAY_GNU_OBJCOPY} --localize-hidden --wildcard
    --keep-global-symbol=_ZN5assay* --keep-global-symbol=_ZNK5assay* --keep-global-symbol=_ZT[VISC]N5assay*
    --keep-global-symbol=_ZT[VISC]NK5assay* --keep-global-symbol=assay_*
    --strip-debug ${object}.all ${object}
  COMMAND ${CMAKE_COMMAND} -E rm ${object}.all
  DEPENDS ${archives} $<TARGET_FILE:boringssl::crypto>
  COMMENT "Linking the engine and BoringSSL into one object" VERBATIM)

# simdjson is a shared library in Debian and stays one; Threads is libc's.
add_library(assay_package STATIC ${object})
add_library(assay_package_shared SHARED ${object})
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
foreach(kind "" _shared)
  set_target_properties(assay_package${kind} PROPERTIES OUTPUT_NAME assay EXPORT_NAME core${kind} LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package)
  target_compile_features(assay_package${kind} INTERFACE cxx_std_20)
  target_include_directories(assay_package${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
target_link_libraries(assay_package INTERFACE simdjson::simdjson Threads::Threads)
target_link_libraries(assay_package_shared PRIVATE simdjson::simdjson Threads::Threads)
set_target_properties(assay_package_shared PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${map})
target_link_options(assay_package_shared PRIVATE -Wl,--version-script=${map} -Wl,-z,defs)

# Headers: the faces and, following their includes, what they need, nothing else. In the tree they
# say "engine/api/x.h" and "engine/room/x.h"; installed they are <assay/x.h> and <assay/room/x.h>.
set(pending "")
foreach(face engine.h mcp.h assay.h)
  if(EXISTS ${PROJECT_SOURCE_DIR}/engine/api/${face})
    list(APPEND pending engine/api/${face})
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
  string(REGEX MATCHALL "#include \"engine/[a-z0-9_/]+\\.h\"" includes "${text}")
  foreach(include ${includes})
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" include "${include}")
    list(APPEND pending ${include})
  endforeach()
  string(REGEX REPLACE "#include \"engine/api/([a-z0-9_]+\\.h)\"" "#include <assay/\\1>" text "${text}")
  string(REGEX REPLACE "#include \"engine/([a-z0-9_/]+\\.h)\"" "#include <assay/\\1>" text "${text}")
  string(REGEX REPLACE "^engine/(api/)?" "" header "${header}")
  file(WRITE ${header_root}/assay/${header} "${text}")
endwhile()
install(DIRECTORY ${header_root}/assay DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(TARGETS assay_package assay_package_shared EXPORT assay
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(ASSAY_BORINGSSL_LICENCE)
  install(FILES ${ASSAY_BORINGSSL_LICENCE} DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.BoringSSL)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
install(EXPORT assay NAMESPACE assay:: FILE assayTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/assayConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/assayConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/assayConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/assayConfig.cmake ${PROJECT_BINARY_DIR}/package/assayConfigVersion.cmake
  DESTINATION ${package_dir})
file(RELATIVE_PATH pc_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/tools/cmake/assay.pc.in ${PROJECT_BINARY_DIR}/package/assay.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/assay.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
