/*
 * process_use - what a process has used of the machine, from /proc.
 */
#ifndef MAILREEVE_T_PROCESS_USE_H
#define MAILREEVE_T_PROCESS_USE_H

#include <stdbool.h>
#include <sys/types.h>

struct process_use {
	double cpu_s;     /* user and system time; steps of 10 ms */
	long resident_kb; /* now */
	long peak_kb;     /* most ever */
	long threads;
};

/* process_use - false when there is no such process. */
bool process_use(pid_t pid, struct process_use *use);

#endif
