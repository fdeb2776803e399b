/* Module `time`. */
#ifndef SPY_TIME_H
#define SPY_TIME_H

#include "spy/config.h"

/* Seconds since 1970-01-01 00:00 UTC. */
double spy_time$time(void);

/* Seconds since some moment, by a clock that nobody sets. */
double spy_time$monotonic(void);
double spy_time$perf_counter(void);

/* Waits that many seconds; returns at once for negative ones and nan. */
void spy_time$sleep(double seconds);

#endif
