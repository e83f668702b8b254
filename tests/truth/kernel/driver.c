/* Behind the cases: runs each in a process of its own and prints what the kernel did, one line a case:
 *   NUMBER skipped ERRNO                       the mapping could not be made
 *   NUMBER failed ERRNO SOURCE TARGET          SOURCE and TARGET: kept, or lost if they are mapped no more
 *   NUMBER alias|other SOURCE PLACE            whether both views show the same bytes; PLACE: target or elsewhere
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char *the_source, *the_target;
static int was_mapped, number;

static int is_mapped(void *address)
{
    unsigned char pages[1];
    return mincore((void *)((size_t)address & ~(size_t)4095), 4096, pages) == 0;
}

static void stop(void)
{
    fflush(stdout);
    _exit(0);
}

void prepared(void *source)
{
    if (source == MAP_FAILED) {
        printf("%d skipped %d\n", number, errno);
        stop();
    }
    the_source = source;
    was_mapped = is_mapped(source);
}

void *target(void)
{
    the_target = mmap(NULL, 4 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return the_target;
}

int memory_file(void)
{
    int file = memfd_create("kernel", MFD_CLOEXEC);
    return ftruncate(file, 4 * SIZE) == 0 ? file : -1;
}

int disk_file(void)
{
    FILE *file = tmpfile();
    return file && ftruncate(fileno(file), 4 * SIZE) == 0 ? fileno(file) : -1;
}

int zero_device(void)
{
    return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

int segment(void)
{
    return shmget(IPC_PRIVATE, 4 * SIZE, IPC_CREAT | 0600);
}

void removed(int id)
{
    int error = errno;
    shmctl(id, IPC_RMID, NULL);
    errno = error;
}

void *shared_somewhere(void)
{
    return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void *private_somewhere(void)
{
    return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Below all that the kernel chooses by itself. */
void *unmapped_somewhere(void)
{
    return (void *)0x200000;
}

static void tell(char *result)
{
    int error = errno;
    const char *source = is_mapped(the_source) == was_mapped ? "kept" : "lost";
    if (result == MAP_FAILED) {
        const char *target = !the_target || is_mapped(the_target) ? "kept" : "lost";
        printf("%d failed %d %s %s\n", number, error, source, target);
        stop();
    }
    const char *views = "other";
    if (is_mapped(the_source)) {
        *the_source = 's';
        int there = *result == 's';
        *result = 'r';
        views = there && *the_source == 'r' ? "alias" : "other";
    }
    printf("%d %s %s %s\n", number, views, source, result == the_target ? "target" : "elsewhere");
    stop();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 4096);
    for (number = 0; cases[number]; number++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            tell(cases[number]());
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "case %d ended with status %d\n", number, status);
            return 1;
        }
    }
    return 0;
}
