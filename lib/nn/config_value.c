/* SPDX-License-Identifier: MIT */
#include "nn/config_value.h"

#include <math.h>

#include "io/json.h"

bool
config_absent(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return v == NULL || json_kind(v) == JSON_T_NULL;
}

int
config_size(const struct json *j, const char *key, uint64_t max,
    size_t otherwise, size_t *out)
{
	uint64_t v = otherwise;

	if (json_get_uint(j, key, &v) < 0)
		return -1;
	if (v == 0 && config_absent(j, key))
		return fail("key \"%s\": missing", key);
	if (v < 1 || v > max)
		return fail("key \"%s\": %llu is not between 1 and %llu", key,
		    (unsigned long long)v, (unsigned long long)max);
	*out = (size_t)v;
	return 0;
}

int
config_positive(const struct json *j, const char *key, double *out)
{
	if (json_get_real(j, key, out) < 0)
		return -1;
	if (!(*out > 0) || !isfinite(*out))
		return fail("key \"%s\": %g is not above 0", key, *out);
	return 0;
}
