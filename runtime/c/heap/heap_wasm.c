/* The heap of WebAssembly libraries: mark and sweep, when the host asks for it.

   What lives in locals of WebAssembly functions is invisible to a collector.
   But a library is called, and returns: between two calls of its host there are
   no locals, and its stack is empty. Then everything that is in use can be found
   from static data and from what the host says that it still holds. A call
   never collects; a host that never asks has a heap that only grows.

   Memory comes in pages of 64 KB. An area is a page of blocks of one size, with
   a bit for each that says whether it is in use: allocating is finding a bit,
   and sweeping is copying the marks over those bits. Larger blocks have pages of
   their own. */
#include "spy/alloc.h"

#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)

#  include "../src/host_state.h"

#  define PAGE ((uintptr_t)1 << 16)
#  define PAGES 65536
#  define FIRST 1056                     /* offset of an area's first block */
#  define WORDS 128                      /* words of a bitmap: 16 bytes a block */
#  define SMALL 32240                    /* largest block in an area */
#  define LARGE_HEADER 16
#  define STACK 4096

/* What a page is. */
enum { FOREIGN, FREE, AREA, LARGE, LARGE_REST };

typedef struct Area {
    struct Area *next;   /* of the same list */
    uint32_t size;       /* of a block, in bytes */
    uint32_t count;      /* of blocks */
    uint32_t cursor;     /* word of `used` before which all blocks are in use */
    uint32_t atomic;     /* whether blocks hold no pointers */
    uint32_t used[WORDS];
    uint32_t marks[WORDS];
} Area;

typedef struct {
    uint32_t pages;
    uint32_t size; /* of the block, in bytes */
    uint32_t atomic;
    uint32_t marked;
} Large;

_Static_assert(sizeof(Area) <= FIRST, "blocks stand behind the header");
_Static_assert(sizeof(Large) == LARGE_HEADER, "a block stands behind the header");

static const uint16_t sizes[] = {
    16,   32,   48,   64,   80,   96,   112,  128,  160,  192,   224,   256,
    320,  384,  448,  512,  640,  768,  896,  1024, 1280, 1536,  1792,  2048,
    2560, 3072, 3584, 4096, 5360, 6448, 8048, 10736, 16112, 21488, SMALL,
};
enum { CLASSES = sizeof sizes / sizeof sizes[0] };

/* Not scanned for pointers: these bytes are between `own_begin` and `own_end`. */
static struct {
    uint8_t kinds[PAGES];
    uintptr_t stack[STACK];
    Area *areas[2][CLASSES];   /* with room, by whether they are atomic */
    Area *full[2][CLASSES];
} own;

static uint32_t low = PAGES, high; /* pages that are ours are in [low, high) */
static size_t allocated, threshold = SPY_HEAP_PRESSURE;
static uint32_t depth;
static bool overflowed;

void spy_heap_begin(void) {
}

void spy_heap_ignore(void *start, void *end) {
    (void)start;
    (void)end;
}

void spy_heap_scan(void *start, void *end) {
    (void)start;
    (void)end;
}

/* A run of pages, the first of which gets a kind; 0 if memory runs out. */
static uintptr_t take_pages(uint32_t count, uint8_t kind, uint8_t rest) {
    uint32_t run = 0, first = PAGES;
    for (uint32_t page = low; page < high && first == PAGES; page++) {
        run = own.kinds[page] == FREE ? run + 1 : 0;
        if (run == count)
            first = page - count + 1;
    }
    if (first == PAGES) {
        size_t grown = __builtin_wasm_memory_grow(0, count);
        if (grown == (size_t)-1 || grown + count >= PAGES)
            return 0;
        first = (uint32_t)grown;
        if (first < low)
            low = first;
        if (first + count > high)
            high = first + count;
    }
    own.kinds[first] = kind;
    for (uint32_t page = first + 1; page < first + count; page++)
        own.kinds[page] = rest;
    return first * PAGE;
}

static Area *new_area(uint32_t size, uint32_t atomic) {
    Area *area = (Area *)take_pages(1, AREA, AREA);
    if (area == NULL)
        return NULL;
    memset(area, 0, sizeof *area);
    area->size = size;
    area->atomic = atomic;
    area->count = (PAGE - FIRST) / size;
    return area;
}

/* A block that is not in use; NULL if there is none. */
static char *take_block(Area *area) {
    for (uint32_t word = area->cursor; word * 32 < area->count; word++) {
        uint32_t open = ~area->used[word];
        if (open != 0) {
            uint32_t bit = (uint32_t)__builtin_ctz(open), index = word * 32 + bit;
            area->cursor = word;
            if (index >= area->count)
                return NULL;
            area->used[word] |= (uint32_t)1 << bit;
            return (char *)area + FIRST + index * area->size;
        }
    }
    return NULL;
}

static void *allocate_small(size_t size, uint32_t atomic) {
    uint32_t class = size <= 128 ? (uint32_t)(size - 1) / 16 : 8;
    while (sizes[class] < size)
        class++;
    for (;;) {
        Area *area = own.areas[atomic][class];
        if (area == NULL) {
            area = new_area(sizes[class], atomic);
            if (area == NULL)
                return NULL;
            own.areas[atomic][class] = area;
        }
        char *block = take_block(area);
        if (block != NULL)
            return atomic ? block : memset(block, 0, area->size);
        own.areas[atomic][class] = area->next;
        area->next = own.full[atomic][class];
        own.full[atomic][class] = area;
    }
}

static void *allocate_large(size_t size, uint32_t atomic) {
    uint32_t pages = (uint32_t)((size + LARGE_HEADER + PAGE - 1) / PAGE);
    Large *large = (Large *)take_pages(pages, LARGE, LARGE_REST);
    if (large == NULL)
        return NULL;
    *large = (Large){pages, (uint32_t)size, atomic, 0};
    char *block = (char *)large + LARGE_HEADER;
    return atomic ? block : memset(block, 0, size);
}

static void *allocate(size_t size, uint32_t atomic) {
    if (size == 0)
        size = 1;
    allocated += size;
    if (allocated >= threshold)
        spy_host.attention |= SPY_HOST_COLLECT;
    return size <= SMALL ? allocate_small(size, atomic) : allocate_large(size, atomic);
}

void *spy_heap_alloc(size_t size) {
    return allocate(size, 0);
}

void *spy_heap_alloc_atomic(size_t size) {
    return allocate(size, 1);
}

uint64_t spy_heap_block(uintptr_t address) {
    uint32_t page = (uint32_t)(address / PAGE);
    while (own.kinds[page] == LARGE_REST)
        page--;
    uintptr_t start = 0;
    uint32_t size = 0;
    if (own.kinds[page] == AREA) {
        Area *area = (Area *)(page * PAGE);
        uint32_t offset = (uint32_t)(address % PAGE);
        uint32_t index = offset < FIRST ? area->count : (offset - FIRST) / area->size;
        if (index < area->count && area->used[index / 32] >> index % 32 & 1) {
            size = area->size;
            start = (uintptr_t)area + FIRST + index * size;
        }
    } else if (own.kinds[page] == LARGE) {
        Large *large = (Large *)(page * PAGE);
        start = (uintptr_t)large + LARGE_HEADER;
        size = address < start ? 0 : large->size;
    }
    return size == 0 ? 0 : (uint64_t)start << 32 | size;
}

/* Remembers to look into a block that was just marked. */
static void push(uintptr_t block) {
    if (depth < STACK)
        own.stack[depth++] = block;
    else
        overflowed = true;
}

/* Marks what a word points to, or into, if it points to a block. */
static void mark(uintptr_t word) {
    uint32_t page = (uint32_t)(word / PAGE);
    switch (own.kinds[page]) {
    case AREA: {
        Area *area = (Area *)(page * PAGE);
        uint32_t offset = (uint32_t)(word % PAGE);
        uint32_t index = offset < FIRST ? area->count : (offset - FIRST) / area->size;
        uint32_t bit = (uint32_t)1 << index % 32;
        if (index >= area->count || !(area->used[index / 32] & bit) ||
            (area->marks[index / 32] & bit))
            return;
        area->marks[index / 32] |= bit;
        if (!area->atomic)
            push((uintptr_t)area + FIRST + index * area->size);
        return;
    }
    case LARGE_REST:
        while (own.kinds[page] == LARGE_REST)
            page--;
        /* fallthrough */
    case LARGE: {
        Large *large = (Large *)(page * PAGE);
        if (large->marked || word < (uintptr_t)large + LARGE_HEADER)
            return;
        large->marked = 1;
        if (!large->atomic)
            push((uintptr_t)large + LARGE_HEADER);
        return;
    }
    default:
        return;
    }
}

static void scan(uintptr_t start, uintptr_t end) {
    for (uintptr_t at = (start + 3) & ~(uintptr_t)3; at + 4 <= end; at += 4)
        mark(*(const uintptr_t *)at);
}

static void scan_block(uintptr_t block) {
    uintptr_t page = block / PAGE * PAGE;
    if (own.kinds[page / PAGE] == AREA)
        scan(block, block + ((Area *)page)->size);
    else
        scan(block, block + ((Large *)page)->size);
}

static void drain(void) {
    while (depth > 0)
        scan_block(own.stack[--depth]);
}

/* Looks again into all blocks that are marked: some could not be remembered. */
static void scan_marked(void) {
    for (uint32_t page = low; page < high; page++) {
        if (own.kinds[page] == LARGE) {
            Large *large = (Large *)(page * PAGE);
            if (large->marked && !large->atomic)
                scan_block((uintptr_t)large + LARGE_HEADER);
        } else if (own.kinds[page] == AREA) {
            Area *area = (Area *)(page * PAGE);
            for (uint32_t index = 0; !area->atomic && index < area->count; index++)
                if (area->marks[index / 32] >> index % 32 & 1)
                    scan_block((uintptr_t)area + FIRST + index * area->size);
        }
        drain();
    }
}

/* Whether anything in an area stays. */
static bool sweep_area(Area *area, size_t *live) {
    uint32_t count = 0;
    for (uint32_t word = 0; word < WORDS; word++) {
        area->used[word] = area->marks[word];
        count += (uint32_t)__builtin_popcount(area->marks[word]);
        area->marks[word] = 0;
    }
    area->cursor = 0;
    *live += (size_t)count * area->size;
    return count > 0;
}

static uint32_t class_of(uint32_t size) {
    uint32_t class = 0;
    while (sizes[class] < size)
        class++;
    return class;
}

/* Frees what has no mark, takes the marks away, and returns what stays, in bytes. */
static size_t sweep(void) {
    size_t live = 0;
    memset(own.areas, 0, sizeof own.areas);
    memset(own.full, 0, sizeof own.full);
    for (uint32_t page = high; page-- > low;) {
        if (own.kinds[page] == AREA) {
            Area *area = (Area *)(page * PAGE);
            if (!sweep_area(area, &live)) {
                own.kinds[page] = FREE;
                continue;
            }
            Area **list = &own.areas[area->atomic][class_of(area->size)];
            area->next = *list;
            *list = area;
        } else if (own.kinds[page] == LARGE) {
            Large *large = (Large *)(page * PAGE);
            if (large->marked) {
                large->marked = 0;
                live += large->size;
            } else {
                memset(own.kinds + page, FREE, large->pages);
            }
        }
    }
    return live;
}

void spy_heap_collect(uintptr_t data, uintptr_t data_end, void *held) {
    depth = 0;
    overflowed = false;
    scan(data, (uintptr_t)&own);
    scan((uintptr_t)(&own + 1), data_end);
    mark((uintptr_t)held);
    drain();
    while (overflowed) {
        overflowed = false;
        scan_marked();
    }
    size_t live = sweep();
    allocated = 0;
    threshold = live > SPY_HEAP_PRESSURE ? live : SPY_HEAP_PRESSURE;
    spy_host.attention &= ~(uint32_t)SPY_HOST_COLLECT;
}

#endif
