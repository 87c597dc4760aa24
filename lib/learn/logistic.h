/* SPDX-License-Identifier: MIT */
/*
 * logistic: the functions of a log-odds that losses and rewards are made of,
 * finite where their value is.
 */
#ifndef LEARN_LOGISTIC_H
#define LEARN_LOGISTIC_H

/* log(1 + e^x) */
double softplus(double x);
/* 1 / (1 + e^-x) */
double sigmoid(double x);
/* log(e^x + e^y) */
double logaddexp(double x, double y);

#endif
