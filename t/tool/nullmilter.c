/*
 * nullmilter - a filter that does nothing: what libmilter itself costs.
 *
 *     nullmilter -s SOCKET [-p PROTOCOL] [-h] [-d]
 *
 * Asks for the SMFIP_* flags PROTOCOL (hexadecimal, 0 when absent: every step
 * with an answer), reads the macros that a policy milter reads and keeps a
 * small structure for each connection. -h adds a header to each message, -d
 * leaves TCP_NODELAY off, as filters do that know libmilter only.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

struct private
{
	char helo[128], sender[256];
	int recipients;
};

static unsigned long protocol;
static int add_header, delay;

/* theirs - libmilter's prototypes do not say const */
static char *
theirs(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* go_on - or silence, where that was agreed on */
static sfsistat
go_on(unsigned long no_reply)
{
	return (protocol & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* look_at - macros, as a policy milter would */
static size_t
look_at(SMFICTX *ctx, const char *const *names)
{
	size_t sum = 0;

	for (; *names != NULL; names++) {
		const char *value = smfi_getsymval(ctx, theirs(*names));

		sum += value != NULL ? strlen(value) : 0;
	}
	return sum;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long offered,
    unsigned long u2, unsigned long u3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *w2, unsigned long *w3)
{
	(void)ctx;
	(void)u2;
	(void)u3;
	*want_actions = add_header ? actions & SMFIF_ADDHDRS : 0;
	*want_protocol = protocol & offered;
	*w2 = *w3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	static const char *const macros[] = { "j", "{daemon_name}",
		"{client_ptr}", NULL };

	(void)name;
	(void)address;
	smfi_setpriv(ctx, calloc(1, sizeof(struct private)));
	look_at(ctx, macros);
	return go_on(SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	struct private *mine = smfi_getpriv(ctx);

	if (mine != NULL)
		snprintf(mine->helo, sizeof(mine->helo), "%s", helo);
	return go_on(SMFIP_NR_HELO);
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	static const char *const macros[] = { "i", "{auth_authen}", NULL };
	struct private *mine = smfi_getpriv(ctx);

	if (mine != NULL)
		snprintf(mine->sender, sizeof(mine->sender), "%s", argv[0]);
	look_at(ctx, macros);
	return go_on(SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	static const char *const macros[] = { "i", "{rcpt_mailer}", NULL };
	struct private *mine = smfi_getpriv(ctx);

	(void)argv;
	if (mine != NULL)
		mine->recipients++;
	look_at(ctx, macros);
	return go_on(SMFIP_NR_RCPT);
}

static sfsistat
on_data(SMFICTX *ctx)
{
	(void)ctx;
	return go_on(SMFIP_NR_DATA);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return go_on(SMFIP_NR_HDR);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return go_on(SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t length)
{
	(void)ctx;
	(void)chunk;
	(void)length;
	return go_on(SMFIP_NR_BODY);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	if (add_header)
		smfi_addheader(ctx, theirs("X-Null"), theirs("nothing done"));
	return SMFIS_CONTINUE;
}

static sfsistat
on_unknown(SMFICTX *ctx, const char *command)
{
	(void)ctx;
	(void)command;
	return go_on(SMFIP_NR_UNKN);
}

static sfsistat
on_close(SMFICTX *ctx)
{
	free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static struct smfiDesc filter = {
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_ADDHDRS,
	.xxfi_negotiate = on_negotiate,
	.xxfi_connect = on_connect,
	.xxfi_helo = on_helo,
	.xxfi_envfrom = on_mail,
	.xxfi_envrcpt = on_rcpt,
	.xxfi_data = on_data,
	.xxfi_header = on_header,
	.xxfi_eoh = on_eoh,
	.xxfi_body = on_body,
	.xxfi_eom = on_eom,
	.xxfi_unknown = on_unknown,
	.xxfi_close = on_close,
};

/* no_delay - on the socket that listens: accepted ones inherit it */
static void
no_delay(void)
{
	int one = 1;

	for (int fd = 3; fd < 64; fd++) {
		int yes = 0;
		socklen_t size = sizeof(yes);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) ==
			0 &&
		    yes != 0)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
			    sizeof(one));
	}
}

int
main(int argc, char **argv)
{
	const char *socket = NULL;
	int c;

	while ((c = getopt(argc, argv, "s:p:hd")) >= 0)
		switch (c) {
		case 's':
			socket = optarg;
			break;
		case 'p':
			protocol = strtoul(optarg, NULL, 16);
			break;
		case 'h':
			add_header = 1;
			break;
		case 'd':
			delay = 1;
			break;
		default:
			return 2;
		}
	filter.xxfi_name = theirs("nullmilter");
	if (socket == NULL || smfi_setconn(theirs(socket)) != MI_SUCCESS ||
	    smfi_setbacklog(512) != MI_SUCCESS ||
	    smfi_register(filter) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS)
		return 2;
	if (!delay)
		no_delay();
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
