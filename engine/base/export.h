// ASSAY_EXPORT marks what libassay.so exports; everything else stays hidden.
#pragma once

#define ASSAY_EXPORT __attribute__((visibility("default")))
