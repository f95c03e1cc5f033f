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
 *   hostSetting(name)          a setting as text, null where there is none: given with --set
 *   hostSleep(ms)              deep sleep, as far as a process can: the connection ends, and nothing runs till then
 *   print(text)                a line to standard output
 *   readLine()                 a line of standard input, null when there is none now, false at its end; never waits
 *   allocations(), heapBytes() blocks allocated since the start, and bytes held now
 *
 * Build: cc -O2 -o embed-duktape embed-duktape.c -lduktape -lm    (counting-heap.h and embed-line.h beside it)
 * Use:   embed-duktape [--serial /dev/ttyS0 115200] [--store folder] [--set name value]… midge.js application.js
 *
 * An uncaught error goes to standard error with its line, and ends with exit code 1. Nothing here allocates after the start but readLine. Must not
 * know MQTT.
 */
#define _DEFAULT_SOURCE
#include <duktape.h>
#include <signal.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>
#include "counting-heap.h"
#include "embed-line.h"

static const char *store_folder = ".";

enum { SETTINGS_MAX = 16 };
static struct {
  const char *name;
  const char *value;
} settings[SETTINGS_MAX];
static int setting_count = 0;

static duk_ret_t js_open(duk_context *ctx) {
  line_connect(duk_require_string(ctx, 0), duk_require_int(ctx, 1));
  return 0;
}

static duk_ret_t js_link(duk_context *ctx) {
  duk_push_int(ctx, line_state());
  return 1;
}

static duk_ret_t js_close(duk_context *ctx) {
  (void)ctx;
  line_close();
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

static duk_ret_t js_read(duk_context *ctx) {
  size_t room;
  unsigned char *bytes = range(ctx, 0, &room);
  duk_push_int(ctx, line_read(bytes, room));
  return 1;
}

static duk_ret_t js_write(duk_context *ctx) {
  size_t length;
  unsigned char *bytes = range(ctx, 0, &length);
  duk_push_int(ctx, line_write(bytes, length));
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

static duk_ret_t js_setting(duk_context *ctx) {
  const char *name = duk_require_string(ctx, 0);
  int i;
  for (i = 0; i < setting_count; i++) {
    if (strcmp(settings[i].name, name) == 0) {
      duk_push_string(ctx, settings[i].value);
      return 1;
    }
  }
  duk_push_null(ctx);
  return 1;
}

/* A board would put the radio off and stop its clock, and often start anew afterwards. */
static duk_ret_t js_sleep(duk_context *ctx) {
  line_close();
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
  { "hostSetting", js_setting, 1 },
  { "hostSleep", js_sleep, 1 },
  { "print", js_print, 1 },
  { "readLine", js_read_line, 0 },
  { "allocations", js_allocations, 0 },
  { "heapBytes", js_heap_bytes, 0 },
  { NULL, NULL, 0 },
};

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
    if (wait > 0) line_wait(wait, input.is_read && !input.is_over ? STDIN_FILENO : -1);
  }
}

int main(int argc, char **argv) {
  static Memory memory;
  duk_context *ctx;
  int failed, at = 1;
  while (at < argc && strncmp(argv[at], "--", 2) == 0) {
    if (strcmp(argv[at], "--serial") == 0 && at + 2 < argc) {
      if (!line_open_serial(argv[at + 1], atol(argv[at + 2]))) return 1;
      at += 3;
    } else if (strcmp(argv[at], "--store") == 0 && at + 1 < argc) {
      store_folder = argv[at + 1];
      at += 2;
    } else if (strcmp(argv[at], "--set") == 0 && at + 2 < argc && setting_count < SETTINGS_MAX) {
      settings[setting_count].name = argv[at + 1];
      settings[setting_count++].value = argv[at + 2];
      at += 3;
    } else break;
  }
  if (at >= argc || strncmp(argv[at], "--", 2) == 0) {
    fprintf(stderr, "usage: %s [--serial path baud] [--store folder] [--set name value]... midge.js application.js\n", argv[0]);
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
