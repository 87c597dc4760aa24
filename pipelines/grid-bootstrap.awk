# SPDX-License-Identifier: MIT
# A part of grid-table.awk: figures of units, such as prompts, and the interval of a
# difference by paired bootstrap over seeds and units.
#
# One draw takes seeds with replacement, as many as there are, and of each of them
# units with replacement, as many as it has; its value is the mean over these seeds
# of the mean difference over these units.  The interval is from the quantile .025 of
# 2000 draws to .975, each between the two nearest draws.
BEGIN {
	DRAWS = 2000
	OUTSIDE = int(0.025 * (DRAWS - 1))
	BETWEEN = 0.025 * (DRAWS - 1) - OUTSIDE
}

# Lehmer's generator (Park & Miller 1988): the same in every awk.
function below(n) { # 0 .. n - 1
	state = state * 16807 % 2147483647
	return int(state / 2147483647 * n)
}

# Give a run, CELL FIGURE SEED, its number x, or that of the unit of this name.
# Returns "", or how the figure occurs where it must not.
function add(run, x, name) {
	if (run in value && (run in units) != (name != ""))
		return "with a unit and without"
	if (name == "" ? run in value : (run, name) in unit)
		return "twice" (name == "" ? "" : " for unit " name)
	value[run] += x # a sum until the run is read
	if (name != "") {
		unit[run, name] = x
		unit_name[run, ++units[run]] = name
	}
	return ""
}

# Units of run a that run b does not have are refused.
function need_units(a, b,    i, part, other) {
	for (i = 1; i <= units[a]; i++)
		if (!((b, unit_name[a, i]) in unit)) {
			split(a, part, SUBSEP)
			split(b, other, SUBSEP)
			refuse(out part[1] "/" part[3] ".tsv: " part[2] ": unit " unit_name[a, i] " is not in " \
				out other[1] "/" other[3] ".tsv")
		}
}

# Keep the least of all x in the sorted list, as many as its bound needs.
function keep(list, x,    i) {
	if (list[0] > OUTSIDE + 1 && x >= list[list[0]])
		return
	if (list[0] < OUTSIDE + 2)
		list[0]++
	for (i = list[0]; i > 1 && x < list[i - 1]; i--)
		list[i] = list[i - 1]
	list[i] = x
}

function bound(list) {
	return list[OUTSIDE + 1] + BETWEEN * (list[OUTSIDE + 2] - list[OUTSIDE + 1])
}

# Bounds of the difference of cells c and k in figure f; "-" where a seed that
# both have is without units.
function bootstrap(c, k, f,    a, b, i, j, s, n, d, first, size, pairs, sum, mean, least, most) {
	n = pairs = 0
	for (s = 1; s <= seeds; s++) {
		a = c SUBSEP f SUBSEP seed[s]
		b = k SUBSEP f SUBSEP seed[s]
		if (!(a in value) || !(b in value))
			continue
		if (!(a in units) || !(b in units))
			return "-\t-"
		need_units(a, b)
		need_units(b, a)
		first[pairs] = n
		size[pairs++] = units[a]
		for (i = 1; i <= units[a]; i++)
			d[n++] = unit[a, unit_name[a, i]] - unit[b, unit_name[a, i]]
	}
	if (!pairs)
		return "-\t-"
	state = 1
	least[0] = most[0] = 0
	for (i = 0; i < DRAWS; i++) {
		mean = 0
		for (j = 0; j < pairs; j++) {
			s = below(pairs)
			sum = 0
			for (n = size[s]; n > 0; n--)
				sum += d[first[s] + below(size[s])]
			mean += sum / size[s] / pairs
		}
		keep(least, mean)
		keep(most, -mean)
	}
	return sprintf("%.9g\t%.9g", bound(least), 0 - bound(most))
}
