/* SPDX-License-Identifier: MIT */
/*
 * logistic: functions of log-odds for losses and rewards.  They overflow only
 * where their value does, and loops over them compile to vector code.
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

#endif
