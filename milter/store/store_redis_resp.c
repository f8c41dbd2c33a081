/*
 * store_redis_resp - what a Redis server says, bounded and sorted.
 *
 * The server is trusted with state, not with our memory: the length of an
 * array is announced before its elements come, and hiredis 0.14 allocates
 * what was announced. So every object is charged to the budget of its reply,
 * and a reply over budget is a protocol error ("Out of memory" in hiredis'
 * words), on which the connection is thrown away.
 *
 * Diagnostics: resp_error() sorts error replies by their first word, as the
 * Redis documentation lists them.
 */
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "store/store_redis_resp.h"

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
	struct resp_budget *budget = task->privdata;

	if (task->parent == NULL)
		budget->left = budget->most;
	if (cost > budget->left)
		return false;
	budget->left -= cost;
	return true;
}

/* new_reply - charged, and put into its array */
static struct resp *
new_reply(const redisReadTask *task, enum resp_kind kind, size_t cost)
{
	struct resp *reply, *parent;

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
	enum resp_kind kind = task->type == REDIS_REPLY_ERROR    ? RESP_ERROR
			      : task->type == REDIS_REPLY_STATUS ? RESP_STATUS
								 : RESP_TEXT;
	struct resp *reply = new_reply(task, kind, length);

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
	struct resp *reply;

	if (count > SIZE_MAX / ELEMENT_COST)
		return NULL;
	reply = new_reply(task, RESP_ARRAY, count * sizeof *reply->element);
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
	struct resp *reply = new_reply(task, RESP_INTEGER, 0);

	if (reply != NULL)
		reply->number = number;
	return reply;
}

/* create_nil - nothing */
static void *
create_nil(const redisReadTask *task)
{
	return new_reply(task, RESP_NIL, 0);
}

/* free_object - resp_free for hiredis */
static void
free_object(void *reply)
{
	resp_free(reply);
}

/* resp_functions - for redisReader.fn */
struct redisReplyObjectFunctions *
resp_functions(void)
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

/* resp_free - with its elements, of which some may be missing */
void
resp_free(struct resp *reply)
{
	size_t i;

	if (reply == NULL)
		return;
	for (i = 0; i < reply->count; i++)
		resp_free(reply->element[i]);
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

/* resp_error - by its first word */
enum resp_error
resp_error(const struct resp *reply)
{
	static const struct {
		const char *word;
		enum resp_error error;
	} errors[] = {
		{ "NOSCRIPT", RESP_NO_SCRIPT },
		{ "WRONGTYPE", RESP_OTHER },
		{ "MOVED", RESP_MOVED },
		{ "ASK", RESP_ASK },
		{ "TRYAGAIN", RESP_AGAIN },
		{ "READONLY", RESP_NO_MASTER },
		{ "MASTERDOWN", RESP_NO_MASTER },
		{ "CLUSTERDOWN", RESP_NO_MASTER },
		{ "LOADING", RESP_UNAVAILABLE },
		{ "BUSY", RESP_UNAVAILABLE },
		{ "OOM", RESP_UNAVAILABLE },
		{ "MISCONF", RESP_UNAVAILABLE },
		{ "NOREPLICAS", RESP_UNAVAILABLE },
		{ "NOAUTH", RESP_UNAVAILABLE },
		{ "NOPERM", RESP_UNAVAILABLE },
		{ "WRONGPASS", RESP_UNAVAILABLE },
		{ "DENIED", RESP_UNAVAILABLE },
	};
	const char *word;
	size_t i, length;

	if (reply->kind != RESP_ERROR)
		return RESP_FINE;
	word = error_word(reply->text);
	length = strcspn(word, " ");
	for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strlen(errors[i].word) == length &&
		    memcmp(errors[i].word, word, length) == 0)
			return errors[i].error;
	return RESP_WRONG;
}

/* parse_number - decimal digits up to most, to the end of the text */
static bool
parse_number(const char *text, long most, long *out)
{
	char *end;

	*out = strtol(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out <= most;
}

/* resp_target - where a slot is now */
bool
resp_target(const struct resp *reply, unsigned *slot, const char **host,
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

/* resp_integers - an array of just these */
bool
resp_integers(const struct resp *reply, size_t count, int64_t *out)
{
	size_t i;

	if (reply->kind != RESP_ARRAY || reply->count != count)
		return false;
	for (i = 0; i < count; i++) {
		if (reply->element[i]->kind != RESP_INTEGER)
			return false;
		out[i] = reply->element[i]->number;
	}
	return true;
}

/* resp_is_array - at least so many elements */
bool
resp_is_array(const struct resp *reply, size_t count)
{
	return reply->kind == RESP_ARRAY && reply->count >= count;
}

/* resp_text - what can be used as a C string */
const char *
resp_text(const struct resp *reply)
{
	return reply->kind == RESP_TEXT && strlen(reply->text) == reply->length
		   ? reply->text
		   : NULL;
}
