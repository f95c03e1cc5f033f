/*
 * A firmware that embeds Duktape 2.7, as an example to start from: Linux stands for the board. It runs scripts (midge.js or midge-link.js, then the
 * application), then calls the application's `loop()` for ever, and sleeps between the calls until bytes come or the time that loop() returned is over.
 *
 * What a firmware gives to midge.js:
 *   hostOpen(host, port)       begins to open a connection, returns at once
 *   hostLink()                 0 closed or ended, 1 opening, 2 open
 *   hostClose()                ends it
 *   hostRead(bytes, from, to)  puts received bytes there, returns how many; never waits
 *   hostWrite(bytes, from, to) takes bytes for sending, returns how many; never waits
 *   hostMillis()               milliseconds of a clock that is never set, modulo 2^30
 *   hostRandom()               an integer from 0 to 2^30 - 1, different at every start
 * midge-link.js uses hostRead and hostWrite on a serial port, hostMillis and hostRandom, and nothing else.
 *
 * What this firmware gives to applications besides:
 *   hostStore(name, at, bytes, from, to)  writes into the storage called `name` from byte `at` on; true when done
 *   hostLoad(name, at, bytes, from, to)   reads from there, returns how many bytes there were
 *   hostSleep(ms)              deep sleep, as far as a process can: the connection ends, and nothing runs till then
 *   print(text)                a line to standard output
 *   readLine()                 a line of standard input, null when there is none now, false at its end; never waits
 *   allocations(), heapBytes() blocks allocated since the start, and bytes held now
 *
 * Build: cc -O2 -o embed-duktape embed-duktape.c -lduktape -lm
 * Use:   embed-duktape [--serial /dev/ttyS0 115200] [--store folder] midge.js application.js
 *
 * An uncaught error goes to standard error with its line, and ends with exit code 1. Nothing here allocates after the start but readLine. Must not
 * know MQTT.
 */
#define _DEFAULT_SOURCE
#include <duktape.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "counting-heap.h"

enum { LINK_CLOSED, LINK_OPENING, LINK_OPEN };

/* The one connection, or the serial port. */
static struct {
  int fd; /* -1: none */
  int state;
  int is_serial;
  int is_full; /* the last write took less than it was given: wait for room too */
} line = { -1, LINK_CLOSED, 0, 0 };

static const char *store_folder = ".";

static void close_line(void) {
  if (line.is_serial) return; /* a serial port is there for good */
  if (line.fd >= 0) close(line.fd);
  line.fd = -1;
  line.state = LINK_CLOSED;
  line.is_full = 0;
}

/* A board would ask its network stack and hear of it in an interrupt; here the name is looked up at once, and the rest goes on by itself. */
static duk_ret_t js_open(duk_context *ctx) {
  struct addrinfo hints, *found = NULL;
  char service[12];
  int yes = 1;
  close_line();
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  snprintf(service, sizeof service, "%d", duk_require_int(ctx, 1));
  if (getaddrinfo(duk_require_string(ctx, 0), service, &hints, &found) != 0) return 0; /* stays closed: the client tries again */
  line.fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
  if (line.fd >= 0) {
    fcntl(line.fd, F_SETFL, O_NONBLOCK);
    setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    line.state = LINK_OPENING;
    if (connect(line.fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) close_line();
  }
  freeaddrinfo(found);
  return 0;
}

static duk_ret_t js_link(duk_context *ctx) {
  if (line.state == LINK_OPENING) {
    struct pollfd ready = { line.fd, POLLOUT, 0 };
    int fault = 0;
    socklen_t size = sizeof fault;
    if (poll(&ready, 1, 0) > 0) {
      if (getsockopt(line.fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault != 0) close_line();
      else line.state = LINK_OPEN;
    }
  }
  duk_push_int(ctx, line.state);
  return 1;
}

static duk_ret_t js_close(duk_context *ctx) {
  (void)ctx;
  close_line();
  return 0;
}

/* The bytes of the arguments (bytes, from, to) that begin at `index`; throws where they are none. */
static unsigned char *range(duk_context *ctx, duk_idx_t index, size_t *count) {
  duk_size_t size;
  unsigned char *bytes = duk_require_buffer_data(ctx, index, &size);
  int from = duk_require_int(ctx, index + 1), to = duk_require_int(ctx, index + 2);
  if (from < 0 || to < from || (size_t)to > size) (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "bytes %d to %d of %d", from, to, (int)size);
  *count = (size_t)(to - from);
  return bytes + from;
}

static int must_wait(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static duk_ret_t js_read(duk_context *ctx) {
  size_t room;
  unsigned char *bytes = range(ctx, 0, &room);
  ssize_t count = 0;
  if (line.state == LINK_OPEN && room > 0) {
    count = read(line.fd, bytes, room);
    if (count == 0 || (count < 0 && !must_wait())) close_line(); /* the peer has gone, and all that it sent has been read */
  }
  duk_push_int(ctx, count > 0 ? (int)count : 0);
  return 1;
}

static duk_ret_t js_write(duk_context *ctx) {
  size_t length;
  unsigned char *bytes = range(ctx, 0, &length);
  ssize_t count = 0;
  if (line.state == LINK_OPEN && length > 0) {
    count = write(line.fd, bytes, length);
    if (count < 0 && !must_wait()) close_line();
    line.is_full = count < (ssize_t)length;
  }
  duk_push_int(ctx, count > 0 ? (int)count : 0);
  return 1;
}

static uint32_t millis(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)(((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u) & 0x3fffffffu);
}

static duk_ret_t js_millis(duk_context *ctx) {
  duk_push_uint(ctx, millis());
  return 1;
}

static duk_ret_t js_random(duk_context *ctx) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != sizeof value) value = millis();
  duk_push_uint(ctx, value & 0x3fffffffu);
  return 1;
}

/* The file that stands for a storage; its name must not lead out of the folder. */
static int open_store(duk_context *ctx, int flags) {
  const char *name = duk_require_string(ctx, 0);
  char path[512];
  if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == 0) (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "no name for a storage: %s", name);
  snprintf(path, sizeof path, "%s/%s", store_folder, name);
  return open(path, flags, 0666);
}

static duk_ret_t js_store(duk_context *ctx) {
  size_t length;
  unsigned char *bytes = range(ctx, 2, &length);
  int fd = open_store(ctx, O_WRONLY | O_CREAT);
  int is_done = fd >= 0 && pwrite(fd, bytes, length, duk_require_int(ctx, 1)) == (ssize_t)length;
  if (fd >= 0) close(fd);
  duk_push_boolean(ctx, is_done);
  return 1;
}

static duk_ret_t js_load(duk_context *ctx) {
  size_t room;
  unsigned char *bytes = range(ctx, 2, &room);
  int fd = open_store(ctx, O_RDONLY);
  ssize_t count = fd < 0 ? 0 : pread(fd, bytes, room, duk_require_int(ctx, 1));
  if (fd >= 0) close(fd);
  duk_push_int(ctx, count > 0 ? (int)count : 0);
  return 1;
}

/* A board would put the radio off and stop its clock, and often start anew afterwards. */
static duk_ret_t js_sleep(duk_context *ctx) {
  close_line();
  poll(NULL, 0, duk_require_int(ctx, 0));
  return 0;
}

static duk_ret_t js_print(duk_context *ctx) {
  puts(duk_to_string(ctx, 0));
  fflush(stdout);
  return 0;
}

/* Lines of standard input: what has come, and whether readLine was ever called. */
static struct {
  char bytes[16384];
  size_t count;
  int is_read;
  int is_over;
} input;

static duk_ret_t js_read_line(duk_context *ctx) {
  char *end = memchr(input.bytes, '\n', input.count);
  struct pollfd ready = { STDIN_FILENO, POLLIN, 0 };
  input.is_read = 1;
  if (end == NULL && !input.is_over && poll(&ready, 1, 0) > 0) {
    ssize_t count = read(STDIN_FILENO, input.bytes + input.count, sizeof input.bytes - input.count);
    if (count > 0) input.count += (size_t)count;
    else input.is_over = 1; /* or a line longer than there is room for */
    end = memchr(input.bytes, '\n', input.count);
  }
  if (end == NULL) {
    if (input.is_over) duk_push_false(ctx);
    else duk_push_null(ctx);
    return 1;
  }
  duk_push_lstring(ctx, input.bytes, (duk_size_t)(end - input.bytes));
  input.count -= (size_t)(end + 1 - input.bytes);
  memmove(input.bytes, end + 1, input.count);
  return 1;
}

static duk_ret_t js_allocations(duk_context *ctx) {
  duk_push_uint(ctx, memory_of(ctx)->allocations);
  return 1;
}

static duk_ret_t js_heap_bytes(duk_context *ctx) {
  duk_push_number(ctx, (double)memory_of(ctx)->held);
  return 1;
}

static const duk_function_list_entry functions[] = {
  { "hostOpen", js_open, 2 },
  { "hostLink", js_link, 0 },
  { "hostClose", js_close, 0 },
  { "hostRead", js_read, 3 },
  { "hostWrite", js_write, 3 },
  { "hostMillis", js_millis, 0 },
  { "hostRandom", js_random, 0 },
  { "hostStore", js_store, 5 },
  { "hostLoad", js_load, 5 },
  { "hostSleep", js_sleep, 1 },
  { "print", js_print, 1 },
  { "readLine", js_read_line, 0 },
  { "allocations", js_allocations, 0 },
  { "heapBytes", js_heap_bytes, 0 },
  { NULL, NULL, 0 },
};

/* Sleeps until bytes come, there is room again for bytes, a line came, or `wait` milliseconds are over. */
static void wait_for_work(int wait) {
  struct pollfd fds[2];
  int count = 0;
  if (line.fd >= 0) {
    fds[count].fd = line.fd;
    fds[count].events = POLLIN;
    if (line.state == LINK_OPENING || line.is_full) fds[count].events |= POLLOUT;
    count++;
  }
  if (input.is_read && !input.is_over) {
    fds[count].fd = STDIN_FILENO;
    fds[count].events = POLLIN;
    count++;
  }
  poll(fds, (nfds_t)count, wait);
  /* A serial port whose other end is gone would be ready at once, for ever. */
  if (line.is_serial && (fds[0].revents & (POLLHUP | POLLERR)) != 0) poll(NULL, 0, wait < 50 ? wait : 50);
}

/* Runs a script as a program of its own, so that its variables are global. */
static void run_file(duk_context *ctx, const char *path) {
  FILE *file = fopen(path, "rb");
  long size;
  void *text;
  if (file == NULL) (void)duk_error(ctx, DUK_ERR_ERROR, "cannot open %s", path);
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  text = duk_push_fixed_buffer(ctx, size > 0 ? (duk_size_t)size : 0);
  if (size > 0 && fread(text, 1, (size_t)size, file) != (size_t)size) (void)duk_error(ctx, DUK_ERR_ERROR, "cannot read %s", path);
  fclose(file);
  duk_buffer_to_string(ctx, -1);
  duk_push_string(ctx, path);
  duk_compile(ctx, DUK_COMPILE_EVAL);
  duk_call(ctx, 0);
  duk_pop(ctx);
}

/* Runs the scripts, then loop() until it returns a number below 0. */
static duk_ret_t run(duk_context *ctx, void *udata) {
  char **paths = udata;
  while (*paths != NULL) run_file(ctx, *paths++);
  duk_get_global_string(ctx, "loop");
  if (!duk_is_function(ctx, -1)) (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "the last script defines no function loop()");
  for (;;) {
    int wait;
    duk_dup(ctx, -1);
    duk_call(ctx, 0);
    wait = duk_require_int(ctx, -1);
    duk_pop(ctx);
    if (wait < 0) return 0;
    if (wait > 0) wait_for_work(wait);
  }
}

/* 8 data bits, no parity, no echo, no flow control: bytes as they come. */
static int open_serial(const char *path, long baud) {
  static const struct { long baud; speed_t speed; } speeds[] = {
    { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
  };
  struct termios settings;
  size_t i = 0;
  line.fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (line.fd < 0) {
    fprintf(stderr, "cannot open %s: %s\n", path, strerror(errno));
    return 0;
  }
  while (i < sizeof speeds / sizeof speeds[0] && speeds[i].baud != baud) i++;
  if (i == sizeof speeds / sizeof speeds[0] || tcgetattr(line.fd, &settings) != 0) {
    fprintf(stderr, "%s cannot be set to %ld baud; 9600 to 921600 are possible, on a serial port\n", path, baud);
    return 0;
  }
  cfmakeraw(&settings);
  cfsetspeed(&settings, speeds[i].speed);
  tcsetattr(line.fd, TCSANOW, &settings);
  line.state = LINK_OPEN;
  line.is_serial = 1;
  return 1;
}

int main(int argc, char **argv) {
  static Memory memory;
  duk_context *ctx;
  int failed, at = 1;
  while (at < argc && strncmp(argv[at], "--", 2) == 0) {
    if (strcmp(argv[at], "--serial") == 0 && at + 2 < argc) {
      if (!open_serial(argv[at + 1], atol(argv[at + 2]))) return 1;
      at += 3;
    } else if (strcmp(argv[at], "--store") == 0 && at + 1 < argc) {
      store_folder = argv[at + 1];
      at += 2;
    } else break;
  }
  if (at >= argc || strncmp(argv[at], "--", 2) == 0) {
    fprintf(stderr, "usage: %s [--serial path baud] [--store folder] midge.js application.js\n", argv[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  ctx = duk_create_heap(host_alloc, host_realloc, host_free, &memory, NULL);
  if (ctx == NULL) {
    fprintf(stderr, "no memory for a heap\n");
    return 1;
  }
  duk_push_global_object(ctx);
  duk_put_function_list(ctx, -1, functions);
  duk_pop(ctx);
  failed = duk_safe_call(ctx, run, argv + at, 0, 1) != DUK_EXEC_SUCCESS;
  if (failed) {
    if (duk_is_error(ctx, -1)) duk_get_prop_string(ctx, -1, "stack");
    fprintf(stderr, "%s\n", duk_safe_to_string(ctx, -1));
  }
  duk_destroy_heap(ctx);
  return failed;
}
