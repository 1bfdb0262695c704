# Upstream's commit 0e22042f444eb9a672201fe6183e09ed040d734b (David Benjamin, April 2026), "Fix
# beeu_mod_inverse_vartime on aarch64", for the older source that Debian has. The function inverts the s of
# a P-256 signature. When the low limb of its state is zero it shifts by 64, of which the processor
# takes the low 6 bits, and the inverse comes out wrong: a valid signature is refused. As upstream
# does, a bit is set before each of the two counts, which bounds the shift by 63; the loop does the rest.
#
# The mended file is a copy in the build folder, so the unpacked source stays as the archive has it. A source
# that has the mend already passes unchanged, and one of another shape is refused.
set(path linux-aarch64/crypto/fipsmodule/p256_beeu-armv8-asm.S)
if(${S}/${path} IN_LIST crypto_sources)
  file(READ ${S}/${path} text)
  set(count "\tclz\tx13, x15\n")
  set(bound "\torr\tx15, x15, #1\n")
  string(FIND "${text}" "${bound}" mended)
  if(mended EQUAL -1)
    string(REGEX MATCHALL "${count}" counts "${text}")
    list(LENGTH counts found)
    if(NOT found EQUAL 2)
      message(FATAL_ERROR "${path} counts trailing zeros in ${found} places, not 2: look at the mend anew")
    endif()
    string(REPLACE "${count}" "${bound}${count}" text "${text}")
    set(copy ${PROJECT_BINARY_DIR}/${path})
    file(WRITE ${copy} "${text}")
    list(REMOVE_ITEM crypto_sources ${S}/${path})
    list(APPEND crypto_sources ${copy})
  endif()
endif()
