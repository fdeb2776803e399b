/* Module `posix`: files as C streams. Text is bytes; nothing is decoded. */
#ifndef SPY_POSIX_H
#define SPY_POSIX_H

#include "spy/str.h"

#include <stdio.h>

typedef struct spy_posix$TerminalSize spy_posix$TerminalSize;
struct spy_posix$TerminalSize {
    int32_t columns;
    int32_t lines;
};

/* 80 x 24 when standard output is no terminal. */
spy_posix$TerminalSize spy_posix$get_terminal_size(void);

/* Failures are OSErrors. A NULL file, which is what a closed one becomes, is a
   ValueError where a panic is possible. */
FILE *spy_posix$_fopen(
    spy_StrObject *filename, spy_StrObject *mode, const spy_Pos *pos
);
/* Standard input. What was printed before is written out, so that a question
   stands there when its answer is awaited. */
FILE *spy_posix$_stdin(void);
FILE *spy_posix$_stderr(void);
/* 0 if there is nothing of this name, 1 for a file, 2 for a folder, else 3. */
int32_t spy_posix$_path_kind(spy_StrObject *name);
void spy_posix$_remove(spy_StrObject *name, const spy_Pos *pos);
void spy_posix$_mkdir(spy_StrObject *name, const spy_Pos *pos);
void spy_posix$_rmdir(spy_StrObject *name, const spy_Pos *pos);
/* The names in a folder, with slashes between them, in no particular order. */
spy_StrObject *spy_posix$_listdir(spy_StrObject *name, const spy_Pos *pos);
/* On WASI, which knows no current folder, the root. */
spy_StrObject *spy_posix$_getcwd(const spy_Pos *pos);
bool spy_posix$_has_env(spy_StrObject *name);
/* Empty if there is no such variable. */
spy_StrObject *spy_posix$_getenv(spy_StrObject *name);
/* How many arguments the program was given, its name among them; none in a library. */
int32_t spy_posix$_argc(void);
/* Empty if there is no such argument. */
spy_StrObject *spy_posix$_arg(int32_t i);
/* Ends the program, with what it has printed written out. */
void spy_posix$_exit(int32_t status);
/* At most `size` bytes; all that is left for a negative size. */
spy_StrObject *spy_posix$_fread(FILE *f, int32_t size, const spy_Pos *pos);
spy_StrObject *spy_posix$_freadall(FILE *f, const spy_Pos *pos);
spy_StrObject *spy_posix$__freadall_chunked(FILE *f, const spy_Pos *pos);
/* With its newline; empty at the end of the file. */
spy_StrObject *spy_posix$_freadline(FILE *f, const spy_Pos *pos);
void spy_posix$_fwrite(FILE *f, spy_StrObject *data, const spy_Pos *pos);
int32_t spy_posix$_ftell(FILE *f, const spy_Pos *pos);
void spy_posix$_fseek(FILE *f, int32_t offset, int32_t whence, const spy_Pos *pos);
/* Text that could not be written must not get lost in silence: failures of these
   two are OSErrors that name no position. Closing a closed file does nothing. */
void spy_posix$_fflush(FILE *f);
void spy_posix$_fclose(FILE *f);
int32_t spy_posix$_fileno(FILE *f);
bool spy_posix$_isatty(int32_t fd);

SPY_INLINE bool spy_posix$_FILE$__eq__(FILE *a, FILE *b) { return a == b; }
SPY_INLINE bool spy_posix$_FILE$__ne__(FILE *a, FILE *b) { return a != b; }

#endif
