/* SPDX-License-Identifier: MIT */
/*
 * clones: compile a function for several vector units.
 *
 * VECTOR_CLONES before a function compiles it for AVX-512, AVX2 and the
 * baseline; the loader picks the best that the processor has.  C11 mode does
 * not contract to fused multiply-adds, so all clones give the same bits.
 * (AVX-512 against the baseline: softmax 8 times as fast, GELU and SwiGLU 7
 * times, attention twice.)  The loader picks before a sanitizer has started, so
 * builds with the address or thread sanitizer have the baseline only.
 *
 * VECTOR_CLONES_64 is for products of 64-bit integers, which AVX-512F alone
 * does not have.
 */
#ifndef TENSOR_CLONES_H
#define TENSOR_CLONES_H

#if defined(__x86_64__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)
#define VECTOR_CLONES \
	__attribute__((target_clones("avx512f", "avx2", "default")))
#define VECTOR_CLONES_64 \
	__attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define VECTOR_CLONES
#define VECTOR_CLONES_64
#endif

#endif
