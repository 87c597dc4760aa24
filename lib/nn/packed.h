/* SPDX-License-Identifier: MIT */
/*
 * packed: a policy's matrices in the layout that the kernels read.
 *
 * Packing belongs to the weights: params_changed() marks it stale and the next
 * packed_of() packs again in place.  Use:
 *
 *	packed_set_type(&p, TILE_BF16);  // before the first pass; default F32
 *	m = packed_of(&p, &config);      // borrowed until the weights change
 *
 * packed_of packs all matrices, for decoding, which reads each many times with
 * few rows.  packed_for_rows serves passes over many rows: it keeps packed
 * copies only of a policy that is small, and otherwise views, which are packed
 * block by block as they are used (tensor/panel.h).  Both give the same bits.
 * Both take const params: the values of the weights stay.
 *
 * Memory: packed, N * K * size(type) bytes for each matrix [N, K]; views have
 * none.  Adapters are packed too.
 *
 * INT8 is always packed, and is for frozen matrices (ckpt_check_frozen): dx
 * comes from the integers and scales of forward, in products of BF16, which
 * take no longer than those of F32 and on some processors half the time.
 */
#ifndef NN_PACKED_H
#define NN_PACKED_H

#include "nn/config.h"
#include "nn/matrices.h"
#include "nn/params.h"

/* Names of the types, in the order of enum tile_type; NULL at the end. */
extern const char *const packed_types[];
/*
 * The type of all later passes over these weights, which is also that of keys
 * and values (tensor/kv.h); drops copies of another.
 */
void packed_set_type(struct params *, enum tile_type);
enum tile_type packed_type(const struct params *);
/*
 * Release mapped weight pages after packing and after each backward pass;
 * later reads fault them in again.
 */
void packed_release_pages(struct params *);
/* The type, and whether to release pages, of another's weights. */
void packed_as(struct params *, const struct params *other);
/* Backward has gone through layer l, or the head if l is the layer count. */
void packed_passed(const struct params *, size_t l);
/* Shapes, type and ranks alone; nothing is packed, and panels are not set. */
const struct matrices *packed_shapes(const struct params *,
    const struct config *);
/*
 * What packing takes and leaves, in bytes; decode: packed_of; unread: no page
 * of the map has been read yet.
 */
struct packed_sizes {
	bool copies;        /* all matrices are packed; else they are views */
	size_t packed;      /* of the copies, and of adapters */
	size_t mapped;      /* of tensors in the file's map */
	size_t stays;       /* of these, not released after packing */
	size_t head, embed; /* of these two, in the map */
	size_t first;       /* mapped before anything is packed */
	struct {
		size_t read, packed;
	} packing; /* the same at the fullest moment of packing */
};
struct packed_sizes packed_sizes(const struct params *, const struct config *,
    bool decode, bool unread);
/* Borrowed until the weights change. */
const struct matrices *packed_of(const struct params *, const struct config *);
const struct matrices *packed_for_rows(const struct params *,
    const struct config *);

#endif
