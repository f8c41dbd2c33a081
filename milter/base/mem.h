/*
 * mem - memory that cannot fail, and arenas.
 *
 * Out of memory is our own trouble, not the caller's: every function here
 * either succeeds or ends the process through log_fatal(); the supervisor
 * starts a new one and the MTA applies its default action meanwhile.
 *
 * An arena hands out zeroed memory that lives until the arena is reset or
 * freed; nothing is freed singly. It belongs to one session (or to one
 * configuration) and is not locked.
 */
#ifndef MAILREEVE_MEM_H
#define MAILREEVE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* mem_alloc - size zeroed bytes; free with mem_free(). */
void *mem_alloc(size_t size);
/* mem_array - count * size zeroed bytes, overflow checked. */
void *mem_array(size_t count, size_t size);
/* mem_resize - as realloc(3); the new part is not zeroed. */
void *mem_resize(void *memory, size_t size);
/* mem_strdup - a copy of text; NULL stays NULL. */
char *mem_strdup(const char *text);
/* mem_free - as free(3); NULL is legal. */
void mem_free(void *memory);

struct arena;

/* arena_new - an empty arena that grows by blocks of block bytes. */
struct arena *arena_new(size_t block);
/* arena_alloc - size zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* arena_strdup, arena_strndup - copies; NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
/* arena_printf, arena_vprintf - a formatted string. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
/*
 * arena_defer - have function(argument) called when the arena is next reset or
 * freed, last asked first: for things that are more than memory.
 */
void arena_defer(struct arena *arena, void (*function)(void *), void *argument);
/* arena_reset - forget everything; the first block is kept for reuse. */
void arena_reset(struct arena *arena);
/* arena_free - give everything back; NULL is legal. */
void arena_free(struct arena *arena);

#endif
