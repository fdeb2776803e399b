/* Who called what panicked: the table of calls that stands at the end of the
   extension's own file, and what it says of the stack. `compiler/frames`
   describes its format. Without a table nobody knows more than the panic. */
#ifndef SPY_PYTHON_FRAMES_H
#define SPY_PYTHON_FRAMES_H

#include "spy_python_abi.h"

#include <stdint.h>
#include <string.h>

/* As many calls are shown, and so many addresses of the stack are looked at for
   them. */
#define PY_SHOWN 12
#define PY_TRACE 128

/* A place in a function; the line is 0 if it is unknown. */
typedef struct {
    const char *file;
    uint32_t line;
    const char *function; /* NULL if it is unknown */
    const char *text;
} py_Place;

/* The return addresses of what is running, innermost first. */
static void *py_trace[PY_TRACE];
static int py_trace_size;

#if defined(SPY_CALL_TABLE) && defined(__linux__)
#  include <execinfo.h>
#  include <fcntl.h>
#  include <link.h>
#  include <stdlib.h>
#  include <sys/stat.h>
#  include <unistd.h>

static struct {
    uintptr_t base; /* of the addresses in it */
    const uint32_t *sites, *links, *places;
    const char *texts;
    uint32_t site_count;
} py_table;

/* Finds the file that this function was loaded from. */
static int py_find_file(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    uintptr_t here = (uintptr_t)&py_table;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && here - (info->dlpi_addr + part->p_vaddr) < part->p_memsz) {
            py_table.base = info->dlpi_addr;
            *(const char **)data = info->dlpi_name;
            return 1;
        }
    }
    return 0;
}

/* The table of an open file; NULL if it has none. */
static uint32_t *py_read_table(int file, uint64_t *size) {
    char end[16];
    struct stat stat;
    if (fstat(file, &stat) != 0 || stat.st_size < (off_t)sizeof end ||
        pread(file, end, sizeof end, stat.st_size - (off_t)sizeof end) != (ssize_t)sizeof end ||
        memcmp(end + 8, "spy.frm\1", 8) != 0)
        return NULL;
    memcpy(size, end, sizeof *size);
    if (*size < 20 || *size > (uint64_t)stat.st_size - sizeof end)
        return NULL;
    uint32_t *words = malloc(*size);
    off_t start = stat.st_size - (off_t)sizeof end - (off_t)*size;
    if (words != NULL && pread(file, words, *size, start) != (ssize_t)*size) {
        free(words);
        words = NULL;
    }
    return words;
}

/* Reads the table while the file is what was loaded: later there may be another one
   in its place. */
static void py_table_load(void) {
    const char *name = NULL;
    dl_iterate_phdr(py_find_file, (void *)&name);
    int file = name != NULL ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    uint64_t size;
    uint32_t *words = py_read_table(file, &size);
    close(file);
    if (words == NULL)
        return;
    uint64_t sites = words[1], links = words[2], places = words[3], texts = words[4];
    if (words[0] != 1 || 20 + 8 * sites + 8 * links + 16 * places + texts != size) {
        free(words);
        return;
    }
    py_table.sites = words + 5;
    py_table.links = py_table.sites + 2 * sites;
    py_table.places = py_table.links + 2 * links;
    py_table.texts = (const char *)(py_table.places + 4 * places);
    py_table.site_count = (uint32_t)sites;
}

static void py_trace_take(void) {
    py_trace_size = py_table.site_count > 0 ? backtrace(py_trace, PY_TRACE) : 0;
}

/* The innermost call that an address is in, by its number; 0 if there is none. */
static uint32_t py_link_at(const void *address) {
    /* A call returns to what follows it, which may be of another line. */
    uintptr_t at = (uintptr_t)address - 1 - py_table.base;
    uint32_t low = 0, high = py_table.site_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (py_table.sites[2 * middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? py_table.sites[2 * low - 1] : 0;
}

/* The calls that were running when the trace was taken, innermost first; returns how
   many there are, if not more than `most`. */
static int py_calls(py_Place *out, int most) {
    int count = 0;
    for (int i = 0; i < py_trace_size; i++)
        for (uint32_t link = py_link_at(py_trace[i]); link != 0 && count < most;) {
            const uint32_t *pair = &py_table.links[2 * (link - 1)];
            const uint32_t *place = &py_table.places[4 * pair[0]];
            const char *texts = py_table.texts;
            out[count++] =
                (py_Place){texts + place[0], place[1], texts + place[2], texts + place[3]};
            link = pair[1];
        }
    return count;
}
#else
#  define py_table_load() ((void)0)
#  define py_trace_take() ((void)(py_trace_size = 0))
#  define py_calls(out, most) 0
#endif

#endif
