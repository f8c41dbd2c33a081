/*
 * store_redis_tls - TLS to a Redis server, where hiredis has it.
 *
 * hiredis brings TLS from 1.0 on, in a library of its own (hiredis_ssl). The
 * server's certificate is checked against tls_ca, or against the system's
 * authorities; hiredis does not compare the host name.
 *
 * Diagnostics: redis_tls_new() says why not, for the admin.
 */
#include "store/store.h"
#include "store/store_redis_link.h"

#if HAVE_HIREDIS_SSL
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>

/* word - NULL for a setting that was not made */
static const char *
word(const char *setting)
{
	return setting == NULL || setting[0] == '\0' ? NULL : setting;
}

/* redis_tls_new - with the admin's certificates */
struct redis_tls *
redis_tls_new(const struct redis_settings *settings, const char **why)
{
	const char *ca = word(settings->tls_ca);
	redisSSLContextError error = REDIS_SSL_CTX_NONE;
	redisSSLContext *context;

	redisInitOpenSSL();
	context = redisCreateSSLContext(ca,
	    ca == NULL ? "/etc/ssl/certs" : NULL, word(settings->tls_cert),
	    word(settings->tls_key), NULL, &error);
	if (context == NULL)
		*why = redisSSLContextGetError(error);
	return (struct redis_tls *)context;
}

/* redis_tls_free - NULL is legal */
void
redis_tls_free(struct redis_tls *tls)
{
	redisFreeSSLContext((redisSSLContext *)tls);
}

/* redis_tls_start - on a connection */
bool
redis_tls_start(struct redis_tls *tls, struct redisContext *context)
{
	return redisInitiateSSLWithContext(context, (redisSSLContext *)tls) ==
	       REDIS_OK;
}

#else

/* redis_tls_new - cannot */
struct redis_tls *
redis_tls_new(const struct redis_settings *settings, const char **why)
{
	(void)settings;
	*why = "this mailreeve was built with a hiredis that has no TLS "
	       "(it needs hiredis_ssl, of hiredis 1.0 or later)";
	return NULL;
}

/* redis_tls_free - there is none */
void
redis_tls_free(struct redis_tls *tls)
{
	(void)tls;
}

/* redis_tls_start - never called */
bool
redis_tls_start(struct redis_tls *tls, struct redisContext *context)
{
	(void)tls;
	(void)context;
	return false;
}

#endif
