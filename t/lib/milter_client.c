/*
 * milter_client - the MTA's half of the milter protocol, for tests.
 *
 * A packet is a length (four bytes, network order, the command counted), a
 * command byte and a payload. Everything that has to go before the milter
 * answers is collected and sent with one write, as MTAs do: so the milter's
 * reading of several packets at once is tested as well.
 */
#include "milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BODY_CHUNK 65535
#define PACKET_MAX (1u << 20)

/* the steps that may have macros, in the order of SMFIM_* on the wire */
static const char macro_steps[] = { MILTER_CONNECT, MILTER_HELO, MILTER_MAIL,
	MILTER_RCPT, MILTER_DATA, MILTER_EOM, MILTER_EOH };
#define MACRO_STEPS sizeof(macro_steps)

/* what makes a step left out, and what makes it unanswered */
static const struct {
	char command;
	uint32_t no, nr;
} step_flags[] = {
	{ MILTER_CONNECT, MILTER_NOCONNECT, MILTER_NR_CONN },
	{ MILTER_HELO, MILTER_NOHELO, MILTER_NR_HELO },
	{ MILTER_MAIL, MILTER_NOMAIL, MILTER_NR_MAIL },
	{ MILTER_RCPT, MILTER_NORCPT, MILTER_NR_RCPT },
	{ MILTER_DATA, MILTER_NODATA, MILTER_NR_DATA },
	{ MILTER_HEADER, MILTER_NOHDRS, MILTER_NR_HDR },
	{ MILTER_EOH, MILTER_NOEOH, MILTER_NR_EOH },
	{ MILTER_BODY, MILTER_NOBODY, MILTER_NR_BODY },
	{ MILTER_UNKNOWN, MILTER_NOUNKNOWN, MILTER_NR_UNKN },
	{ MILTER_EOM, 0, 0 },
};

struct macro {
	struct macro *next;
	char command;
	char *name, *value;
};

struct buffer {
	unsigned char *data;
	size_t length, size;
};

struct milter_client {
	int fd;
	int timeout_ms;
	struct milter_options offer, chosen;
	char *list[MACRO_STEPS];
	struct macro *macros;
	struct buffer out; /* not yet sent */
	struct buffer in;  /* payload of the last packet */
	struct milter_answer answer;
	char *answer_text;
	struct milter_change *changes;
	size_t change_count;
};

/* must - memory or the end of the program. */
static void *
must(void *memory)
{
	if (memory == NULL) {
		perror("milter_client");
		exit(2);
	}
	return memory;
}

/* add - append bytes to a buffer. */
static void
add(struct buffer *buffer, const void *bytes, size_t length)
{
	if (buffer->length + length > buffer->size) {
		buffer->size = (buffer->length + length) * 2;
		buffer->data = must(realloc(buffer->data, buffer->size));
	}
	if (length > 0)
		memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
}

/* add_text - append a string with its terminator. */
static void
add_text(struct buffer *buffer, const char *text)
{
	add(buffer, text, strlen(text) + 1);
}

/* add_u32 - append a number in network order. */
static void
add_u32(struct buffer *buffer, uint32_t number)
{
	number = htonl(number);
	add(buffer, &number, sizeof(number));
}

/* get_u32 - the number at a place of the input. */
static uint32_t
get_u32(const struct buffer *buffer, size_t at)
{
	uint32_t number;

	memcpy(&number, buffer->data + at, sizeof(number));
	return ntohl(number);
}

/* open_unix - a connected socket, or -1. */
static int
open_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* open_inet - the same for "PORT@HOST". */
static int
open_inet(const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *at = strchr(name, '@');
	char port[16], host[64] = "127.0.0.1";
	int fd, one = 1;

	snprintf(port, sizeof(port), "%.*s",
	    (int)(at != NULL ? at - name : (int)strlen(name)), name);
	if (at != NULL && at[1] == '[')
		snprintf(host, sizeof(host), "%.*s", (int)strlen(at) - 3,
		    at + 2);
	else if (at != NULL)
		snprintf(host, sizeof(host), "%s", at + 1);
	if (getaddrinfo(host, port, &hints, &found) != 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

struct milter_client *
milter_client_open(const char *socket)
{
	struct milter_client *client;
	const char *colon = strchr(socket, ':');
	int fd;

	if (colon == NULL || strncmp(socket, "inet", 4) != 0)
		fd = open_unix(colon == NULL ? socket : colon + 1);
	else
		fd = open_inet(colon + 1);
	if (fd < 0)
		return NULL;
	client = must(calloc(1, sizeof(*client)));
	client->fd = fd;
	client->timeout_ms = 10000;
	client->chosen.version = 6;
	client->answer.text = "";
	return client;
}

/* changes_clear - forget what was done to the last message. */
static void
changes_clear(struct milter_client *client)
{
	for (size_t i = 0; i < client->change_count; i++) {
		free(client->changes[i].name);
		free(client->changes[i].value);
	}
	client->change_count = 0;
}

void
milter_client_close(struct milter_client *client)
{
	if (client == NULL)
		return;
	for (size_t i = 0; i < MACRO_STEPS; i++) {
		milter_client_macros_clear(client, macro_steps[i]);
		free(client->list[i]);
	}
	changes_clear(client);
	free(client->changes);
	free(client->answer_text);
	free(client->out.data);
	free(client->in.data);
	close(client->fd);
	free(client);
}

void
milter_client_timeout(struct milter_client *client, int ms)
{
	client->timeout_ms = ms;
}

int
milter_client_fd(const struct milter_client *client)
{
	return client->fd;
}

/* flush_out - send what was collected; false when the peer is gone. */
static bool
flush_out(struct milter_client *client)
{
	size_t sent = 0, length = client->out.length;

	client->out.length = 0;
	while (sent < length) {
		ssize_t n = send(client->fd, client->out.data + sent,
		    length - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

/* put_packet - collect a packet. */
static void
put_packet(struct milter_client *client, int command, const void *payload,
    size_t length)
{
	unsigned char byte = (unsigned char)command;

	add_u32(&client->out, (uint32_t)length + 1);
	add(&client->out, &byte, 1);
	add(&client->out, payload, length);
}

bool
milter_client_raw(struct milter_client *client, const void *bytes,
    size_t length)
{
	add(&client->out, bytes, length);
	return flush_out(client);
}

bool
milter_client_packet(struct milter_client *client, int command,
    const void *payload, size_t length)
{
	put_packet(client, command, payload, length);
	return flush_out(client);
}

/* now_ms - monotonic time. */
static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* read_exactly - 0, MILTER_LOST or MILTER_TIMEOUT. */
static int
read_exactly(struct milter_client *client, unsigned char *to, size_t length,
    int64_t end_ms)
{
	while (length > 0) {
		struct pollfd wait = { .fd = client->fd, .events = POLLIN };
		int64_t left = end_ms - now_ms();
		ssize_t n;

		if (left < 0)
			return MILTER_TIMEOUT;
		if (poll(&wait, 1, (int)left) == 0)
			return MILTER_TIMEOUT;
		n = recv(client->fd, to, length, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return MILTER_LOST;
		to += n;
		length -= (size_t)n;
	}
	return 0;
}

int
milter_client_read(struct milter_client *client, int *command)
{
	int64_t end_ms = now_ms() + client->timeout_ms;
	unsigned char head[5];
	uint32_t length;
	int error;

	error = read_exactly(client, head, sizeof(head), end_ms);
	if (error != 0)
		return error;
	memcpy(&length, head, 4);
	length = ntohl(length);
	if (length < 1 || length > PACKET_MAX)
		return MILTER_LOST;
	*command = head[4];
	client->in.length = 0;
	if (client->in.size < length) {
		client->in.size = length;
		client->in.data = must(realloc(client->in.data, length));
	}
	client->in.length = length - 1;
	/* a terminator, so that a text without one ends anyway */
	client->in.data[length - 1] = '\0';
	return read_exactly(client, client->in.data, length - 1, end_ms);
}

/* macro_index - place of a command in macro_steps, or -1. */
static int
macro_index(enum milter_command command)
{
	for (size_t i = 0; i < MACRO_STEPS; i++)
		if (macro_steps[i] == (char)command)
			return (int)i;
	return -1;
}

/* read_lists - the macro lists behind the chosen options. */
static void
read_lists(struct milter_client *client)
{
	size_t at = 12;

	while (at + 5 <= client->in.length) {
		uint32_t step = get_u32(&client->in, at);
		const char *text = (const char *)client->in.data + at + 4;

		if (step < MACRO_STEPS) {
			free(client->list[step]);
			client->list[step] = must(strdup(text));
		}
		at += 4 + strlen(text) + 1;
	}
}

bool
milter_client_negotiate(struct milter_client *client,
    const struct milter_options *offer)
{
	static const struct milter_options everything = { .version = 6,
		.actions = MILTER_ACTIONS_ALL,
		.protocol = MILTER_PROTOCOL_ALL };
	struct buffer payload = { .data = NULL };
	int command = 0, error;

	client->offer = offer != NULL ? *offer : everything;
	add_u32(&payload, client->offer.version);
	add_u32(&payload, client->offer.actions);
	add_u32(&payload, client->offer.protocol);
	put_packet(client, MILTER_OPTNEG, payload.data, payload.length);
	free(payload.data);
	if (!flush_out(client))
		return false;
	error = milter_client_read(client, &command);
	if (error != 0 || command != MILTER_OPTNEG || client->in.length < 12)
		return false;
	client->chosen.version = get_u32(&client->in, 0);
	client->chosen.actions = get_u32(&client->in, 4);
	client->chosen.protocol = get_u32(&client->in, 8);
	read_lists(client);
	return true;
}

const struct milter_options *
milter_client_chosen(const struct milter_client *client)
{
	return &client->chosen;
}

const char *
milter_client_macro_list(const struct milter_client *client,
    enum milter_command command)
{
	int index = macro_index(command);

	return index < 0 ? NULL : client->list[index];
}

bool
milter_client_wants_macro(const struct milter_client *client,
    enum milter_command command, const char *name)
{
	const char *list = milter_client_macro_list(client, command);
	size_t length = strlen(name);

	if (list == NULL)
		return true;
	while (*list != '\0') {
		size_t word;

		list += strspn(list, " ,");
		word = strcspn(list, " ,");
		if (word == length && strncmp(list, name, length) == 0)
			return true;
		list += word;
	}
	return false;
}

void
milter_client_macro(struct milter_client *client, enum milter_command command,
    const char *name, const char *value)
{
	struct macro **link = &client->macros;

	while (*link != NULL) {
		struct macro *macro = *link;

		if (macro->command == (char)command &&
		    strcmp(macro->name, name) == 0) {
			*link = macro->next;
			free(macro->name);
			free(macro->value);
			free(macro);
		} else
			link = &macro->next;
	}
	if (value == NULL)
		return;
	*link = must(calloc(1, sizeof(**link)));
	(*link)->command = (char)command;
	(*link)->name = must(strdup(name));
	(*link)->value = must(strdup(value));
}

void
milter_client_macros_clear(struct milter_client *client,
    enum milter_command command)
{
	struct macro **link = &client->macros;

	while (*link != NULL) {
		struct macro *macro = *link;

		if (macro->command != (char)command) {
			link = &macro->next;
			continue;
		}
		*link = macro->next;
		free(macro->name);
		free(macro->value);
		free(macro);
	}
}

/* put_macros - collect the macros of a step, if there are any. */
static void
put_macros(struct milter_client *client, enum milter_command command)
{
	struct buffer payload = { .data = NULL };
	char byte = (char)command;

	add(&payload, &byte, 1);
	for (struct macro *m = client->macros; m != NULL; m = m->next) {
		if (m->command != (char)command ||
		    !milter_client_wants_macro(client, command, m->name))
			continue;
		add_text(&payload, m->name);
		add_text(&payload, m->value);
	}
	if (payload.length > 1)
		put_packet(client, MILTER_MACRO, payload.data, payload.length);
	free(payload.data);
}

/* answered - store what became of a command. */
static const struct milter_answer *
answered(struct milter_client *client, int action)
{
	free(client->answer_text);
	client->answer_text = NULL;
	client->answer = (struct milter_answer){ .action = action, .text = "" };
	if (action == MILTER_REPLYCODE) {
		client->answer_text =
		    must(strdup((const char *)client->in.data));
		client->answer.text = client->answer_text;
		client->answer.code = atoi(client->answer_text);
	}
	return &client->answer;
}

/* note_change - store a change that the milter asked for. */
static void
note_change(struct milter_client *client, int type)
{
	const char *text = (const char *)client->in.data;
	struct milter_change change = { .type = (char)type };
	bool indexed = type == 'i' || type == 'm';

	if (indexed && client->in.length >= 4) {
		change.index = get_u32(&client->in, 0);
		text += 4;
	}
	if (indexed || type == 'h') {
		change.name = must(strdup(text));
		text += strlen(text) + 1;
	} else
		change.name = must(strdup(""));
	change.value = must(strdup(client->in.length > 0 ? text : ""));
	client->changes = must(realloc(client->changes,
	    (client->change_count + 1) * sizeof(change)));
	client->changes[client->change_count++] = change;
}

/* is_change - whether a reply is not yet the last one of a step. */
static bool
is_change(int command)
{
	return command != 0 && strchr("himqpb+-e2l", command) != NULL;
}

/* wait_answer - send what was collected and read up to the final answer. */
static const struct milter_answer *
wait_answer(struct milter_client *client)
{
	int command = 0;

	if (!flush_out(client))
		return answered(client, MILTER_LOST);
	for (;;) {
		int error = milter_client_read(client, &command);

		if (error != 0)
			return answered(client, error);
		if (!is_change(command))
			return answered(client, command);
		note_change(client, command);
	}
}

/* step - one command with its macros, as negotiated. */
static const struct milter_answer *
step(struct milter_client *client, enum milter_command command,
    const void *payload, size_t length)
{
	uint32_t no = 0, nr = 0;

	for (size_t i = 0; i < sizeof(step_flags) / sizeof(*step_flags); i++) {
		if (step_flags[i].command != (char)command)
			continue;
		no = step_flags[i].no;
		nr = step_flags[i].nr;
	}
	if ((client->chosen.protocol & no) != 0)
		return answered(client, MILTER_NOT_SENT);
	put_macros(client, command);
	put_packet(client, command, payload, length);
	if ((client->chosen.protocol & nr) != 0)
		return answered(client, MILTER_NO_REPLY);
	return wait_answer(client);
}

const struct milter_answer *
milter_client_connect(struct milter_client *client, const char *name,
    const char *address, uint16_t port)
{
	struct buffer payload = { .data = NULL };
	const struct milter_answer *answer;
	uint16_t wire_port = htons(port);
	char family = 'U';

	add_text(&payload, name);
	if (address != NULL)
		family = strchr(address, ':') != NULL ? '6' : '4';
	add(&payload, &family, 1);
	if (address != NULL) {
		add(&payload, &wire_port, 2);
		add_text(&payload, address);
	}
	answer = step(client, MILTER_CONNECT, payload.data, payload.length);
	free(payload.data);
	return answer;
}

const struct milter_answer *
milter_client_helo(struct milter_client *client, const char *helo)
{
	return step(client, MILTER_HELO, helo, strlen(helo) + 1);
}

/* envelope - a path with its parameters. */
static const struct milter_answer *
envelope(struct milter_client *client, enum milter_command command,
    const char *const *argv)
{
	struct buffer payload = { .data = NULL };
	const struct milter_answer *answer;

	for (size_t i = 0; argv[i] != NULL; i++)
		add_text(&payload, argv[i]);
	answer = step(client, command, payload.data, payload.length);
	free(payload.data);
	return answer;
}

const struct milter_answer *
milter_client_mail(struct milter_client *client, const char *const *argv)
{
	return envelope(client, MILTER_MAIL, argv);
}

const struct milter_answer *
milter_client_rcpt(struct milter_client *client, const char *const *argv)
{
	return envelope(client, MILTER_RCPT, argv);
}

const struct milter_answer *
milter_client_data(struct milter_client *client)
{
	return step(client, MILTER_DATA, NULL, 0);
}

const struct milter_answer *
milter_client_header(struct milter_client *client, const char *name,
    const char *value)
{
	struct buffer payload = { .data = NULL };
	const struct milter_answer *answer;

	add_text(&payload, name);
	if ((client->chosen.protocol & MILTER_HDR_LEADSPC) != 0)
		add(&payload, " ", 1);
	add_text(&payload, value);
	answer = step(client, MILTER_HEADER, payload.data, payload.length);
	free(payload.data);
	return answer;
}

const struct milter_answer *
milter_client_eoh(struct milter_client *client)
{
	return step(client, MILTER_EOH, NULL, 0);
}

const struct milter_answer *
milter_client_body(struct milter_client *client, const void *text,
    size_t length)
{
	const char *from = text;
	const struct milter_answer *answer = NULL;

	do {
		size_t n = length < BODY_CHUNK ? length : BODY_CHUNK;

		answer = step(client, MILTER_BODY, from, n);
		from += n;
		length -= n;
	} while (length > 0 && (answer->action == MILTER_CONTINUE ||
				   answer->action == MILTER_NO_REPLY));
	return answer;
}

const struct milter_answer *
milter_client_eom(struct milter_client *client)
{
	changes_clear(client);
	return step(client, MILTER_EOM, NULL, 0);
}

const struct milter_answer *
milter_client_unknown(struct milter_client *client, const char *command)
{
	return step(client, MILTER_UNKNOWN, command, strlen(command) + 1);
}

void
milter_client_abort(struct milter_client *client)
{
	milter_client_packet(client, MILTER_ABORT, NULL, 0);
}

void
milter_client_quit(struct milter_client *client)
{
	milter_client_packet(client, MILTER_QUIT, NULL, 0);
}

void
milter_client_quit_nc(struct milter_client *client)
{
	milter_client_packet(client, MILTER_QUIT_NC, NULL, 0);
}

const struct milter_answer *
milter_client_answer(const struct milter_client *client)
{
	return &client->answer;
}

const struct milter_change *
milter_client_changes(const struct milter_client *client, size_t *count)
{
	*count = client->change_count;
	return client->changes;
}
