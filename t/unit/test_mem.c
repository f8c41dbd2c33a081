/*
 * test_mem - allocation and arenas.
 */
#include "t/lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* zero - whether all of it is zero */
static bool
zero(const void *memory, size_t size)
{
	const unsigned char *byte = memory;

	while (size-- > 0) {
		if (*byte++ != 0)
			return false;
	}
	return true;
}

static void
allocates_zeroed(void **state)
{
	char *memory = mem_alloc(100), *copy;

	(void)state;
	assert_true(zero(memory, 100));
	memory = mem_resize(memory, 1000);
	memset(memory, 'x', 1000);
	mem_free(memory);
	memory = mem_array(10, 7);
	assert_true(zero(memory, 70));
	mem_free(memory);
	assert_null(mem_strdup(NULL));
	copy = mem_strdup("reeve");
	assert_string_equal(copy, "reeve");
	mem_free(copy);
	mem_free(mem_alloc(0));
	mem_free(mem_resize(NULL, 0));
	mem_free(NULL);
}

static void
array_too_large(void *context)
{
	(void)context;
	mem_free(mem_array(SIZE_MAX / 2, 3));
}

static void
alloc_too_large(void *context)
{
	(void)context;
	mem_free(mem_alloc(SIZE_MAX / 2));
}

static void
arena_too_large(void *context)
{
	(void)arena_alloc(context, SIZE_MAX);
}

static void
ends_when_memory_is_out(void **state)
{
	struct arena *arena = arena_new(100);

	(void)state;
	unit_assert_fatal(array_too_large, NULL);
#ifndef __SANITIZE_ADDRESS__ /* which ends such a process by itself */
	unit_assert_fatal(alloc_too_large, NULL);
#else
	(void)alloc_too_large;
#endif
	unit_assert_fatal(arena_too_large, arena);
	arena_free(arena);
}

/* all sizes, all block sizes: aligned, zeroed, not overlapping, reusable */
static void
arena_hands_out(void **state)
{
	static const size_t blocks[] = { 0, 1, 64, 512, 4096 };
	static const size_t sizes[] = { 0, 1, 7, 16, 33, 100, 255, 256, 257,
		2048, 5000, 3, 100000, 1 };
	unsigned char *piece[COUNT_OF(sizes)];
	struct arena *arena;
	size_t b, i, round;

	(void)state;
	for (b = 0; b < COUNT_OF(blocks); b++) {
		arena = arena_new(blocks[b]);
		for (round = 0; round < 3; round++) {
			for (i = 0; i < COUNT_OF(sizes); i++) {
				piece[i] = arena_alloc(arena, sizes[i]);
				assert_int_equal((uintptr_t)piece[i] %
						     sizeof(void *),
				    0);
				assert_true(zero(piece[i], sizes[i]));
				memset(piece[i], (int)i + 1, sizes[i]);
			}
			for (i = 0; i < COUNT_OF(sizes); i++) {
				if (sizes[i] > 0)
					assert_int_equal(piece[i][sizes[i] - 1],
					    i + 1);
			}
			arena_reset(arena);
		}
		arena_free(arena);
	}
	arena_free(NULL);
}

static void
arena_keeps_its_first_block(void **state)
{
	struct arena *arena = arena_new(1024);
	char *first = arena_alloc(arena, 10);
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		arena_alloc(arena, 300);
	arena_alloc(arena, 100000);
	arena_reset(arena);
	assert_ptr_equal(arena_alloc(arena, 10), first);
	arena_free(arena);
}

static void
arena_makes_texts(void **state)
{
	struct arena *arena = arena_new(64);
	char large[1000];
	size_t length;

	(void)state;
	memset(large, 'y', sizeof large);
	large[sizeof large - 1] = '\0';
	assert_null(arena_strdup(arena, NULL));
	assert_null(arena_strndup(arena, NULL, 3));
	assert_string_equal(arena_strdup(arena, ""), "");
	assert_string_equal(arena_strdup(arena, large), large);
	assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	for (length = 250; length < 260; length++)
		assert_int_equal(strlen(arena_printf(arena, "%.*s", (int)length,
				     large)),
		    length);
	assert_string_equal(arena_printf(arena, "%s", large), large);
	arena_free(arena);
}

/* remember - append a letter to a text */
static char remembered[8];
static void
remember(void *letter)
{
	strncat(remembered, letter, 1);
}

/* arena_defers - at reset and at free, last asked first, once each */
static void
arena_defers(void **state)
{
	struct arena *arena = arena_new(256);
	char a[] = "a", b[] = "b", c[] = "c";

	(void)state;
	arena_defer(arena, remember, a);
	arena_defer(arena, remember, b);
	arena_reset(arena);
	assert_string_equal(remembered, "ba");
	arena_reset(arena);
	assert_string_equal(remembered, "ba");
	arena_defer(arena, remember, c);
	arena_free(arena);
	assert_string_equal(remembered, "bac");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocates_zeroed),
		cmocka_unit_test(ends_when_memory_is_out),
		cmocka_unit_test(arena_hands_out),
		cmocka_unit_test(arena_keeps_its_first_block),
		cmocka_unit_test(arena_makes_texts),
		cmocka_unit_test(arena_defers),
	};

	return unit_run(tests);
}
