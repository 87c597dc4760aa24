/* SPDX-License-Identifier: MIT */
/* tilesize: the sizes and strides that all kernels of a tile share (tile.h). */
#ifndef TENSOR_TILESIZE_H
#define TENSOR_TILESIZE_H

enum {
	TILE_COLS = 16,
	TILE_ROWS_MAX = 32,
	TILE_F32_ROWS_MAX = 12, /* for TILE_F32 and TILE_INT8 */
	TILE_MOST = 1024,       /* most of R rows of tile_panels() panels */
	TILE_DEPTH = 512,       /* most k */
	TILE_STRIDE = TILE_DEPTH + 16
};

#endif
