/*
 * test_ours - the directory's answers as policies get them: accounts, what is
 * kept for a transaction, and what a login owns.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "policy/ours.h"
#include "policy/owner.h"

static struct table_set *set;
static struct arena *arena;
static struct problems *problems;
static struct directory directory;
static struct message message;
static struct txn txn;
static struct ours_seen *seen;
static struct pctx p;

static struct table *
open_table(const char *spec)
{
	struct origin at = { "/etc/test.ini", 1 };
	struct table *table = table_open(set, spec, at, problems);

	assert_non_null(table);
	return table;
}

static int
set_up(void **state)
{
	(void)state;
	set = tables_new(clock_system());
	arena = arena_new(4096);
	problems = problems_new();
	directory = (struct directory){
		.domains = open_table("inline:{example.test=max_size=5K "
				      "shop.test closed.test=outbound=off}"),
		.mailboxes = open_table(
		    "inline:{alice@example.test=max_size=3K "
		    "bob@closed.test sales@shop.test=owner=alice@example.test "
		    "odd@shop.test=wrong}"),
		.logins = open_table("inline:{alice@example.test=local_only "
				     "bob@closed.test}"),
	};
	message = (struct message){ .login = "" };
	seen = NULL;
	txn = (struct txn){ .message = &message };
	txn.connection.hostname = "mx.example.test";
	p = (struct pctx){
		.txn = &txn,
		.arena = arena,
		.directory = &directory,
		.seen = &seen,
	};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	table_unref(directory.domains);
	table_unref(directory.mailboxes);
	table_unref(directory.logins);
	mem_free(log_captured());
	problems_free(problems);
	arena_free(arena);
	tables_free(set);
	return 0;
}

/* login, mailbox and domain add up; the closest size counts */
static void
test_account(void **state)
{
	static const struct {
		const char *login, *sender;
		enum ours ours;
		unsigned flags;
		int64_t max_size;
	} rows[] = {
		{ "alice@example.test", "x@y.test", OURS_YES,
		    DIRECTORY_LOCAL_ONLY, 3072 },
		{ "alice", "x@y.test", OURS_YES, DIRECTORY_LOCAL_ONLY, 3072 },
		{ "carol@example.test", "x@y.test", OURS_YES, 0, 5120 },
		{ "bob@closed.test", "x@y.test", OURS_YES,
		    DIRECTORY_OUTBOUND_OFF, 0 },
		{ "carol@y.test", "alice@example.test", OURS_NO, 0, 0 },
		{ "", "alice@example.test", OURS_YES, 0, 3072 },
		{ "", "x@y.test", OURS_NO, 0, 0 },
		{ "", "<>", OURS_NO, 0, 0 },
	};
	struct account account;
	struct verdict verdict;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		seen = NULL;
		message.login = rows[i].login;
		mailaddr_parse(&message.sender, rows[i].sender, arena);
		assert_int_equal(ours_account(&p, &account, &verdict),
		    rows[i].ours);
		assert_int_equal(verdict.kind, VERDICT_NONE);
		assert_int_equal(account.flags, rows[i].flags);
		assert_int_equal(account.max_size, rows[i].max_size);
	}
}

/* a transaction asks the directory once for each domain and mailbox */
static void
test_seen(void **state)
{
	struct directory other = { .domains = open_table("inline:{a.test}") };
	struct directory_entry entry;
	struct verdict verdict;
	char domain[] = "example.test";

	(void)state;
	assert_int_equal(ours_domain(&p, domain, &entry, &verdict), OURS_YES);
	assert_int_equal(ours_domain(&p, "a.test", &entry, &verdict), OURS_NO);
	p.directory = &other;
	assert_int_equal(ours_domain(&p, "example.test", &entry, &verdict),
	    OURS_YES);
	assert_int_equal(entry.max_size, 5120);
	assert_int_equal(ours_domain(&p, "a.test", &entry, &verdict), OURS_NO);
	/* many others push the answers out */
	for (char c = 'b'; c < 'b' + 8; c++) {
		char *name = arena_printf(arena, "%c.test", c);

		ours_domain(&p, name, &entry, &verdict);
	}
	assert_int_equal(ours_domain(&p, "a.test", &entry, &verdict), OURS_YES);
	/* outside a transaction nothing is kept */
	p.seen = NULL;
	assert_int_equal(ours_domain(&p, "example.test", &entry, &verdict),
	    OURS_NO);
	table_unref(other.domains);
}

/* an entry that cannot be read is trouble, and stays so */
static void
test_trouble(void **state)
{
	struct directory_entry entry;
	struct verdict verdict;
	struct mailaddr odd;

	(void)state;
	mailaddr_parse(&odd, "<odd@shop.test>", arena);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ours_mailbox(&p, &odd, &entry, &verdict),
		    OURS_TROUBLE);
		assert_int_equal(verdict.kind, VERDICT_TROUBLE);
		assert_int_equal(verdict.trouble, TROUBLE_CONFIG);
	}
}

/* what a login may send as */
static void
test_owner(void **state)
{
	static const struct {
		const char *login, *sender;
		enum ours owns;
	} rows[] = {
		{ "alice@example.test", "alice@example.test", OURS_YES },
		{ "Alice@Example.Test", "<alice+tag@example.test>", OURS_YES },
		{ "alice@example.test", "alic@example.test", OURS_NO },
		{ "alice@example.test", "alice2@example.test", OURS_NO },
		{ "alice@example.test", "alice@shop.test", OURS_NO },
		{ "alice@example.test", "sales@shop.test", OURS_YES },
		{ "alice@example.test", "x@listed.test", OURS_YES },
		{ "alice@example.test", "x@sub.listed.test", OURS_NO },
		{ "carol@example.test", "One@ELSE.test", OURS_YES },
		{ "carol@example.test", "two@else.test", OURS_NO },
		{ "alice", "alice@example.test", OURS_YES },
		{ "alice", "alice@mx.example.test", OURS_YES },
		{ "alice", "alice@shop.test", OURS_YES },
		{ "alice", "alice@else.test", OURS_NO },
		{ "alice", "x@listed.test", OURS_YES },
		{ "root@example.test", "anybody@anywhere.test", OURS_YES },
		{ "alice@example.test", "odd@shop.test", OURS_TROUBLE },
	};
	struct table *senders =
	    open_table("inline:{alice@example.test=@listed.test "
		       "carol@example.test=one@else.test root@example.test=*}");
	struct verdict verdict;
	struct mailaddr sender;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		seen = NULL;
		message.login = rows[i].login;
		mailaddr_parse(&sender, rows[i].sender, arena);
		if (owner_of_sender(&p, &sender, senders, &verdict) !=
		    rows[i].owns)
			fail_msg("%s as %s", rows[i].login, rows[i].sender);
	}
	table_unref(senders);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_account, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trouble, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_owner, set_up, tear_down),
	};

	log_open(LOG_TO_CAPTURE, "test", "mail");
	return unit_run(tests);
}
