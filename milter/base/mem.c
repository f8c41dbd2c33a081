/*
 * mem - memory that cannot fail, and arenas.
 *
 * An arena is a list of blocks, newest first. Nothing is allocated before the
 * first request, so that an arena of an idle session costs its head only.
 * A request that would fill half a block or more gets a block of its own,
 * behind the current one, so that the rest of the current block is not lost.
 * The first ordinary block survives arena_reset().
 *
 * Under AddressSanitizer what was not handed out is poisoned, with a gap
 * behind each piece, so that an overrun inside a block is found as well.
 *
 * Diagnostics: out of memory and sizes that overflow end the process.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gcc says it one way, clang the other */
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "base/log.h"
#include "base/mem.h"

#define ALIGNMENT alignof(max_align_t)
#define BLOCK_MOST 2048 /* blocks double up to here */

#ifdef __SANITIZE_ADDRESS__
#ifndef __clang__ /* gcc 12 thinks that poisoning fresh memory reads it */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define GAP ALIGNMENT
#define POISON(memory, size) __asan_poison_memory_region(memory, size)
#define UNPOISON(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define GAP 0
#define POISON(memory, size) ((void)(memory))
#define UNPOISON(memory, size) ((void)(memory))
#endif

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

/* what is to be done when the arena is emptied */
struct deferred {
	struct deferred *next;
	void (*function)(void *);
	void *argument;
};

struct arena {
	struct deferred *deferred; /* last asked first */
	struct block *current;     /* the one that is filled, then older ones */
	struct block *first;       /* the ordinary block that is kept */
	size_t block;              /* bytes of the next ordinary block's data */
};

/* must - memory, or the end */
static void *
must(void *memory, size_t size)
{
	if (memory == NULL)
		log_fatal("out of memory (%zu bytes wanted)", size);
	return memory;
}

/* mem_alloc - zeroed memory */
void *
mem_alloc(size_t size)
{
	return must(calloc(1, size > 0 ? size : 1), size);
}

/* mem_array - zeroed memory for count things */
void *
mem_array(size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		log_fatal("array of %zu times %zu bytes", count, size);
	return mem_alloc(count * size);
}

/* mem_resize - more or less memory, the old content kept */
void *
mem_resize(void *memory, size_t size)
{
	return must(realloc(memory, size > 0 ? size : 1), size);
}

/* mem_strdup - a copy of a text */
char *
mem_strdup(const char *text)
{
	size_t size;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(must(malloc(size), size), text, size);
}

/* mem_free - give memory back */
void
mem_free(void *memory)
{
	free(memory);
}

/* block_new - a block with room for size bytes */
static struct block *
block_new(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof *block)
		log_fatal("arena block of %zu bytes", size);
	block = must(malloc(sizeof *block + size), size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	POISON(block->data, size);
	return block;
}

/* block_free - give a block back */
static void
block_free(struct block *block)
{
	UNPOISON(block->data, block->size);
	free(block);
}

/* block_take - the next size bytes of a block that has room for them */
static void *
block_take(struct block *block, size_t size, size_t step)
{
	unsigned char *memory = block->data + block->used;

	block->used += step;
	UNPOISON(memory, size);
	return memset(memory, 0, size);
}

/* arena_new - an arena without blocks */
struct arena *
arena_new(size_t block)
{
	struct arena *arena = mem_alloc(sizeof *arena);

	/* the block's head counts, so that 4096 is one page in all */
	arena->block = block > 2 * sizeof(struct block)
			   ? block - sizeof(struct block)
			   : block;
	return arena;
}

/* arena_grow - a block with room for step bytes; returns it */
static struct block *
arena_grow(struct arena *arena, size_t step)
{
	bool own = step > arena->block / 2;
	struct block *block = block_new(own ? step : arena->block);

	if (own && arena->current != NULL) {
		block->next = arena->current->next;
		arena->current->next = block;
		return block;
	}
	block->next = arena->current;
	arena->current = block;
	if (own)
		return block;
	if (arena->first == NULL)
		arena->first = block;
	/* who needs more than a little needs much more */
	if (arena->block < BLOCK_MOST)
		arena->block = arena->block * 2 + sizeof(struct block);
	return block;
}

/* arena_alloc - zeroed memory out of the arena */
void *
arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->current;
	size_t step;

	if (size > SIZE_MAX - GAP - ALIGNMENT)
		log_fatal("arena_alloc of %zu bytes", size);
	step = (size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || block->size - block->used < step)
		block = arena_grow(arena, step);
	return block_take(block, size, step);
}

/* arena_strdup - a copy of a text */
char *
arena_strdup(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

/* arena_strndup - a copy of the first length bytes, terminated */
char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
	if (text == NULL)
		return NULL;
	if (length == SIZE_MAX)
		log_fatal("arena_strndup of %zu bytes", length);
	return memcpy(arena_alloc(arena, length + 1), text, length);
}

/* arena_printf - a formatted text */
char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list list;
	char *text;

	va_start(list, format);
	text = arena_vprintf(arena, format, list);
	va_end(list);
	return text;
}

/* arena_vprintf - a formatted text; short ones are formatted only once */
char *
arena_vprintf(struct arena *arena, const char *format, va_list list)
{
	char small[256];
	va_list again;
	char *text;
	int length;

	va_copy(again, list);
	length = vsnprintf(small, sizeof small, format, list);
	if (length < 0)
		log_fatal("cannot format \"%s\"", format);
	if ((size_t)length < sizeof small) {
		text = arena_strndup(arena, small, (size_t)length);
	} else {
		text = arena_alloc(arena, (size_t)length + 1);
		vsnprintf(text, (size_t)length + 1, format, again);
	}
	va_end(again);
	return text;
}

/* arena_drop - free all blocks but keep */
static void
arena_drop(struct arena *arena, struct block *keep)
{
	struct block *block, *next;

	for (block = arena->current; block != NULL; block = next) {
		/* cppcheck-suppress nullPointerRedundantCheck ; keep is NULL */
		next = block->next;
		if (block != keep)
			block_free(block);
	}
}

/* arena_defer - remember to call function when the arena is emptied */
void
arena_defer(struct arena *arena, void (*function)(void *), void *argument)
{
	struct deferred *deferred = arena_alloc(arena, sizeof *deferred);

	deferred->function = function;
	deferred->argument = argument;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
}

/* run_deferred - what was put off until now */
static void
run_deferred(struct arena *arena)
{
	struct deferred *deferred = arena->deferred;

	arena->deferred = NULL;
	for (; deferred != NULL; deferred = deferred->next)
		deferred->function(deferred->argument);
}

/* arena_reset - forget all content, keep the first ordinary block */
void
arena_reset(struct arena *arena)
{
	struct block *first = arena->first;

	run_deferred(arena);
	arena_drop(arena, first);
	arena->current = first;
	if (first == NULL)
		return;
	first->next = NULL;
	first->used = 0;
	POISON(first->data, first->size);
}

/* arena_free - the end of the arena */
void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	run_deferred(arena);
	arena_drop(arena, NULL);
	free(arena);
}
