/*
 * daemon_notify - tell systemd how we are (Type=notify); else nothing.
 */
#ifndef MAILREEVE_DAEMON_NOTIFY_H
#define MAILREEVE_DAEMON_NOTIFY_H

void daemon_notify_ready(const char *status);
void daemon_notify_reloading(void);
void daemon_notify_stopping(const char *status);

#endif
