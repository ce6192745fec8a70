#pragma once
// The plugin's name for whatever serves it; a host derives from it and casts back.

#include <chapar/plugin.h>

struct chapar_host {};
