/*
 * daemon_background - leave the terminal, and say how the start went.
 */
#ifndef MAILREEVE_DAEMON_BACKGROUND_H
#define MAILREEVE_DAEMON_BACKGROUND_H

/*
 * daemon_background_descriptors - before anything is opened: what a starter
 * closed of the standard descriptors must not become a socket of ours.
 */
void daemon_background_descriptors(void);
/*
 * daemon_background_begin - comes back in a new process without a terminal.
 * The old one waits and ends with that one's exit code, or with 0 as soon as
 * daemon_background_done() is called.
 */
void daemon_background_begin(void);
/* daemon_background_done - we serve: let the starter go. Harmless twice. */
void daemon_background_done(void);

#endif
