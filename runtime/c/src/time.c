/* Module `time`, over the POSIX clocks. */
#include "spy/time.h"

#include <errno.h>
#include <time.h>

double spy_time$time(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double spy_time$monotonic(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double spy_time$perf_counter(void) {
    return spy_time$monotonic();
}

void spy_time$sleep(double seconds) {
    /* About thirty years; also keeps the conversion below defined. */
    const double longest = 1e9;
    if (!(seconds > 0))
        return;
    if (seconds > longest)
        seconds = longest;
    struct timespec rest;
    rest.tv_sec = (time_t)seconds;
    rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
}
