/*
 * store_redis_reply - what a Redis server says, bounded and sorted.
 *
 * The server is trusted with state, not with our memory: the length of an
 * array is announced before its elements come, and hiredis 0.14 allocates
 * what was announced. So every object is charged to the budget of its reply,
 * and a reply over budget is a protocol error ("Out of memory" in hiredis'
 * words), on which the connection is thrown away.
 *
 * Diagnostics: reply_error() sorts error replies by their first word, as the
 * Redis documentation lists them.
 */
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "service/store_redis_reply.h"

#define ELEMENT_COST 64
#define SLOTS 16384

/* the type of an array's length in the signature of createArray */
#if HIREDIS_MAJOR >= 1
typedef size_t array_length;
#else
typedef int array_length;
#endif

/* charge - take cost from the budget; false if it is used up */
static bool
charge(const redisReadTask *task, size_t cost)
{
	struct reply_budget *budget = task->privdata;

	if (task->parent == NULL)
		budget->left = budget->most;
	if (cost > budget->left)
		return false;
	budget->left -= cost;
	return true;
}

/* new_reply - charged, and put into its array */
static struct reply *
new_reply(const redisReadTask *task, enum reply_kind kind, size_t cost)
{
	struct reply *reply, *parent;

	if (!charge(task, ELEMENT_COST + cost))
		return NULL;
	reply = mem_alloc(sizeof *reply);
	reply->kind = kind;
	if (task->parent != NULL) {
		parent = task->parent->obj;
		parent->element[task->idx] = reply;
	}
	return reply;
}

/* create_string - string, status or error */
static void *
create_string(const redisReadTask *task, char *text, size_t length)
{
	bool is_error = task->type == REDIS_REPLY_ERROR;
	struct reply *reply =
	    new_reply(task, is_error ? REPLY_ERROR : REPLY_TEXT, length);

	if (reply == NULL)
		return NULL;
	reply->text = mem_alloc(length + 1);
	memcpy(reply->text, text, length);
	reply->length = length;
	return reply;
}

/* create_array - its elements come later */
static void *
create_array(const redisReadTask *task, array_length length)
{
	size_t count = (size_t)length;
	struct reply *reply;

	if (count > SIZE_MAX / ELEMENT_COST)
		return NULL;
	reply = new_reply(task, REPLY_ARRAY, count * sizeof *reply->element);
	if (reply == NULL)
		return NULL;
	reply->count = count;
	reply->element =
	    mem_array(count > 0 ? count : 1, sizeof *reply->element);
	return reply;
}

/* create_integer - a number */
static void *
create_integer(const redisReadTask *task, long long number)
{
	struct reply *reply = new_reply(task, REPLY_INTEGER, 0);

	if (reply != NULL)
		reply->number = number;
	return reply;
}

/* create_nil - nothing */
static void *
create_nil(const redisReadTask *task)
{
	return new_reply(task, REPLY_NIL, 0);
}

/* free_object - reply_free for hiredis */
static void
free_object(void *reply)
{
	reply_free(reply);
}

/* reply_functions - for redisReader.fn */
struct redisReplyObjectFunctions *
reply_functions(void)
{
	static redisReplyObjectFunctions functions = {
		.createString = create_string,
		.createArray = create_array,
		.createInteger = create_integer,
		.createNil = create_nil,
		.freeObject = free_object,
	};

	return &functions;
}

/* reply_free - with its elements, of which some may be missing */
void
reply_free(struct reply *reply)
{
	size_t i;

	if (reply == NULL)
		return;
	for (i = 0; i < reply->count; i++)
		reply_free(reply->element[i]);
	mem_free(reply->element);
	mem_free(reply->text);
	mem_free(reply);
}

/*
 * error_word - where the word is that names an error. Before Redis 7 an error
 * within a script came as "ERR Error running script (call to f_...):
 * @user_script:1: @user_script: 1: -READONLY You can't write ...".
 */
static const char *
error_word(const char *text)
{
	static const char wrapper[] = "ERR Error running script";
	const char *inner = NULL;

	if (strncmp(text, wrapper, strlen(wrapper)) == 0)
		inner = strstr(text, ": -");
	return inner != NULL ? inner + 3 : text;
}

/* reply_error - by its first word */
enum reply_error
reply_error(const struct reply *reply)
{
	static const struct {
		const char *word;
		enum reply_error error;
	} errors[] = {
		{ "NOSCRIPT", REPLY_NO_SCRIPT },
		{ "MOVED", REPLY_MOVED },
		{ "ASK", REPLY_ASK },
		{ "TRYAGAIN", REPLY_AGAIN },
		{ "READONLY", REPLY_NO_MASTER },
		{ "MASTERDOWN", REPLY_NO_MASTER },
		{ "CLUSTERDOWN", REPLY_NO_MASTER },
		{ "LOADING", REPLY_UNAVAILABLE },
		{ "BUSY", REPLY_UNAVAILABLE },
		{ "OOM", REPLY_UNAVAILABLE },
		{ "MISCONF", REPLY_UNAVAILABLE },
		{ "NOREPLICAS", REPLY_UNAVAILABLE },
		{ "NOAUTH", REPLY_UNAVAILABLE },
		{ "NOPERM", REPLY_UNAVAILABLE },
		{ "WRONGPASS", REPLY_UNAVAILABLE },
		{ "DENIED", REPLY_UNAVAILABLE },
	};
	const char *word;
	size_t i, length;

	if (reply->kind != REPLY_ERROR)
		return REPLY_FINE;
	word = error_word(reply->text);
	length = strcspn(word, " ");
	for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strlen(errors[i].word) == length &&
		    memcmp(errors[i].word, word, length) == 0)
			return errors[i].error;
	return REPLY_WRONG;
}

/* parse_number - decimal digits up to most, to the end of the text */
static bool
parse_number(const char *text, long most, long *out)
{
	char *end;

	*out = strtol(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out <= most;
}

/* reply_target - where a slot is now */
bool
reply_target(const struct reply *reply, unsigned *slot, const char **host,
    size_t *host_length, int *port)
{
	const char *number = strchr(reply->text, ' '), *address, *colon;
	long slot_number, port_number;
	char digits[8];

	address = number != NULL ? strchr(number + 1, ' ') : NULL;
	if (address == NULL || address - number - 1 >= (long)sizeof digits)
		return false;
	memcpy(digits, number + 1, (size_t)(address - number - 1));
	digits[address - number - 1] = '\0';
	address++;
	colon = strrchr(address, ':'); /* the host may be an IPv6 address */
	if (colon == NULL || !parse_number(digits, SLOTS - 1, &slot_number) ||
	    !parse_number(colon + 1, 65535, &port_number) || port_number == 0)
		return false;
	*slot = (unsigned)slot_number;
	*host = address;
	*host_length = (size_t)(colon - address);
	*port = (int)port_number;
	return true;
}

/* reply_integers - an array of just these */
bool
reply_integers(const struct reply *reply, size_t count, int64_t *out)
{
	size_t i;

	if (reply->kind != REPLY_ARRAY || reply->count != count)
		return false;
	for (i = 0; i < count; i++) {
		if (reply->element[i]->kind != REPLY_INTEGER)
			return false;
		out[i] = reply->element[i]->number;
	}
	return true;
}

/* reply_is_array - at least so many elements */
bool
reply_is_array(const struct reply *reply, size_t count)
{
	return reply->kind == REPLY_ARRAY && reply->count >= count;
}

/* reply_text - what can be used as a C string */
const char *
reply_text(const struct reply *reply)
{
	return reply->kind == REPLY_TEXT && strlen(reply->text) == reply->length
		   ? reply->text
		   : NULL;
}
