# Cross build for aarch64 with Debian's cross compiler; libraries come from the folder that
# tools/checks/arm64-sysroot prints, tests run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

if(NOT DEFINED ENV{ASSAY_ARM64_SYSROOT})
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../checks/arm64-sysroot
    OUTPUT_VARIABLE assay_sysroot OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The arm64 libraries could not be fetched; see above")
  endif()
  set(ENV{ASSAY_ARM64_SYSROOT} ${assay_sysroot})  # this file is read once per try_compile
endif()
set(assay_sysroot $ENV{ASSAY_ARM64_SYSROOT})

set(CMAKE_FIND_ROOT_PATH ${assay_sysroot} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR
  qemu-aarch64;-L;/usr/aarch64-linux-gnu;-E;LD_LIBRARY_PATH=${assay_sysroot}/usr/lib/aarch64-linux-gnu)
