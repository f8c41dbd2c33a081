/*
 * process_use - what a process has used of the machine, from /proc.
 */
#include "process_use.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* read_cpu - fields 14 and 15 of proc(5)'s stat, behind the name */
static bool
read_cpu(pid_t pid, double *cpu_s)
{
	unsigned long user, system;
	char path[64], text[1024];
	const char *rest;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 2,
		"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
		&system) != 2)
		return false;
	*cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return true;
}

bool
process_use(pid_t pid, struct process_use *use)
{
	char path[64], line[256];
	FILE *file;

	*use = (struct process_use){ .cpu_s = 0 };
	if (!read_cpu(pid, &use->cpu_s))
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		sscanf(line, "VmRSS: %ld", &use->resident_kb);
		sscanf(line, "VmHWM: %ld", &use->peak_kb);
		sscanf(line, "Threads: %ld", &use->threads);
	}
	fclose(file);
	return true;
}
