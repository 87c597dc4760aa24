/* SPDX-License-Identifier: MIT */
/*
 * preferenceloss: the losses of preferences, functions of x of both sides
 * (preference.h), with m = x chosen - x rejected:
 *
 *   logistic   -log sigmoid(beta m - margin)
 *   squared    (m - 1 / (2 beta))^2
 *   odds       -x chosen - beta log sigmoid(o(x chosen) - o(x rejected)), with
 *              the log-odds o(x) = x - log(1 - e^x); x is at most 0
 *   value      1 - sigmoid(beta m), of a single and a reference point
 */
#ifndef OBJECTIVE_PREFERENCELOSS_H
#define OBJECTIVE_PREFERENCELOSS_H

#include "objective/coefficients.h"

preference_loss preferenceloss_logistic, preferenceloss_squared,
    preferenceloss_odds, preferenceloss_value;

#endif
