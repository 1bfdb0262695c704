# Debian's packages by CPack, one for each installed component: `assay` (the command), `libassay-c1` (the C
# library), `libassay-dev` (static libraries, headers), and where there is Debian's nginx-dev `libnginx-mod-http-assay`
# (nginx's module). `cpack --config CPackConfig.cmake` in a built tree makes them.
set(ASSAY_DEBIAN_PACKAGES FALSE)
find_program(ASSAY_DPKG_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(ASSAY_DPKG_SHLIBDEPS)
if(NOT ASSAY_DPKG_SHLIBDEPS OR NOT TARGET assay OR NOT TARGET assay_package_redis OR CMAKE_CROSSCOMPILING)
  return()  # the packages are of everything, or are not made
endif()
set(ASSAY_DEBIAN_PACKAGES TRUE)

# assay_debian_documents(COMPONENT PACKAGE): what policy 12.5 and 12.7 want in every package.
function(assay_debian_documents component package)
  set(folder ${PROJECT_BINARY_DIR}/package/debian/${package})
  set(written ${folder}/copyright ${folder}/changelog.gz)
  set(sources ${PROJECT_SOURCE_DIR}/tools/cmake/debian/copyright ${PROJECT_SOURCE_DIR}/NOTICE ${ASSAY_BORINGSSL_LICENCE})
  add_custom_command(OUTPUT ${written}
    COMMAND ${PROJECT_SOURCE_DIR}/tools/cmake/debian/documents ${package} ${PROJECT_VERSION} ${folder} ${sources}
    DEPENDS ${PROJECT_SOURCE_DIR}/tools/cmake/debian/documents ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${sources} VERBATIM)
  add_custom_target(${package}_documents ALL DEPENDS ${written})
  install(FILES ${written} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endfunction()
assay_debian_documents(command assay)
assay_debian_documents(dev libassay-dev)
assay_debian_documents(c libassay-c1)

set(components c command dev)

# The module, as dh_nginx makes those of Debian: bound to nginx's ABI, and enabled by a link that an administrator may
# take away. Its scripts are nginx-dev's own; but a module that stays loaded is not replaced by their reload.
set(nginx_restart "
# The engine has threads and is never unloaded: only another nginx loads what has been upgraded.
if [ \"$1\" = configure ] && [ -n \"$2\" ] && which invoke-rc.d >/dev/null 2>&1 && invoke-rc.d --quiet nginx status >/dev/null 2>&1; then
	nginx -t -q && invoke-rc.d nginx restart || echo 'nginx still runs the module of before: restart it' >&2
fi
")
set(nginx_abi /usr/share/nginx/src/debian/libnginx-mod.abisubstvars)
set(nginx_scripts /usr/share/debhelper/autoscripts)
if(TARGET assay_nginx AND EXISTS ${nginx_abi} AND EXISTS ${nginx_scripts}/postinst-nginx)
  list(APPEND components nginx)
  set(made ${PROJECT_BINARY_DIR}/package/debian/nginx)
  set(stripped ${made}/ngx_http_assay_module.so)
  get_target_property(module assay_nginx ASSAY_MODULE)
  add_custom_command(OUTPUT ${stripped} COMMAND ${CMAKE_STRIP} --strip-unneeded -o ${stripped} ${module}
    DEPENDS assay_nginx ${module} VERBATIM)
  add_custom_target(assay_nginx_stripped ALL DEPENDS ${stripped})
  file(WRITE ${made}/mod-http-assay.conf "load_module modules/ngx_http_assay_module.so;\n")
  foreach(script postinst prerm postrm)
    file(READ ${nginx_scripts}/${script}-nginx text)
    string(REPLACE "#NAMES#" "mod-http-assay.conf:50-mod-http-assay.conf" text "${text}")
    if(script STREQUAL "postinst")
      string(APPEND text "${nginx_restart}")
    endif()
    file(WRITE ${made}/${script} "#!/bin/sh\nset -e\n${text}")
    file(CHMOD ${made}/${script} PERMISSIONS
      OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND CPACK_DEBIAN_NGINX_PACKAGE_CONTROL_EXTRA ${made}/${script})
  endforeach()
  install(FILES ${stripped} DESTINATION lib/nginx/modules COMPONENT nginx EXCLUDE_FROM_ALL)
  install(FILES ${made}/mod-http-assay.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/nginx/modules-available
    COMPONENT nginx EXCLUDE_FROM_ALL)
  assay_debian_documents(nginx libnginx-mod-http-assay)
  file(STRINGS ${nginx_abi} abi REGEX "^nginx:abi=")
  string(REPLACE "nginx:abi=" "" abi "${abi}")
  set(CPACK_DEBIAN_NGINX_PACKAGE_NAME libnginx-mod-http-assay)
  set(CPACK_DEBIAN_NGINX_PACKAGE_SECTION httpd)
  set(CPACK_DEBIAN_NGINX_PACKAGE_DEPENDS ${abi})
  set(CPACK_DEBIAN_NGINX_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_NGINX_DESCRIPTION "JWT validation for nginx: issuer, audience, expiry and scope
 Judges the bearer token of every request before it goes on: signature,
 issuer, audience, expiry, scopes; for servers of the Model Context Protocol
 also which tool is called. Answers with the challenges and the metadata by
 which clients find out whom to ask for a token.")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME assay)
set(CPACK_PACKAGE_VENDOR "The Assay Authors")
set(CPACK_PACKAGE_CONTACT "The Assay Authors <maintainers@assay.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/package/debian)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME assay)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION net)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "judges JSON Web Tokens, strictly and fast
 The command verifies JWTs (JWS) by the keys of their issuers, checks issuer,
 audience, expiry, type, scopes and claims, decides on MCP requests, and
 checks configurations of gateways that use the Assay engine.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libassay-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libassay-c1 (= ${PROJECT_VERSION}), libsimdjson-dev, libcurl4-openssl-dev | libcurl4-dev, libhiredis-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "JWT validation engine for gateways: headers and static libraries
 Validates JSON Web Tokens at hundreds of thousands to millions a second on
 one core, for API and MCP gateways. BoringSSL and Abseil are inside, hidden,
 so that a host's own OpenSSL is undisturbed.

 The C++ interface has no stable ABI and is linked statically.")
set(CPACK_DEBIAN_C_PACKAGE_NAME libassay-c1)
set(CPACK_DEBIAN_C_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_C_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_C_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/tools/cmake/debian/triggers)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_C_DESCRIPTION "JWT validation engine for gateways: the C library
 Validates JSON Web Tokens at hundreds of thousands to millions a second on
 one core, for API and MCP gateways. BoringSSL and Abseil are inside, hidden,
 so that a host's own OpenSSL is undisturbed.")
include(CPack)
