/* SPDX-License-Identifier: MIT */
/*
 * safetensors: named tensors in a file, read by mapping.
 *
 * Layout: 8 bytes little endian N; N bytes of JSON, {"name": {"dtype",
 * "shape", "data_offsets": [begin, end]}, ..., "__metadata__": {str: str}};
 * then the data, to which the offsets refer.  Everything is checked at open:
 * sizes, overlaps, gaps, products of shapes, dtype; afterwards a view cannot
 * fail.  The map is private and writable, so a tensor may be changed in
 * memory without changing the file; a file that is replaced by rename(2)
 * stays as it was for a process that has mapped it.
 */
#ifndef IO_SAFETENSORS_H
#define IO_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum st_dtype { ST_F32, ST_F16, ST_BF16, ST_OTHER };
enum { ST_DIMS = 8 };

struct st_tensor {
	char *name;
	enum st_dtype dtype;
	size_t dims, shape[ST_DIMS];
	size_t n; /* elements */
	size_t bytes;
	void *data; /* in the map; perhaps not aligned */
};

struct safetensors; /* one open file */

/*
 * NULL on failure, which names file and tensor.  Its kind is ERR_DAMAGED if
 * the file could be read but is no safetensors file, or not a whole one.
 */
struct safetensors *st_open(const char *path);
void st_close(struct safetensors *);
/* Tensors in the order of the header; by name, NULL if there is none. */
size_t st_count(const struct safetensors *);
struct st_tensor *st_at(const struct safetensors *, size_t i);
struct st_tensor *st_find(const struct safetensors *, const char *name);
/* A value of __metadata__, or NULL. */
const char *st_meta(const struct safetensors *, const char *key);
/* Of the file that is mapped (identity.h). */
uint64_t st_identity(const struct safetensors *);
/* The bytes of the JSON header, and the size of the file: for hashing. */
const char *st_header(const struct safetensors *, size_t *n);
size_t st_size(const struct safetensors *);

size_t st_dtype_size(enum st_dtype);
/* "F32", "F16" or "BF16". */
const char *st_dtype_name(enum st_dtype);
/* The first of n elements that is NaN or infinite; n if there is none. */
size_t st_not_finite(const void *, enum st_dtype, size_t n);

/*
 * Write a file: the tensors' data in their order, and the metadata "format":
 * "pt" with the pairs of key and value in meta.  It is written aside, then
 * renamed; sync forces it to the disk.  Returns as atomic_commit does.
 */
must_use int st_write(const char *path, const struct st_tensor *, size_t count,
    const char *const (*meta)[2], size_t metas, int sync);
/*
 * The same without the data, which the caller writes next, tensor by tensor,
 * and then commits or aborts; NULL on failure.
 */
struct atomic *st_begin_aside(const char *path, const struct st_tensor *,
    size_t count, const char *const (*meta)[2], size_t metas);
/* The same with the data. */
struct atomic *st_write_aside(const char *path, const struct st_tensor *,
    size_t count, const char *const (*meta)[2], size_t metas);

#endif
