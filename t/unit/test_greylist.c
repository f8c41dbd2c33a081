/*
 * test_greylist - under which names clients, senders, recipients are known.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/mem.h"
#include "policies/greylist.h"

/* same - two texts are one, with the input in the complaint */
static void
same(const char *input, const char *text, const char *wanted)
{
	if (strcmp(text, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", input, text, wanted);
}

/* parse - an address of the envelope */
static struct mailaddr
parse(const char *path, struct arena *arena)
{
	struct mailaddr address;

	mailaddr_parse(&address, path, arena);
	return address;
}

static void
senders(void **state)
{
	static const struct {
		const char *path, *normal;
	} rows[] = {
		{ "<Bob@Sender.TEST>", "bob@sender.test" },
		{ "<>", "" },
		{ "<bob>", "bob" },
		{ "<bob75@sender.test>", "bob75@sender.test" },
		{ "<bob.1975@sender.test>", "bob.#@sender.test" },
		{ "<info2026@sender.test>", "info#@sender.test" },
		{ "<\"a b\"@sender.test>", "\"a b\"@sender.test" },
		/* BATV and its kin */
		{ "<prvs=1234abcdef=bob@sender.test>", "bob@sender.test" },
		{ "<PRVS=0123456789=Bob+x@sender.test>", "bob@sender.test" },
		{ "<prvs=bob/1234abcdef@sender.test>", "bob@sender.test" },
		{ "<msprvs1=18abcDEF=bounces@sender.test>",
		    "bounces@sender.test" },
		{ "<btv1==0420abcdef0==bob@sender.test>", "bob@sender.test" },
		{ "<prvs=@sender.test>", "prvs=@sender.test" },
		{ "<prvs=x=@sender.test>", "prvs=x=@sender.test" },
		{ "<prvs=/x@sender.test>", "prvs=/x@sender.test" },
		/* SRS */
		{ "<SRS0=Hx3f=TT=sender.test=bob@fwd.test>",
		    "srs0=sender.test=bob@fwd.test" },
		{ "<SRS0+Hx3f=TT=sender.test=bob@fwd.test>",
		    "srs0=sender.test=bob@fwd.test" },
		{ "<srs0-Hx3f=TT=sender.test=bob+x@fwd.test>",
		    "srs0=sender.test=bob@fwd.test" },
		{ "<SRS1=Qq=one.test==Hx3f=TT=sender.test=bob@fwd.test>",
		    "srs1=one.test=sender.test=bob@fwd.test" },
		{ "<prvs=1234abcdef=SRS0=Hx3f=TT=a.test=bob@fwd.test>",
		    "srs0=a.test=bob@fwd.test" },
		{ "<srs0=x@fwd.test>", "srs0=x@fwd.test" },
		{ "<srs1=x=y@fwd.test>", "srs1=x=y@fwd.test" },
		{ "<srs0bob@fwd.test>", "srs0bob@fwd.test" },
		/* VERP */
		{ "<list-bounces+al=example.test@sender.test>",
		    "list-bounces@sender.test" },
		{ "<+bob@sender.test>", "+bob@sender.test" },
		{ "<bounce-4711-al=example.test@sender.test>",
		    "bounce-#-al=example.test@sender.test" },
		{ "<b-123-0a1b2c3d4e@sender.test>", "b-#-#@sender.test" },
		{ "<0100018b2c3d4e5f-1a2b3c4d-5e6f-4a5b-8c9d-0e1f2a3b4c5d-"
		  "000000@sender.test>",
		    "#-#-5e6f-4a5b-8c9d-#-#@sender.test" },
		{ "<v1_zq7kk2mxw9rr5tb1lp_x@sender.test>",
		    "v1_#_x@sender.test" },
		{ "<bounce-mc.us1_123456.789-abc@sender.test>",
		    "bounce-mc.us1_#.#-abc@sender.test" },
		{ "<deadbeef@sender.test>", "deadbeef@sender.test" },
		{ "<verylongfamilyname2@sender.test>",
		    "verylongfamilyname2@sender.test" },
		{ "<b\xc3\xb6"
		  "b2024@sender.test>",
		    "b\xc3\xb6"
		    "b#@sender.test" },
		{ "<12345@sender.test>", "#@sender.test" },
	};
	struct arena *arena = arena_new(1024);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mailaddr sender = parse(rows[i].path, arena);

		same(rows[i].path, greylist_sender(&sender, true, arena),
		    rows[i].normal);
		same(rows[i].path, greylist_sender(&sender, false, arena),
		    sender.address);
	}
	arena_free(arena);
}

static void
sender_domains(void **state)
{
	static const struct {
		const char *path, *domain;
	} rows[] = {
		{ "<bob@a1.mail.Sender.test>", "sender.test" },
		{ "<bob@sender.test>", "sender.test" },
		{ "<bob@shop.example.co.uk>", "example.co.uk" },
		{ "<bob@[192.0.2.1]>", "[192.0.2.1]" },
		{ "<bob@test>", "test" },
		{ "<bob>", "" },
		{ "<>", "" },
	};
	struct arena *arena = arena_new(1024);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mailaddr sender = parse(rows[i].path, arena);

		same(rows[i].path, greylist_sender_domain(&sender),
		    rows[i].domain);
	}
	arena_free(arena);
}

static void
recipients(void **state)
{
	static const struct {
		const char *path, *normal;
	} rows[] = {
		{ "<Alice@Example.TEST>", "alice@example.test" },
		{ "<alice+shop@example.test>", "alice@example.test" },
		{ "<+shop@example.test>", "+shop@example.test" },
		{ "<alice.2024@example.test>", "alice.2024@example.test" },
		{ "<postmaster>", "postmaster" },
	};
	struct arena *arena = arena_new(1024);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mailaddr recipient = parse(rows[i].path, arena);

		same(rows[i].path, greylist_recipient(&recipient, arena),
		    rows[i].normal);
	}
	arena_free(arena);
}

static void
sources(void **state)
{
	enum { SPF = 1 << GREYLIST_BY_SPF, NAME = 1 << GREYLIST_BY_NAME };
	static const struct {
		const char *client, *name;
		enum spf_result spf;
		const char *domain; /* of the SPF record */
		unsigned keys;
		const char *source;
	} rows[] = {
		{ "203.0.113.5", "", SPF_UNCHECKED, "", SPF | NAME,
		    "203.0.113.0/24" },
		{ "2001:db8:1:2:3::4", "", SPF_UNCHECKED, "", SPF | NAME,
		    "2001:db8:1:2::/64" },
		{ "203.0.113.5", "mx5.out.remote.test", SPF_UNCHECKED, "",
		    SPF | NAME, "remote.test" },
		{ "203.0.113.5", "mx5.out.remote.test", SPF_UNCHECKED, "", SPF,
		    "203.0.113.0/24" },
		{ "203.0.113.5", "h-203-0-113-5.remote.test", SPF_NONE, "",
		    SPF | NAME, "203.0.113.0/24" },
		{ "203.0.113.5", "test", SPF_NONE, "", SPF | NAME,
		    "203.0.113.0/24" },
		{ "203.0.113.5", "mx5.remote.test", SPF_PASS,
		    "News.Sender.test", SPF | NAME, "sender.test" },
		{ "203.0.113.5", "mx5.remote.test", SPF_PASS, "sender.test",
		    NAME, "remote.test" },
		{ "203.0.113.5", "mx5.remote.test", SPF_PASS, "sender.test", 0,
		    "203.0.113.0/24" },
		{ "203.0.113.5", "mx5.remote.test", SPF_SOFTFAIL, "sender.test",
		    SPF | NAME, "remote.test" },
		{ "203.0.113.5", "", SPF_PASS, "", SPF | NAME,
		    "203.0.113.0/24" },
	};
	struct greylist_settings settings = { .ipv4_bits = 24,
		.ipv6_bits = 64 };
	struct arena *arena = arena_new(1024);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct message message = { .spf = { .sender = rows[i].spf,
					       .domain = rows[i].domain } };
		struct txn txn = { .connection.client_name = rows[i].name,
			.message = &message };
		struct pctx p = { .txn = &txn,
			.settings = &settings,
			.arena = arena };

		assert_true(
		    netaddr_parse(&txn.connection.client, rows[i].client));
		settings.domain_keys = rows[i].keys;
		same(rows[i].name, greylist_source(&p), rows[i].source);
	}
	settings.ipv4_bits = 32;
	settings.domain_keys = 0;
	assert_string_equal(greylist_network(&(struct netaddr){ 4,
						 { 203, 0, 113, 5 } },
				&settings, arena),
	    "203.0.113.5/32");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senders),
		cmocka_unit_test(sender_domains),
		cmocka_unit_test(recipients),
		cmocka_unit_test(sources),
	};

	return unit_run(tests);
}
