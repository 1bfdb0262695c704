// What a file that compiles the P-256 lanes over emulated intrinsics includes first: all that they
// share with other kernels, which stays in namespace p256.
#pragma once

#include "engine/base/check.h"
#include "engine/p256/comb.h"
#include "engine/p256/constants.h"
#include "engine/p256/equation.h"
#include "engine/p256/es256.h"
#include "engine/p256/field64.h"
#include "engine/p256/inverse.h"
#include "engine/p256/point.h"
#include "engine/p256/portable64.h"
#include "engine/p256/u256.h"

namespace assay::p256_emulated {
using namespace p256;
}  // namespace assay::p256_emulated
