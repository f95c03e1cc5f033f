/*
 * Memory for a Duktape heap that is counted: how often a block was allocated or resized, how many bytes are held now, and the most that ever were.
 * Give `host_alloc`, `host_realloc` and `host_free` to duk_create_heap, with a `Memory` as their udata. On a device with a heap of its own size, this
 * is the place to take blocks from a static pool, and to refuse what exceeds it. Must not know what runs in the heap.
 */
#ifndef MIDGE_COUNTING_HEAP_H
#define MIDGE_COUNTING_HEAP_H

#include <duktape.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the script may ask about memory. Each block carries its size in front, so that frees can be counted too. */
typedef struct {
  uint32_t allocations;
  size_t held;
  size_t peak;
} Memory;

/* 16 bytes keep the alignment that malloc gives. */
#define BLOCK_HEADER 16

static void *count_block(Memory *memory, unsigned char *block, size_t size) {
  if (block == NULL) return NULL;
  memcpy(block, &size, sizeof size);
  memory->held += size;
  if (memory->held > memory->peak) memory->peak = memory->held;
  memory->allocations++;
  return block + BLOCK_HEADER;
}

static size_t block_size(void *at) {
  size_t size;
  memcpy(&size, (unsigned char *)at - BLOCK_HEADER, sizeof size);
  return size;
}

static void *host_alloc(void *udata, duk_size_t size) {
  if (size == 0) return NULL;
  return count_block(udata, malloc(size + BLOCK_HEADER), size);
}

static void host_free(void *udata, void *at) {
  Memory *memory = udata;
  if (at == NULL) return;
  memory->held -= block_size(at);
  free((unsigned char *)at - BLOCK_HEADER);
}

static void *host_realloc(void *udata, void *at, duk_size_t size) {
  Memory *memory = udata;
  size_t before;
  unsigned char *block;
  if (at == NULL) return host_alloc(udata, size);
  if (size == 0) {
    host_free(udata, at);
    return NULL;
  }
  before = block_size(at);
  block = realloc((unsigned char *)at - BLOCK_HEADER, size + BLOCK_HEADER);
  if (block == NULL) return NULL; /* the old block stays valid and counted */
  memory->held -= before;
  return count_block(memory, block, size);
}

static Memory *memory_of(duk_context *ctx) {
  duk_memory_functions functions;
  duk_get_memory_functions(ctx, &functions);
  return functions.udata;
}

#endif
