/*
 * test_srs - SRS addresses, among them some of a real postsrsd 1.10.
 */
#include "t/lib/unit.h"

#include <sys/stat.h>

#include <string.h>

#include "base/digest.h"
#include "srs/srs.h"
#include "t/lib/folder.h"

#define DAY 86400
/* the day on which the addresses were made, "JK" */
#define MADE (20778LL * DAY + 4000)

static struct folder folder;

/* secrets_of - from a file of that text and mode */
static struct srs_secrets *
secrets_of(const char *text, unsigned mode, const char **why)
{
	folder_write(&folder, "secrets", text);
	chmod(folder_path(&folder, "secrets"), mode);
	*why = "";
	return srs_secrets_read(folder_path(&folder, "secrets"), why);
}

static const struct {
	const char *local;
	enum srs_found found;
} rows[] = {
	{ "", SRS_NONE },
	{ "alice", SRS_NONE },
	{ "SRS", SRS_NONE },
	{ "SRS0", SRS_NONE },
	{ "SRS2=JWHt=JK=Sender.TEST=Alice.B", SRS_NONE },
	{ "srs0.de", SRS_NONE },
	{ "srs0x=JWHt=JK=Sender.TEST=Alice.B", SRS_NONE },
	/* postsrsd's */
	{ "SRS0=JWHt=JK=Sender.TEST=Alice.B", SRS_GOOD },
	{ "srs0=jwht=jk=sender.test=alice.b", SRS_GOOD },
	{ "SRS0+JWHt=JK=Sender.TEST=Alice.B", SRS_GOOD },
	{ "SRS0-JWHt=JK=Sender.TEST=Alice.B", SRS_GOOD },
	{ "SRS0=tenSyQoO=JK=sender.test=alice+x=y", SRS_GOOD },
	{ "SRS0=tenS=JK=sender.test=alice+x=y", SRS_GOOD },
	/* changed */
	{ "SRS0=JWHu=JK=Sender.TEST=Alice.B", SRS_HASH },
	{ "SRS0=JWHt=JJ=Sender.TEST=Alice.B", SRS_HASH },
	{ "SRS0=JWHt=JK=Sender.TEST=Alice.C", SRS_HASH },
	/* nothing stands between the parts in the hash */
	{ "SRS0=JWHt=JK=Sender.TESTA=lice.B", SRS_GOOD },
	{ "SRS0=JWHt=JK=other.test=Alice.B", SRS_HASH },
	{ "SRS0=tenSyQoP=JK=sender.test=alice+x=y", SRS_HASH },
	{ "SRS0=JWHtAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=JK=a.test=b", SRS_HASH },
	/* not whole */
	{ "SRS0=", SRS_FORM },
	{ "SRS0=JWHt", SRS_FORM },
	{ "SRS0==JK=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS0=JWH=JK=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS0=JWHt=JK", SRS_FORM },
	{ "SRS0=JWHt=J=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS0=JWHt=JKL=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS0=JWHt=J1=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS0=JWHt=JK=Sender.TEST", SRS_FORM },
	{ "SRS0=JWHt=JK==Alice.B", SRS_FORM },
	{ "SRS0=JWHt=JK=Sender.TEST=", SRS_FORM },
	{ "SRS1=", SRS_FORM },
	{ "SRS1=AAAA", SRS_FORM },
	{ "SRS1=AAAA=srs.test", SRS_FORM },
	{ "SRS1=AAAA=srs.test=", SRS_FORM },
	{ "SRS1=AAAA==JWHt=JK=Sender.TEST=Alice.B", SRS_FORM },
	{ "SRS1=AAAA=srs.test==JWHt=JK=Sender.TEST=Alice.B", SRS_HASH },
};

static void
addresses(void **state)
{
	const char *why;
	struct srs_secrets *secrets = secrets_of("tops3cret\n", 0640, &why);
	struct srs_rules rules = {
		.secrets = secrets,
		.hash_min = 4,
		.max_days = 21,
	};

	(void)state;
	assert_non_null(secrets);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum srs_found found = srs_check(&rules, rows[i].local, MADE);

		if (found != rows[i].found)
			fail_msg("%s: %d", rows[i].local, (int)found);
	}
	/* SRS1, as Mail::SRS and libsrs2 make it */
	assert_int_equal(srs_check(&rules,
			     "SRS1=Oqej=srs.test==JWHt=JK=Sender.TEST=Alice.B",
			     MADE),
	    SRS_GOOD);
	rules.hash_min = 8;
	assert_int_equal(srs_check(&rules, rows[7].local, MADE), SRS_FORM);
	assert_int_equal(srs_check(&rules, rows[11].local, MADE), SRS_GOOD);
	srs_secrets_unref(secrets);
}

static void
time_stamps(void **state)
{
	static const struct {
		int64_t days;
		enum srs_found found;
	} when[] = {
		{ -2, SRS_EXPIRED },
		{ -1, SRS_GOOD }, /* a clock that is behind */
		{ 0, SRS_GOOD }, { 20, SRS_GOOD }, { 21, SRS_GOOD },
		{ 22, SRS_EXPIRED }, { 500, SRS_EXPIRED },
		{ 1022, SRS_EXPIRED },
		{ 1024, SRS_GOOD }, /* the stamp comes round */
	};
	const char *why;
	struct srs_secrets *secrets = secrets_of("tops3cret", 0600, &why);
	const struct srs_rules rules = {
		.secrets = secrets,
		.hash_min = 4,
		.max_days = 21,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(when); i++)
		if (srs_check(&rules, rows[7].local,
			MADE + when[i].days * DAY) != when[i].found)
			fail_msg("after %lld days", (long long)when[i].days);
	srs_secrets_unref(secrets);
}

static void
rotation(void **state)
{
	static const struct {
		const char *file;
		enum srs_found found;
	} files[] = {
		{ "tops3cret\nold\n", SRS_GOOD },
		{ "new\ntops3cret\n", SRS_GOOD },
		{ "new\r\n\r\ntops3cret\r\n", SRS_GOOD },
		{ "new\nold\n", SRS_HASH },
		{ " tops3cret\n", SRS_HASH },
	};
	struct srs_rules rules = { .hash_min = 4, .max_days = 21 };
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct srs_secrets *secrets =
		    secrets_of(files[i].file, 0600, &why);

		rules.secrets = secrets;
		if (srs_check(&rules, rows[7].local, MADE) != files[i].found)
			fail_msg("file %zu", i);
		srs_secrets_unref(srs_secrets_ref(secrets));
		srs_secrets_unref(secrets);
	}
}

static void
bad_files(void **state)
{
	char many[400] = "", line[SRS_SECRET_SIZE + 10];
	const char *why;

	(void)state;
	assert_null(srs_secrets_read("/nonexistent/file", &why));
	assert_string_equal(why, "No such file or directory");
	assert_null(secrets_of("", 0600, &why));
	assert_string_equal(why, "it is empty");
	assert_null(secrets_of("\n\n", 0600, &why));
	assert_string_equal(why, "it is empty");
	assert_null(secrets_of("a\n", 0644, &why));
	assert_non_null(strstr(why, "others may read"));
	assert_null(secrets_of("a\n", 0660, &why));
	assert_null(secrets_of("a\n", 0602, &why));
	for (int i = 0; i <= SRS_SECRETS_MAX; i++)
		strcat(many, "secret\n");
	assert_null(secrets_of(many, 0600, &why));
	assert_string_equal(why, "too many secrets");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_null(secrets_of(line, 0600, &why));
	assert_string_equal(why, "a line is too long");
}

/* RFC 2202 3, test cases 2 and 1 of HMAC-SHA1 */
static void
letters(void **state)
{
	char out[DIGEST_SHA1_LETTERS + 1];
	struct digest_key *key = digest_key_sha1("Jefe");

	(void)state;
	assert_string_equal(digest_sha1_letters(key,
				"what do ya want for nothing?", out),
	    "7/zfauXrL6LSdBbV8YTfnCWafH");
	digest_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(time_stamps),
		cmocka_unit_test(rotation),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(letters),
	};
	int failed;

	folder_make(&folder);
	failed = unit_run(tests);
	folder_remove(&folder);
	return failed;
}
