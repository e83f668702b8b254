/* The environment in which generated C programs run: it gives them their input, records every call of mremap with the calls
 * that led there, and enumerates all inputs of each program. The programs and their table are appended to this file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { BITS = 48, DEPTH = 16, EVENTS = 1024, RUNS = 4096, EXTRA = 512 };

struct program { int count; void (*entries[4])(void); };
extern const struct program programs[];
extern const int program_count;

/* The input of one run: bits that are given, then zeros. */
static unsigned char bits[BITS];
static int given, used, overrun;
static uint64_t noise;

static int chance(void)
{
	noise = noise * 6364136223846793005u + 1442695040888963407u;
	return noise >> 63;
}

static int in(void)
{
	if (used == BITS) {
		overrun = 1;
		return 0;
	}
	if (used >= given) {
		bits[used] = noise ? chance() : 0;
	}
	return bits[used++];
}

/* Never 3, so that a switch over 0, 1 and 2 also sees a value that has no case. */
static int pick(void)
{
	int high = in(), value = 2 * high + in();
	return value == 3 ? 77 : value;
}

static jmp_buf top;
static void stop(void) { longjmp(top, 1); }

static char page[16];
static void *area(void) { return page; }

/* The calls that are being executed, by their numbers in the program. */
static int chain[DEPTH], depth;
static int enter(int number)
{
	if (depth < DEPTH)
		chain[depth] = number;
	return depth++;
}
static void leave(int *entered) { depth = *entered; }
#define CALL(number, ...) \
	({ __attribute__((cleanup(leave), unused)) int entered = enter(number); __VA_ARGS__; })

struct event {
	int depth, chain[DEPTH];
	unsigned long zero, other;
	unsigned long zero_value, other_value;
	char input[BITS + 1];
};
static struct event events[EVENTS];
static int event_count;

/* Rounds up to pages in 64 bits, as the kernel does. */
static size_t pages(size_t size) { return (size + 4095) & ~(size_t)4095; }

/* What the kernel refuses whatever the mapping is, fails here too; in some runs anything may. */
static int refusing;
static void *outcome(size_t old_size, size_t new_size, int flags)
{
	if (!pages(new_size) || (!pages(old_size) && !(flags & 1)) || (refusing && chance())) {
		errno = EINVAL;
		return (void *)-1;
	}
	return page;
}

static void record(size_t old_size)
{
	int at, length = depth < DEPTH ? depth : DEPTH;
	for (at = 0; at < event_count; at++)
		if (events[at].depth == length && !memcmp(events[at].chain, chain, length * sizeof *chain))
			break;
	if (at == EVENTS) {
		overrun = 1;
		return;
	}
	struct event *event = &events[at];
	if (at == event_count) {
		memset(event, 0, sizeof *event);
		event->depth = length;
		memcpy(event->chain, chain, sizeof chain);
		event_count++;
	}
	if (pages(old_size) == 0) {
		if (!event->zero++)
			for (int bit = 0; bit < used; bit++)
				event->input[bit] = '0' + bits[bit];
		event->zero_value = old_size;
	} else {
		event->other++;
		event->other_value = old_size;
	}
}

static void *mremap(void *address, size_t old_size, size_t new_size, int flags, ...)
{
	record(old_size);
	return outcome(old_size, new_size, flags);
}

static long raw_call(long number, ...)
{
	va_list arguments;
	va_start(arguments, number);
	(void)va_arg(arguments, void *);
	size_t old_size = va_arg(arguments, size_t);
	size_t new_size = va_arg(arguments, size_t);
	int flags = va_arg(arguments, int);
	va_end(arguments);
	record(old_size);
	return (long)outcome(old_size, new_size, flags);
}

/* Variables of static storage start anew with each run. */
#define SAVED __attribute__((section("saved")))
static SAVED char start_of_saved = 1;
extern char __start_saved[], __stop_saved[];
static char *original;

static void run(const struct program *program)
{
	memcpy(__start_saved, original, __stop_saved - __start_saved);
	used = depth = 0;
	/* One entry runs once; of several, any may run at any time. */
	volatile int round = program->count > 1 ? 4 : 1;
	/* Whoever exits or aborts ends the program: nothing more runs. */
	if (setjmp(top))
		return;
	while (round-- > 0) {
		int which = program->count > 1 ? pick() : 0;
		depth = 0;
		if (which < program->count)
			program->entries[which]();
	}
}

int main(void)
{
	size_t size = __stop_saved - __start_saved;
	original = (char *)malloc(size);
	memcpy(original, __start_saved, size);
	for (int number = 0; number < program_count; number++) {
		int runs = 0;
		alarm(10);
		event_count = given = overrun = refusing = 0;
		do {
			noise = 0;
			run(&programs[number]);
			runs++;
			for (given = used; given > 0 && bits[given - 1]; given--)
				;
			if (given)
				bits[given - 1] = 1;
		} while (given && runs < RUNS);
		int exhaustive = !given && !overrun && programs[number].count == 1;
		noise = 1;
		for (int extra = 0; extra < EXTRA; extra++) {
			given = 0;
			refusing = exhaustive || extra % 2;
			noise += 2 * extra + 1;
			run(&programs[number]);
		}
		printf("program %d %d %d\n", number, runs, exhaustive);
		for (struct event *event = events; event < events + event_count; event++) {
			printf("event %lu %lu %lx %lx =%s", event->zero, event->other, event->zero_value, event->other_value,
			       event->input);
			for (int at = 0; at < event->depth; at++)
				printf(" %d", event->chain[at]);
			printf("\n");
		}
		fflush(stdout);
	}
	return 0;
}

#define abort() stop()
#define exit(status) stop()
#define assert(test) ((test) ? (void)0 : stop())
#define syscall raw_call
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define SYS_mremap 25
#define __NR_mremap 25
#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED 2
#define MAP_FAILED ((void *)-1)
