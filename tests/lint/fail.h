/* SPDX-License-Identifier: MIT */
/* For clang-tidy: what fails returns -1, which it cannot see. */
#ifndef TESTS_LINT_FAIL_H
#define TESTS_LINT_FAIL_H

#include "base/err.h"

#define fail(...) ((void)fail(__VA_ARGS__), -1)
#define fail_sys(...) ((void)fail_sys(__VA_ARGS__), -1)
#define fail_kind(...) ((void)fail_kind(__VA_ARGS__), -1)
#define fail_in(...) ((void)fail_in(__VA_ARGS__), -1)

#endif
