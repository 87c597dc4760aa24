/* SPDX-License-Identifier: MIT */
#include "learn/logistic.h"

#include <math.h>

double
softplus(double x)
{
	return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

double
sigmoid(double x)
{
	return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

double
logaddexp(double x, double y)
{
	return (x > y ? x : y) + log1p(exp(-fabs(x - y)));
}
