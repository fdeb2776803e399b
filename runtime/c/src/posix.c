/* Module `posix`: files as C streams. */
#include "spy/posix.h"

#include "spy/builtins.h"
#include "spy/panic.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#if !defined(SPY_TARGET_WASI)
#  include <sys/ioctl.h>
#endif

/* Bytes read so far, in malloc memory until their number is known. */
typedef struct {
    char *data;
    size_t size;
    size_t capacity;
} Growing;

static void require_open(FILE *f, const spy_Pos *pos) {
    if (SPY_UNLIKELY(f == NULL))
        spy_panic_at("ValueError", "I/O operation on closed file", pos);
}

static void grow(Growing *g, size_t capacity, const spy_Pos *pos) {
    char *data = realloc(g->data, capacity);
    if (data == NULL)
        spy_panic_out_of_memory(pos);
    g->data = data;
    g->capacity = capacity;
}

static spy_StrObject *growing_to_str(Growing *g) {
    spy_StrObject *s = spy_str_from_bytes(g->data, g->size);
    free(g->data);
    return s;
}

/* Reads until the end of the file or `limit` bytes. Never trusts a file's
   announced size: it may grow, shrink, or mean nothing at all. */
static spy_StrObject *read_up_to(
    FILE *f, size_t limit, size_t expected, const char *error, const spy_Pos *pos
) {
    Growing g = {NULL, 0, 0};
    require_open(f, pos);
    clearerr(f);
    while (g.size < limit) {
        if (g.size == g.capacity) {
            size_t wanted = g.capacity == 0 ? expected : g.capacity * 2;
            grow(&g, wanted < limit ? wanted : limit, pos);
        }
        size_t n = fread(g.data + g.size, 1, g.capacity - g.size, f);
        g.size += n;
        if (n == 0)
            break;
    }
    if (ferror(f)) {
        free(g.data);
        spy_panic_at("OSError", error, pos);
    }
    return growing_to_str(&g);
}

enum { CHUNK = 4096, LARGEST_GUESS = 1 << 24 };

/* Room for the rest of a regular file and the byte that tells that it ended. */
static size_t expected_size(FILE *f) {
    struct stat st;
    long at;
    if (f == NULL || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode))
        return CHUNK;
    at = ftell(f);
    if (at < 0 || st.st_size <= at)
        return CHUNK;
    long long rest = (long long)st.st_size - at;
    return rest < LARGEST_GUESS ? (size_t)rest + 1 : LARGEST_GUESS;
}

/* One of "r", "w", "a" and at most one '+', in any order; false otherwise. */
static bool normalise_mode(spy_StrObject *mode, char out[3]) {
    char base = '\0';
    bool plus = false;
    for (size_t i = 0; i < mode->length; i++) {
        char c = spy_StrObject_CHARS(mode)[i];
        if (c == '+' && !plus)
            plus = true;
        else if ((c == 'r' || c == 'w' || c == 'a') && base == '\0')
            base = c;
        else
            return false;
    }
    out[0] = base;
    out[1] = plus ? '+' : '\0';
    out[2] = '\0';
    return base != '\0';
}

/* A copy that ends with NUL, to be freed; NULL if there is one inside: a name with
   that would be the name of some other file. */
static char *c_string(spy_StrObject *s) {
    size_t length = s->length;
    if (length > 0 && memchr(spy_StrObject_UTF8(s), '\0', length) != NULL)
        return NULL;
    char *text = spy_raw_alloc(length + 1);
    if (length > 0)
        memcpy(text, spy_StrObject_UTF8(s), length);
    text[length] = '\0';
    return text;
}

FILE *spy_posix$_fopen(
    spy_StrObject *filename, spy_StrObject *mode, const spy_Pos *pos
) {
    char c_mode[3];
    if (!normalise_mode(mode, c_mode))
        spy_panic_at("PanicError", "invalid mode for _fopen", pos);
    char *path = c_string(filename);
    if (path == NULL)
        spy_panic_at("OSError", "cannot open file", pos);
    FILE *f = fopen(path, c_mode);
    free(path);
    if (f == NULL)
        spy_panic_at("OSError", "cannot open file", pos);
    return f;
}

FILE *spy_posix$_stdin(void) {
    spy_flush();
    return stdin;
}

FILE *spy_posix$_stderr(void) {
    return stderr;
}

int32_t spy_posix$_path_kind(spy_StrObject *name) {
    char *path = c_string(name);
    struct stat found;
    bool exists = path != NULL && stat(path, &found) == 0;
    free(path);
    if (!exists)
        return 0;
    return S_ISDIR(found.st_mode) ? 2 : S_ISREG(found.st_mode) ? 1 : 3;
}

void spy_posix$_remove(spy_StrObject *name, const spy_Pos *pos) {
    char *path = c_string(name);
    bool removed = path != NULL && unlink(path) == 0;
    free(path);
    if (!removed)
        spy_panic_at("OSError", "cannot remove file", pos);
}

void spy_posix$_mkdir(spy_StrObject *name, const spy_Pos *pos) {
    char *path = c_string(name);
    bool made = path != NULL && mkdir(path, 0777) == 0;
    free(path);
    if (!made)
        spy_panic_at("OSError", "cannot make folder", pos);
}

void spy_posix$_rmdir(spy_StrObject *name, const spy_Pos *pos) {
    char *path = c_string(name);
    bool removed = path != NULL && rmdir(path) == 0;
    free(path);
    if (!removed)
        spy_panic_at("OSError", "cannot remove folder", pos);
}

/* Adds a name, behind a slash if there is one before it. */
static void add_name(Growing *g, const char *name, const spy_Pos *pos) {
    size_t length = strlen(name);
    size_t wanted = g->size + length + 1;
    if (wanted > g->capacity)
        grow(g, wanted * 2, pos);
    if (g->size > 0)
        g->data[g->size++] = '/';
    memcpy(g->data + g->size, name, length);
    g->size += length;
}

spy_StrObject *spy_posix$_listdir(spy_StrObject *name, const spy_Pos *pos) {
    Growing g = {NULL, 0, 0};
    char *path = c_string(name);
    DIR *dir = path != NULL ? opendir(path) : NULL;
    free(path);
    if (dir == NULL)
        spy_panic_at("OSError", "cannot list folder", pos);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add_name(&g, entry->d_name, pos);
    }
    closedir(dir);
    return growing_to_str(&g);
}

spy_StrObject *spy_posix$_getcwd(const spy_Pos *pos) {
    char *path = getcwd(NULL, 0);
    if (path == NULL)
        spy_panic_at("OSError", "cannot find out the current folder", pos);
    spy_StrObject *s = spy_str_from_bytes(path, strlen(path));
    free(path);
    return s;
}

bool spy_posix$_has_env(spy_StrObject *name) {
    char *key = c_string(name);
    bool found = key != NULL && getenv(key) != NULL;
    free(key);
    return found;
}

spy_StrObject *spy_posix$_getenv(spy_StrObject *name) {
    char *key = c_string(name);
    const char *value = key != NULL ? getenv(key) : NULL;
    free(key);
    return value != NULL ? spy_str_from_bytes(value, strlen(value)) : spy_str_from_bytes("", 0);
}

void spy_posix$_exit(int32_t status) {
    spy_flush();
    /* As a process tells its status, so that hosts which know more bits agree. */
    spy_terminate(status & 0xff);
}

spy_StrObject *spy_posix$_fread(FILE *f, int32_t size, const spy_Pos *pos) {
    if (size < 0)
        return spy_posix$_freadall(f, pos);
    return read_up_to(f, (size_t)size, CHUNK, "fread: read error", pos);
}

spy_StrObject *spy_posix$_freadall(FILE *f, const spy_Pos *pos) {
    return read_up_to(f, SIZE_MAX / 2, expected_size(f), "freadall: read error", pos);
}

spy_StrObject *spy_posix$__freadall_chunked(FILE *f, const spy_Pos *pos) {
    return read_up_to(f, SIZE_MAX / 2, CHUNK, "freadall: read error", pos);
}

spy_StrObject *spy_posix$_freadline(FILE *f, const spy_Pos *pos) {
    char small[256];
    Growing g = {NULL, 0, 0};
    size_t n = 0;
    int c = EOF;
    require_open(f, pos);
    clearerr(f);
    while (c != '\n' && (c = getc(f)) != EOF) {
        if (n == sizeof small) {
            if (g.capacity - g.size < n)
                grow(&g, (g.capacity + n) * 2, pos);
            memcpy(g.data + g.size, small, n);
            g.size += n;
            n = 0;
        }
        small[n++] = (char)c;
    }
    if (ferror(f)) {
        free(g.data);
        spy_panic_at("OSError", "freadline: read error", pos);
    }
    if (g.size == 0)
        return spy_str_from_bytes(small, n);
    if (g.capacity - g.size < n)
        grow(&g, g.size + n, pos);
    memcpy(g.data + g.size, small, n);
    g.size += n;
    return growing_to_str(&g);
}

void spy_posix$_fwrite(FILE *f, spy_StrObject *data, const spy_Pos *pos) {
    require_open(f, pos);
    size_t size = data->length;
    if (size > 0 && fwrite(spy_StrObject_UTF8(data), 1, size, f) != size)
        spy_panic_at("OSError", "fwrite: write error", pos);
}

int32_t spy_posix$_ftell(FILE *f, const spy_Pos *pos) {
    require_open(f, pos);
    long at = ftell(f);
    if (at < 0 || at > INT32_MAX)
        spy_panic_at("OSError", "ftell failed", pos);
    return (int32_t)at;
}

void spy_posix$_fseek(FILE *f, int32_t offset, int32_t whence, const spy_Pos *pos) {
    require_open(f, pos);
    if (fseek(f, offset, whence) != 0)
        spy_panic_at("OSError", "fseek failed", pos);
}

void spy_posix$_fflush(FILE *f) {
    require_open(f, NULL);
    if (fflush(f) != 0)
        spy_panic_at("OSError", "fflush: write error", NULL);
}

void spy_posix$_fclose(FILE *f) {
    if (f != NULL && fclose(f) != 0)
        spy_panic_at("OSError", "fclose: write error", NULL);
}

int32_t spy_posix$_fileno(FILE *f) {
    return f == NULL ? -1 : fileno(f);
}

bool spy_posix$_isatty(int32_t fd) {
    return isatty(fd) == 1;
}

spy_posix$TerminalSize spy_posix$get_terminal_size(void) {
#if !defined(SPY_TARGET_WASI)
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return (spy_posix$TerminalSize){size.ws_col, size.ws_row};
#endif
    return (spy_posix$TerminalSize){80, 24};
}
