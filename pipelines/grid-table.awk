# SPDX-License-Identifier: MIT
# Figures of all runs of a grid, summed up over seeds:
#
#	awk -f grid-bootstrap.awk -f grid-table.awk OUT/grid
#
# Reads OUT/grid (control: CELL controls: CELL ... lower: NAME ... show: NAME ...
# runs: CELL/SEED ...) and the OUT/CELL/SEED.tsv of its runs: lines of a name and a
# number, or of a name, a number and a unit; the figure is then the mean over units.
# Writes for each cell and figure: the number of seeds, the mean, and the bounds of a
# 95 % interval; then the number of seeds that the control has too, the mean of the
# differences to it, and the bounds of that.  Student's t has n - 1 degrees of
# freedom; one seed has no interval, "-".  Then come the number of seeds in which the
# cell is better than every one of the controls that have the figure in any seed, and
# the number of seeds in which all of these have it; of figures under "lower", less is
# better.  Then comes the control of the best mean, with pairs, difference and bounds
# like those above, and last, of figures under "show", the bounds of that difference by
# bootstrap.  Without "controls", the control is all of them.  The figure "stopped"
# counts runs that the gate stopped.
FNR == 1 {
	out = FILENAME
	sub(/[^\/]*$/, "", out)
	for (i = 1; i <= NF; i++)
		if ($i ~ /:$/)
			part = $i
		else if (part == "control:")
			control = $i
		else if (part == "controls:") {
			is_control[$i]
			controls[++n_controls] = $i
		}
		else if (part == "lower:")
			is_lower[$i]
		else if (part == "show:")
			is_shown[$i]
		else if (part == "runs:")
			read_run($i)
	if (!n_controls) {
		is_control[control]
		controls[++n_controls] = control
	}
	OFS = "\t"
	print "cell", "figure", "seeds", "mean", "low", "high", "pairs", "difference", "difference_low", "difference_high", \
		"above", "of", "strongest", "strongest_pairs", "strongest_difference", "strongest_low", "strongest_high", \
		"bootstrap_low", "bootstrap_high"
	for (c = 1; c <= cells; c++) {
		if (stopped[cell[c]])
			print cell[c], "stopped", stopped[cell[c]], "-", "-", "-", 0, "-", "-", "-", "-", 0, "-", 0, "-", "-", "-", "-", "-"
		for (f = 1; f <= figures; f++)
			sum_up(cell[c], figure[f])
	}
	exit
}

function refuse(what) {
	print what >"/dev/stderr"
	exit 1
}

function read_run(run,    c, s, path, line, part, n, got, lines, i, wrong) {
	c = s = run
	sub(/\/[^\/]*$/, "", c)
	sub(/.*\//, "", s)
	if (!(c in known)) {
		known[c]
		cell[++cells] = c
	}
	if (!(s in is_seed)) {
		is_seed[s]
		seed[++seeds] = s
	}
	path = out run ".tsv"
	while ((got = (getline line <path)) > 0) {
		lines++
		n = split(line, part, "\t")
		if (n < 2 || n > 3 || part[1] !~ /^[A-Za-z0-9_.\/-]+$/ || part[2] !~ /^[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$/ || \
			(n == 3 && part[3] !~ /^[A-Za-z0-9_.:\/#-]+$/))
			refuse(path ": line " lines ": expected NAME<TAB>NUMBER or NAME<TAB>NUMBER<TAB>UNIT")
		wrong = add(c SUBSEP part[1] SUBSEP s, part[2], n == 3 ? part[3] : "")
		if (wrong != "")
			refuse(path ": line " lines ": " part[1] " occurs " wrong)
		if (!(part[1] in is_figure)) {
			is_figure[part[1]]
			figure[++figures] = part[1]
		}
	}
	if (got < 0)
		refuse(path ": cannot be read")
	close(path)
	for (i = 1; i <= figures; i++)
		if ((c, figure[i], s) in units)
			value[c, figure[i], s] /= units[c, figure[i], s]
	if (!lines)
		stopped[c]++
}

# Share of Student's t of n degrees of freedom in -t .. t (Abramowitz and
# Stegun, 26.7.3 and 26.7.4).
function within(t, n,    angle, c, s, term, k) {
	angle = atan2(t, sqrt(n))
	c = cos(angle) ^ 2
	if (n % 2) {
		s = term = n > 1 ? cos(angle) : 0
		for (k = 3; k <= n - 2; k += 2)
			s += term *= c * (k - 1) / k
		return (angle + sin(angle) * s) / atan2(0, -1) * 2
	}
	s = term = 1
	for (k = 2; k <= n - 2; k += 2)
		s += term *= c * (k - 1) / k
	return sin(angle) * s
}

function quantile(n,    low, high, i, t) { # t of which .95 is within
	high = 16
	for (i = 0; i < 60; i++) {
		t = (low + high) / 2
		if (within(t, n) < 0.95)
			low = t
		else
			high = t
	}
	return high
}

# mean, low and high of x[1..n]
function interval(x, n,    i, m, v, half) {
	for (i = 1; i <= n; i++)
		m += x[i] / n
	if (n < 2)
		return sprintf(n ? "%.9g\t-\t-" : "-\t-\t-", m)
	for (i = 1; i <= n; i++)
		v += (x[i] - m) ^ 2
	half = quantile(n - 1) * sqrt(v / (n - 1) / n)
	return sprintf("%.9g\t%.9g\t%.9g", m, m - half, m + half)
}

# Pairs of cells a and b, and the interval of the differences.
function paired(a, b, f,    i, n, d) {
	for (i = 1; i <= seeds; i++)
		if ((a, f, seed[i]) in value && (b, f, seed[i]) in value)
			d[++n] = value[a, f, seed[i]] - value[b, f, seed[i]]
	return n + 0 "\t" interval(d, n + 0)
}

function sum_up(c, f,    i, n, x, k) {
	for (i = 1; i <= seeds; i++)
		if ((c, f, seed[i]) in value)
			x[++n] = value[c, f, seed[i]]
	if (!n)
		return
	k = c in is_control ? "" : strongest(f)
	print c, f, n, interval(x, n), (c == control ? "0\t-\t-\t-" : paired(c, control, f)), above(c, f), \
		(k == "" ? "-\t0\t-\t-\t-" : k "\t" paired(c, k, f)), \
		(k != "" && f in is_shown ? bootstrap(c, k, f) : "-\t-")
}

# The control whose mean is best, "" where none has the figure.
function strongest(f,    k, i, n, sum, best, found) {
	for (k = 1; k <= n_controls; k++) {
		n = sum = 0
		for (i = 1; i <= seeds; i++)
			if ((controls[k], f, seed[i]) in value) {
				n++
				sum += value[controls[k], f, seed[i]]
			}
		if (n && (found == "" || (f in is_lower ? sum / n < best : sum / n > best))) {
			best = sum / n
			found = controls[k]
		}
	}
	return found
}

# In how many seeds c is better than all controls, a tab, and of how many.
function above(c, f,    i, k, n, has, sign, all, better, wins, of) {
	if (c in is_control)
		return "-\t0"
	sign = f in is_lower ? -1 : 1
	for (k in is_control)
		for (i = 1; i <= seeds; i++)
			if ((k, f, seed[i]) in value) {
				has[k]
				n = 1
			}
	for (i = 1; i <= seeds; i++) {
		all = n && (c, f, seed[i]) in value
		better = 1
		for (k in has) {
			all = all && (k, f, seed[i]) in value
			better = all && better && sign * (value[c, f, seed[i]] - value[k, f, seed[i]]) > 0
		}
		of += all
		wins += all && better
	}
	return wins + 0 "\t" of + 0
}
