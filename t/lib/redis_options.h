/*
 * redis_options - [store] and [redis] as command line of a test program.
 *
 *     --servers LIST --sentinels LIST --master NAME --cluster
 *     --username U --password P --db N --tls-ca FILE
 *     --prefix P --path FILE --timeout MS
 */
#ifndef MAILREEVE_REDIS_OPTIONS_H
#define MAILREEVE_REDIS_OPTIONS_H

#include "store/store.h"

/*
 * redis_options - settings with the defaults of the ini and what the command
 * line says; the index of its first word that is no option, -1 for bad ones.
 */
int redis_options(int argc, char **argv, struct store_settings *settings);

#endif
