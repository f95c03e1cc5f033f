/*
 * A host for Duktape 2.7: runs one ES5 script file and gives it the few functions that device code's surroundings need.
 *
 *   print(text)       writes a line to standard output
 *   readLine()        the next line of standard input without its end, or null when there is none
 *   readFile(path)    a file's bytes as a Uint8Array
 *   millis()          milliseconds of a monotonic clock, modulo 2^30 as the core wants its time
 *   allocations()     how many blocks have been allocated or resized since the start: the measure for "allocates nothing"
 *   allocatedBytes()  bytes held now; heapPeak() the most ever held
 *
 * Build: cc -O2 -o duktape-host duktape-host.c -lduktape -lm
 * Use:   duktape-host script.js < input
 *
 * An uncaught error goes to standard error and ends with exit code 1. Must not know what the script does.
 */
#include <duktape.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "counting-heap.h"

static duk_ret_t js_allocations(duk_context *ctx) {
  duk_push_uint(ctx, memory_of(ctx)->allocations);
  return 1;
}

static duk_ret_t js_allocated_bytes(duk_context *ctx) {
  duk_push_number(ctx, (double)memory_of(ctx)->held);
  return 1;
}

static duk_ret_t js_heap_peak(duk_context *ctx) {
  duk_push_number(ctx, (double)memory_of(ctx)->peak);
  return 1;
}

static duk_ret_t js_print(duk_context *ctx) {
  puts(duk_to_string(ctx, 0));
  return 0;
}

/*
 * Duktape keeps characters beyond U+FFFF as two surrogates of three bytes each, as ES5 sees them; from four bytes of UTF-8 it would make
 * one character that charCodeAt cannot express. Writes at most 6 bytes per 4 read; returns the length.
 */
static size_t with_surrogates(const unsigned char *text, size_t length, unsigned char *out) {
  size_t at = 0, put = 0;
  while (at < length) {
    if (text[at] >= 0xf0 && at + 3 < length) {
      uint32_t point = ((uint32_t)(text[at] & 7) << 18) | ((uint32_t)(text[at + 1] & 63) << 12) | ((uint32_t)(text[at + 2] & 63) << 6) | (text[at + 3] & 63);
      uint32_t pair[2];
      int i;
      pair[0] = 0xd800 + (((point - 0x10000) >> 10) & 0x3ff);
      pair[1] = 0xdc00 + (point & 0x3ff);
      for (i = 0; i < 2; i++) {
        out[put++] = (unsigned char)(0xe0 | (pair[i] >> 12));
        out[put++] = (unsigned char)(0x80 | ((pair[i] >> 6) & 63));
        out[put++] = (unsigned char)(0x80 | (pair[i] & 63));
      }
      at += 4;
    } else {
      out[put++] = text[at++];
    }
  }
  return put;
}

static duk_ret_t js_read_line(duk_context *ctx) {
  static char *line = NULL; /* grows to the longest line; one host runs one script */
  static size_t room = 0;
  ssize_t length = getline(&line, &room, stdin);
  if (length < 0) {
    duk_push_null(ctx);
    return 1;
  }
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
  {
    unsigned char *converted = duk_push_fixed_buffer(ctx, (duk_size_t)length * 3 / 2 + 1);
    duk_push_lstring(ctx, (const char *)converted, (duk_size_t)with_surrogates((unsigned char *)line, (size_t)length, converted));
  }
  return 1;
}

/* The whole file in a buffer left on the stack, or an error thrown. */
static void push_file(duk_context *ctx, const char *path) {
  FILE *file = fopen(path, "rb");
  long size;
  char *bytes;
  if (file == NULL) (void)duk_error(ctx, DUK_ERR_ERROR, "cannot open %s", path);
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  fseek(file, 0, SEEK_SET);
  bytes = duk_push_fixed_buffer(ctx, size > 0 ? (duk_size_t)size : 0);
  if (size > 0 && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    fclose(file);
    (void)duk_error(ctx, DUK_ERR_ERROR, "cannot read %s", path);
  }
  fclose(file);
}

static duk_ret_t js_read_file(duk_context *ctx) {
  push_file(ctx, duk_require_string(ctx, 0));
  duk_push_buffer_object(ctx, -1, 0, duk_get_length(ctx, -1), DUK_BUFOBJ_UINT8ARRAY);
  return 1;
}

static duk_ret_t js_millis(duk_context *ctx) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  duk_push_uint(ctx, (duk_uint_t)(((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u) & 0x3fffffffu));
  return 1;
}

static const duk_function_list_entry functions[] = {
  { "print", js_print, 1 },
  { "readLine", js_read_line, 0 },
  { "readFile", js_read_file, 1 },
  { "millis", js_millis, 0 },
  { "allocations", js_allocations, 0 },
  { "allocatedBytes", js_allocated_bytes, 0 },
  { "heapPeak", js_heap_peak, 0 },
  { NULL, NULL, 0 },
};

static duk_ret_t run_script(duk_context *ctx, void *udata) {
  const char *path = udata;
  push_file(ctx, path);
  duk_buffer_to_string(ctx, -1);
  duk_push_string(ctx, path);
  duk_compile(ctx, DUK_COMPILE_EVAL);
  duk_call(ctx, 0);
  return 0;
}

int main(int argc, char **argv) {
  static Memory memory;
  duk_context *ctx;
  int failed;
  if (argc != 2) {
    fprintf(stderr, "usage: %s script.js\n", argv[0]);
    return 2;
  }
  ctx = duk_create_heap(host_alloc, host_realloc, host_free, &memory, NULL);
  if (ctx == NULL) {
    fprintf(stderr, "no memory for a heap\n");
    return 1;
  }
  duk_push_global_object(ctx);
  duk_put_function_list(ctx, -1, functions);
  duk_pop(ctx);
  failed = duk_safe_call(ctx, run_script, argv[1], 0, 1) != DUK_EXEC_SUCCESS;
  if (failed) {
    if (duk_is_error(ctx, -1)) duk_get_prop_string(ctx, -1, "stack");
    fprintf(stderr, "%s\n", duk_safe_to_string(ctx, -1));
  }
  duk_destroy_heap(ctx);
  return failed;
}
