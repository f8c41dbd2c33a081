/*
 * dns_servers - which name servers are to be asked.
 *
 * Diagnostics: a resolv.conf that cannot be read counts as empty, as it does
 * for the C library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dns/dns_servers.h"

#define DNS_PORT 53
#define SEPARATORS " \t\r\n,"

/* split - "address", "address:port" or "[address]:port" into its parts */
static bool
split(char *word, const char **address, const char **port)
{
	char *end;

	*port = NULL;
	*address = word;
	if (word[0] == '[') {
		*address = word + 1;
		end = strchr(word, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		if (end[1] == ':')
			*port = end + 2;
		*end = '\0';
		return strchr(*address, ':') != NULL;
	}
	end = strchr(word, ':');
	if (end != NULL && end == strrchr(word, ':')) {
		*port = end + 1;
		*end = '\0';
	}
	return true;
}

/* parse_server - one word */
static bool
parse_server(struct dns_server *server, char *word)
{
	const char *address, *port;
	unsigned long long number = DNS_PORT;

	if (!split(word, &address, &port))
		return false;
	if (port != NULL && (!str_parse_uint(port, &number) || number == 0 ||
				number > UINT16_MAX))
		return false;
	server->port = (uint16_t)number;
	return netaddr_parse(&server->address, address);
}

bool
dns_servers_parse(struct dns_servers *servers, const char *text,
    const char **why)
{
	char word[DNS_SERVER_TEXT];
	const char *start;
	size_t length;

	*servers = (struct dns_servers){ .count = 0 };
	while ((start = str_next_word(&text, SEPARATORS, &length)) != NULL) {
		if (servers->count == DNS_SERVERS_MAX) {
			*why = "too many servers: 8 are enough";
			return false;
		}
		snprintf(word, sizeof word, "%.*s", (int)length, start);
		if (length >= sizeof word ||
		    !parse_server(&servers->server[servers->count++], word)) {
			*why = "servers are addresses, with or without a "
			       "port: 192.0.2.1 [2001:db8::1]:5353";
			return false;
		}
	}
	return true;
}

/* add_line - a line of resolv.conf, if it names a server */
static void
add_line(struct dns_servers *servers, char *line)
{
	struct dns_server *server = &servers->server[servers->count];
	char *rest = line;
	const char *key = strsep(&rest, " \t");

	if (rest == NULL || strcmp(key, "nameserver") != 0 ||
	    servers->count == DNS_SERVERS_MAX)
		return;
	rest += strspn(rest, " \t");
	rest[strcspn(rest, " \t\r\n")] = '\0';
	server->port = DNS_PORT;
	if (netaddr_parse(&server->address, rest))
		servers->count++;
}

void
dns_servers_system(struct dns_servers *servers, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	*servers = (struct dns_servers){ .count = 0 };
	while (file != NULL && getline(&line, &size, file) > 0)
		add_line(servers, line);
	free(line);
	if (file != NULL)
		fclose(file);
	if (servers->count > 0)
		return;
	netaddr_parse(&servers->server[0].address, "127.0.0.1");
	servers->server[0].port = DNS_PORT;
	servers->count = 1;
}

bool
dns_servers_equal(const struct dns_servers *a, const struct dns_servers *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->server[i].port != b->server[i].port ||
		    !netaddr_equal(&a->server[i].address,
			&b->server[i].address))
			return false;
	return true;
}

const char *
dns_server_print(const struct dns_server *server, char out[DNS_SERVER_TEXT])
{
	char address[NETADDR_TEXT_SIZE];

	netaddr_format(&server->address, address);
	if (server->port == DNS_PORT)
		snprintf(out, DNS_SERVER_TEXT, "%s", address);
	else
		snprintf(out, DNS_SERVER_TEXT,
		    server->address.family == 6 ? "[%s]:%u" : "%s:%u", address,
		    server->port);
	return out;
}
