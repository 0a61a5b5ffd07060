/* A disk that is busy: while the file named by SLOW_DISK is there, each flush takes SLOW_DISK_SECONDS longer. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char *flag = getenv("SLOW_DISK");
  const char *seconds = getenv("SLOW_DISK_SECONDS");
  if (flag != NULL && seconds != NULL && access(flag, F_OK) == 0) sleep((unsigned)atoi(seconds));
}

int fsync(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_the_disk();
  return real(file);
}

int fdatasync(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_the_disk();
  return real(file);
}
