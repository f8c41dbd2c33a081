/*
 * dialogue - run case files in this process or against the daemon.
 *
 *     dialogue process|wire FILE...
 *
 * Prints TAP, one point a case, played a few at a time; what differed follows
 * as comments. The programs are looked for in the folder above this one. Exit
 * status 0 when all passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "t/lib/dialogue_case.h"
#include "t/lib/dialogue_peer.h"
#include "t/lib/dialogue_play.h"
#include "t/lib/dnsd.h"
#include "t/lib/side_by_side.h"

#define JOBS 4 /* cases at a time: they mostly wait */

#define LOG_WAIT_MS 2000
#define LOG_STEP_MS 10

/* write_file - a block of the case into its folder, whole or not at all */
static bool
write_file(struct play *play, const char *name, const char *text)
{
	const char *path = arena_printf(play->arena, "%s/%s", play->dir, name);
	const char *draft = arena_printf(play->arena, "%s.new", path);
	FILE *file = fopen(draft, "w");

	if (file == NULL)
		return false;
	fputs(text, file);
	if (strstr(name, ".secret") != NULL)
		fchmod(fileno(file), S_IRUSR | S_IWUSR);
	return fclose(file) == 0 && rename(draft, path) == 0;
}

/* start_server - a helper program; it prints a line when it is ready */
static bool
start_server(struct play *play, const struct case_line *line)
{
	const char *answers = arena_printf(play->arena, "%s/server%zu",
	    play->dir, play->server_count);
	const char *program =
	    arena_printf(play->arena, "%s/t/%sd", play->programs, line->verb);
	char ready[64];
	int ends[2];
	pid_t pid;
	bool begun;

	if (play->server_count == SERVERS ||
	    !write_file(play, strrchr(answers, '/') + 1, line->block) ||
	    pipe(ends) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		const char *where =
		    line->text[0] != '/'
			? line->text
			: arena_printf(play->arena, "unix:%s", line->text);

		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execl(program, program, where, answers, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	begun = pid > 0 && read(ends[0], ready, sizeof(ready)) > 0;
	close(ends[0]);
	if (pid > 0)
		play->servers[play->server_count++] = pid;
	return begun;
}

/* link_replies - the documented systems, where an ini beside them finds them */
static void
link_replies(struct play *play)
{
	char *replies = realpath("etc/replies", NULL);

	if (replies == NULL ||
	    symlink(replies,
		arena_printf(play->arena, "%s/replies", play->dir)) != 0)
		str_add(&play->why, "etc/replies is not below this folder\n");
	free(replies);
}

/* start_knowing_nothing - a name server that fails, at once, whatever is
 * asked: where nobody listens, questions wait for their time-out */
static void
start_knowing_nothing(struct play *play)
{
	if (play->dialogue->asks_nobody)
		play->knows_nothing = dnsd_start(play->dialogue->dns,
		    ". ANY !SERVFAIL\n* ANY !SERVFAIL\n");
}

/* prepare - files and servers that stand before the first step */
static bool
prepare(struct play *play)
{
	link_replies(play);
	start_knowing_nothing(play);
	for (size_t i = 0; i < play->dialogue->count; i++) {
		const struct case_line *line = &play->dialogue->lines[i];

		if (line->kind == CASE_STEP)
			return true;
		if ((line->kind == CASE_FILE &&
			!write_file(play, line->verb, line->block)) ||
		    (line->kind == CASE_SERVER && !start_server(play, line))) {
			play_differ(play, line, line->verb, "failed", "ready");
			return false;
		}
	}
	return true;
}

/* unfold - header fields, each on one line */
static const char *
unfold(struct play *play, const char *headers)
{
	char *copy = arena_strdup(play->arena, headers), *to = copy;

	for (const char *from = copy; *from != '\0'; from++) {
		if (from[0] == '\n' && (from[1] == '\t' || from[1] == ' ')) {
			from += strspn(from + 1, "\t ");
			*to++ = ' ';
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

/*
 * is_logged_soon - whether a line still comes: what a daemon does when a
 * connection ends is not waited for
 */
static bool
is_logged_soon(struct play *play, const struct case_line *line,
    const char **text)
{
	bool found = false;

	for (int ms = 0;
	     ms < LOG_WAIT_MS && !found && play->runner == RUNNER_WIRE;
	     ms += LOG_STEP_MS) {
		poll(NULL, 0, LOG_STEP_MS);
		*text = play->peer.log(play->peer.self);
		found = play_matches(play, line, line->text, *text);
	}
	return found;
}

/* play_pattern - what must, or must not, be in the log or in the headers */
static void
play_pattern(struct play *play, const struct case_line *line)
{
	static const struct {
		const char *name;
		bool headers, wanted;
	} kinds[] = {
		[CASE_LOG] = { .name = "log", .wanted = true },
		[CASE_NOLOG] = { .name = "nolog" },
		[CASE_HEADER] = { .name = "header",
		    .headers = true,
		    .wanted = true },
		[CASE_NOHEADER] = { .name = "noheader", .headers = true },
	};
	const char *text =
	    kinds[line->kind].headers
		? unfold(play, play->peer.headers(play->peer.self))
		: play->peer.log(play->peer.self);
	bool found = play_matches(play, line, line->text, text);

	if (!found && line->kind == CASE_LOG)
		found = is_logged_soon(play, line, &text);
	if (found != kinds[line->kind].wanted)
		play_differ(play, line, kinds[line->kind].name, text,
		    line->text);
}

/* play_lines - from the first step on */
static void
play_lines(struct play *play)
{
	bool begun = false;

	for (size_t i = 0; i < play->dialogue->count; i++) {
		const struct case_line *line = &play->dialogue->lines[i];

		begun = begun || line->kind == CASE_STEP;
		if (line->kind == CASE_STEP)
			play_step(play, line);
		else if (line->kind == CASE_FILE && begun)
			write_file(play, line->verb, line->block);
		else if (line->kind != CASE_FILE && line->kind != CASE_SERVER)
			play_pattern(play, line);
	}
}

/* play_case - from its ini to its last line */
static void
play_case(struct play *play)
{
	const char *ini = play->dialogue->ini;
	bool begun;

	if (!prepare(play))
		return;
	begun = play->runner == RUNNER_PROCESS
		    ? dialogue_process(&play->peer, ini, play->dir, &play->why)
		    : dialogue_wire(&play->peer, ini, play->dir, play->programs,
			  &play->why);
	if (!begun) {
		str_add(&play->why, "the configuration was not taken\n");
		return;
	}
	play_lines(play);
	play->peer.free(play->peer.self);
}

/* print_why - as TAP comments */
static void
print_why(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		printf("#   %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

/* remove_folder - what the case left */
static void
remove_folder(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* run_case - one TAP point; true when it passed */
static bool
run_case(enum runner runner, const char *programs, const char *path,
    unsigned number)
{
	struct play play = { .runner = runner,
		.programs = programs,
		.why = STR_INIT };
	bool passed;

	snprintf(play.dir, sizeof(play.dir), "%s/case.XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(play.dir) == NULL)
		return false;
	play.arena = arena_new(4096);
	play.dialogue = dialogue_case_read(path, play.dir);
	if (play.dialogue == NULL)
		str_add(&play.why, "the case cannot be read\n");
	else
		play_case(&play);
	for (size_t i = 0; i < play.server_count; i++) {
		kill(play.servers[i], SIGTERM);
		waitpid(play.servers[i], NULL, 0);
	}
	if (play.knows_nothing != NULL)
		dnsd_stop(play.knows_nothing);
	passed = play.why.length == 0;
	printf("%sok %u - %s %s\n", passed ? "" : "not ", number,
	    runner == RUNNER_PROCESS ? "process" : "wire", path);
	print_why(str_text(&play.why));
	fflush(stdout);
	str_fini(&play.why);
	dialogue_case_free(play.dialogue);
	arena_free(play.arena);
	remove_folder(play.dir);
	return passed;
}

/* wanted - whether a case runs here; unreadable ones do, to be told of */
static bool
wanted(enum runner runner, const char *path)
{
	struct dialogue_case *dialogue = dialogue_case_read(path, "");
	bool runs = dialogue == NULL || dialogue->runs[runner];

	dialogue_case_free(dialogue);
	return runs;
}

/* what is to be played, and how */
struct program {
	enum runner runner;
	char *folder; /* of the programs */
	char **paths; /* of the cases */
};

/* each_case - the one with that index */
static bool
each_case(void *context, size_t index)
{
	const struct program *program = context;

	return run_case(program->runner, program->folder, program->paths[index],
	    (unsigned)index + 1);
}

int
main(int argc, char **argv)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct program program = { .runner = RUNNER_PROCESS, .folder = self };
	size_t count = 0;
	bool passed;

	if (argc < 3 || length <= 0 ||
	    (strcmp(argv[1], "process") != 0 && strcmp(argv[1], "wire") != 0)) {
		fprintf(stderr, "usage: dialogue process|wire FILE...\n");
		return 64;
	}
	self[length] = '\0';
	if (strcmp(argv[1], "wire") == 0)
		program.runner = RUNNER_WIRE;
	signal(SIGPIPE, SIG_IGN);
	dirname(dirname(self));
	program.paths = argv + 2;
	for (int i = 2; i < argc; i++)
		if (wanted(program.runner, argv[i]))
			program.paths[count++] = argv[i];
	passed = side_by_side(JOBS, count, each_case, &program);
	printf("1..%zu\n", count);
	return passed && count > 0 ? 0 : 1;
}
