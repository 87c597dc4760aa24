/* SPDX-License-Identifier: MIT */
/*
 * jinja_compare: truth, equality, order and membership of values, as Python
 * has them.
 */
#ifndef TEXT_JINJA_COMPARE_H
#define TEXT_JINJA_COMPARE_H

#include <stdbool.h>

#include "base/err.h"
#include "text/jinja_value.h"

bool jval_truth(const struct jval *);
/* -1: views of maps, whose equality is not known here. */
must_use int jval_check_compared(const struct jval *, const struct jval *);
bool jval_equal(const struct jval *, const struct jval *);
/* *order < 0, 0, > 0; -1: the two have no order. */
must_use int jval_order(const struct jval *, const struct jval *, int *order);
/* *found = whether value is in the container. */
must_use int jval_in(struct jarena *, const struct jval *value,
    const struct jval *container, bool *found);
/* -1: it cannot be the key of a map, as Python has it. */
must_use int jval_check_key(const struct jval *);
/* The value of a key, or NULL; set a key. */
const struct jval *jmap_get(const struct jmap *, const struct jval *key);
void jmap_set(struct jarena *, struct jmap *, struct jval key, struct jval);
/* The number as a double; of what is no number 0. */
double jval_number(const struct jval *);
/* As an integer, true and false too; false: it is none. */
bool jval_integer(const struct jval *, int64_t *);

#endif
