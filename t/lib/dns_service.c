/*
 * dns_service - a DNS service for a test, with everything that it needs.
 */
#include "t/lib/dns_service.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dns_zone.h"
#include "service/json.h"
#include "t/lib/dnsd.h"

#define START_OF_TIME 1790000000
#define PATIENCE_MS 5000

struct dns_service *
dns_service_new(enum dns_service_kind kind, const char *zone)
{
	struct dns_service *service = mem_alloc(sizeof *service);
	struct str why = STR_INIT;

	service->kind = kind;
	service->clock = clock_fake_new(START_OF_TIME);
	service->dns = dns_new(service->clock);
	service->arena = arena_new(4096);
	service->settings = (struct dns_settings){
		.servers = "",
		.timeout_ms = 200,
		.tries = 2,
		.cache_size = 1 << 20,
		.cache_max_ttl_s = 3600,
		.cache_negative_ttl_s = 300,
	};
	if (kind == SERVICE_ZONE) {
		if (!dns_use_zone(service->dns, zone, &why))
			log_fatal("zone: %s", str_text(&why));
	} else {
		service->dnsd = dnsd_start("127.0.0.1:0", zone);
		if (service->dnsd == NULL)
			log_fatal("no dnsd");
		service->settings.servers = dnsd_where(service->dnsd);
	}
	dns_service_use(service);
	return service;
}

void
dns_service_use(struct dns_service *service)
{
	const char *why;

	if (!dns_configure(service->dns, &service->settings, &why))
		log_fatal("dns: %s", why);
}

void
dns_service_free(struct dns_service *service)
{
	arena_free(service->arena);
	dns_free(service->dns);
	if (service->dnsd != NULL)
		dnsd_stop(service->dnsd);
	clock_fake_free(service->clock);
	mem_free(service);
}

const struct dns_answer *
dns_service_ask(struct dns_service *service, const char *name,
    enum dns_type type)
{
	struct dns_question *question =
	    dns_ask(service->dns, service->arena, name, type);

	return dns_wait(question, clock_mono_ms(service->clock) + PATIENCE_MS);
}

int64_t
dns_service_stat(struct dns_service *service, const char *key)
{
	struct json *stats = json_new_object();
	int64_t value;

	dns_stats(service->dns, stats);
	value = json_get_int(stats, key, -1);
	json_free(stats);
	return value;
}
