/* The beginning and the end of a program. */
#ifndef SPY_PROCESS_H
#define SPY_PROCESS_H

#include "spy/str.h"

/* First thing in a native library: starts the heap. The stack is its host's. */
void spy_library_begin(void);

/* Writes out what has been printed, as guests of another language do when they
   return to it; quick if there is nothing. */
void spy_library_leave(void);

/* First thing in main: starts the heap and makes stack overflow a message. */
void spy_main_begin(int argc, char **argv);

/* Last thing in main: writes out standard output and returns the status that
   main must return, which is 1 when that failed. */
int spy_main_end(int status);

#if defined(SPY_TARGET_NATIVE)
/* Runs a program's main in this process and ends the process as the program
   ends. Its static data, [data, data_end), lies outside of the executable's,
   which is where the collector looks by itself. Must be called on the thread
   that the process began with. */
SPY_NORETURN void spy_host_run(
    int (*program)(int, char **), int argc, char **argv, void *data, void *data_end
);
#endif

#endif
