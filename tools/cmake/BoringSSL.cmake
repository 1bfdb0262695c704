# BoringSSL as boringssl::crypto and boringssl::ssl: static, position-independent, hidden symbols.
if(NOT ASSAY_BORINGSSL_DIR)
  message(FATAL_ERROR "Set ASSAY_BORINGSSL_DIR to a built BoringSSL (include/, libcrypto.a, libssl.a)")
endif()
find_package(Threads REQUIRED)
foreach(part crypto ssl)
  add_library(boringssl::${part} STATIC IMPORTED GLOBAL)
  set_target_properties(boringssl::${part} PROPERTIES
    IMPORTED_LOCATION ${ASSAY_BORINGSSL_DIR}/lib${part}.a
    INTERFACE_INCLUDE_DIRECTORIES ${ASSAY_BORINGSSL_DIR}/include)
endforeach()
set_property(TARGET boringssl::crypto PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
set_property(TARGET boringssl::ssl PROPERTY INTERFACE_LINK_LIBRARIES boringssl::crypto)
