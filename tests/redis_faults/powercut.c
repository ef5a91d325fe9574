/* Remembers what of a server's files would outlive a power cut: preloaded into it, it listens to fsync and fdatasync.
 *
 * A file keeps the bytes that it had when a sync of it began that then succeeded; a directory keeps the names that it
 * had when a sync of it began. Both are written to POWERCUT_DIR, which the cut reads when the process is gone:
 *
 *   sizes          a table of {inode, bytes}, mapped and shared, so that it survives `kill -9` and is one with forks
 *   names-<inode>  the names of a directory, one line "<inode> <name>" each
 *   <inode>        a hard link to each file that such a listing names, so that a name removed since can come back
 *
 * The real sync is done too: the server must be as slow as it is. */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files that are synced between two starts of a server; it has a handful. */
#define SLOTS 4096

struct slot {
    _Atomic uint64_t inode;
    _Atomic uint64_t bytes;
};

static char folder[PATH_MAX / 2];
static struct slot *sizes;

__attribute__((constructor)) static void begin(void) {
    char path[PATH_MAX];
    const char *told = getenv("POWERCUT_DIR");
    if (!told) return;
    /* A copy: the server moves its environment away to write its title there. */
    if ((size_t)snprintf(folder, sizeof folder, "%s", told) >= sizeof folder) abort();
    snprintf(path, sizeof path, "%s/sizes", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, SLOTS * sizeof(struct slot)) < 0) abort();
    sizes = mmap(NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (sizes == MAP_FAILED) abort();
    close(fd);
}

static void keep_bytes(uint64_t inode, uint64_t bytes) {
    for (size_t i = 0; i < SLOTS; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&sizes[i].inode, &found, inode) || found == inode) {
            atomic_store(&sizes[i].bytes, bytes);
            return;
        }
    }
    abort(); /* a full table would make a synced file look unsynced */
}

/* Lists the directory before its sync; the listing counts once the sync has succeeded. */
static void list_names(int directory, const char *draft) {
    char here[64];
    struct dirent *entry;
    snprintf(here, sizeof here, "/proc/self/fd/%d", directory);
    DIR *open_directory = opendir(here);
    FILE *list = fopen(draft, "w");
    if (!open_directory || !list) abort();
    while ((entry = readdir(open_directory))) {
        char link[PATH_MAX];
        if (entry->d_type != DT_REG) continue;
        snprintf(link, sizeof link, "%s/%ju", folder, (uintmax_t)entry->d_ino);
        if (linkat(directory, entry->d_name, AT_FDCWD, link, 0) < 0 && errno != EEXIST) continue; /* just removed */
        fprintf(list, "%ju %s\n", (uintmax_t)entry->d_ino, entry->d_name);
    }
    fclose(list);
    closedir(open_directory);
}

static int synced(long call, int fd) {
    char draft[PATH_MAX], names[PATH_MAX];
    struct stat before;
    int listens = sizes && fstat(fd, &before) == 0;
    int lists = listens && S_ISDIR(before.st_mode);
    if (lists) {
        snprintf(draft, sizeof draft, "%s/draft-%ld", folder, syscall(SYS_gettid));
        snprintf(names, sizeof names, "%s/names-%ju", folder, (uintmax_t)before.st_ino);
        list_names(fd, draft);
    }
    int answer = (int)syscall(call, fd);
    int why = errno;
    if (answer == 0 && lists) rename(draft, names);
    else if (answer == 0 && listens && S_ISREG(before.st_mode)) keep_bytes(before.st_ino, (uint64_t)before.st_size);
    errno = why;
    return answer;
}

int fsync(int fd) { return synced(SYS_fsync, fd); }

int fdatasync(int fd) { return synced(SYS_fdatasync, fd); }
