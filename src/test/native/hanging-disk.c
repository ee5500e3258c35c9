/* A disk that hangs: no fsync ends while the file named by HANGING_DISK exists. All other calls of the system work. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
    const char *file = getenv("HANGING_DISK");
    while (file && access(file, F_OK) == 0) {
        usleep(10000);
    }
}

int fsync(int fd) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
