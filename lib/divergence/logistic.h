/* SPDX-License-Identifier: MIT */
/*
 * logistic: the functions of a log-odds that losses and rewards are made of,
 * finite where their value is; in loops they become vector code.
 */
#ifndef DIVERGENCE_LOGISTIC_H
#define DIVERGENCE_LOGISTIC_H

#include <math.h>

#include "tensor/vector.h"

/* log(1 + e^x) */
static inline double
softplus(double x)
{
	return (x > 0 ? x : 0) + vector_log1pd(vector_expd(-fabs(x)));
}

/* 1 / (1 + e^-x) */
static inline double
sigmoid(double x)
{
	double y = vector_expd(-fabs(x));

	return (x >= 0 ? 1 : y) / (1 + y);
}

/* log(e^x + e^y) */
static inline double
logaddexp(double x, double y)
{
	return (x > y ? x : y) + vector_log1pd(vector_expd(-fabs(x - y)));
}

#endif
