// What a file of ES256 lanes includes ahead of its target region: what other translation units may use too, and so must
// not be compiled for some CPUs only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "engine/base/check.h"
#include "engine/p256/comb.h"
#include "engine/p256/equation.h"
#include "engine/p256/es256.h"
#include "engine/p256/inverse.h"
#include "engine/p256/portable64.h"
#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"
