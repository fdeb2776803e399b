/* libspy: everything that compiled SPy code may call.
   Generated units include this header alone. */
#ifndef SPY_H
#define SPY_H

#include "spy/config.h"

#include "spy/alloc.h"
#include "spy/boolean.h"
#include "spy/builtins.h"
#include "spy/bytes.h"
#include "spy/complex.h"
#include "spy/convert.h"
#include "spy/float.h"
#include "spy/int.h"
#include "spy/math.h"
#include "spy/panic.h"
#include "spy/posix.h"
#include "spy/process.h"
#include "spy/ptr.h"
#include "spy/ptr_bulk.h"
#include "spy/rawbuffer.h"
#include "spy/str.h"
#include "spy/time.h"
#include "spy/unchecked.h"

#endif
