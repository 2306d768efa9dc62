/* SPDX-License-Identifier: GPL-2.0-only */
/* All parts, in the order in which they use one another. */
#include "torture.h"
#include "arena.h"
#include "ops_key.h"
#include "ops_process.h"
#include "ops_helper.h"
#include "ops.h"
#include "actors.h"
#include "history.h"
#include "storm.h"
#include "pair.h"
