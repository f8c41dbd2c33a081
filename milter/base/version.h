/*
 * version - the number that people see.
 */
#ifndef MAILREEVE_VERSION_H
#define MAILREEVE_VERSION_H

#define MAILREEVE_VERSION "1.0.0"

#endif
