# SPDX-License-Identifier: MIT
# Cells compared with each at its best temperature, the figure of FIGURES whose mean over
# the seeds is highest: for each cell that is no control the figure, its mean, the control
# with the highest mean, its figure and mean, and in how many seeds the cell is above every
# control.  Cells with none of FIGURES are left out.
#
#	awk -v figures='t1 t.7 t.5 greedy' -f best.awk OUT/grid OUT/*/*.tsv
FNR == 1 && FILENAME ~ /(^|\/)grid$/ {
	for (i = 1; i <= NF; i++)
		if ($i ~ /:$/)
			part = $i
		else if (part == "controls:")
			is_control[$i]
	n_figures = split(figures, figure, " ")
	for (i = 1; i <= n_figures; i++)
		is_figure[figure[i]]
	next
}

FNR == 1 {
	n = split(FILENAME, path, "/")
	c = path[n - 1]
	s = path[n]
	sub(/\.tsv$/, "", s)
}

NF == 3 && $1 in is_figure {
	if (!(c in known)) {
		known[c]
		cell[++cells] = c
	}
	seeds[s]
	sum[c, $1, s] += $2
	count[c, $1, s]++
}

function share(c, f, s) {
	return sum[c, f, s] / count[c, f, s]
}

END {
	for (i = 1; i <= cells; i++) {
		c = cell[i]
		for (k = 1; k <= n_figures; k++) {
			total = n = 0
			for (s in seeds)
				if ((c, figure[k], s) in sum) {
					total += share(c, figure[k], s)
					n++
				}
			if (n && (!(c in best) || total / n > mean[c])) {
				mean[c] = total / n
				best[c] = figure[k]
			}
		}
		if (c in is_control && (top == "" || mean[c] > mean[top]))
			top = c
	}
	for (i = 1; i <= cells && top != ""; i++) {
		c = cell[i]
		if (c in is_control)
			continue
		wins = of = 0
		for (s in seeds) {
			all = (c, best[c], s) in sum
			above = 1
			for (k in known)
				if (k in is_control) {
					all = all && (k, best[k], s) in sum
					above = above && all && share(c, best[c], s) > share(k, best[k], s)
				}
			of += all
			wins += all && above
		}
		printf "%s %s %.3f, %s %s %.3f: %d of %d\n", c, best[c], mean[c], top, best[top], mean[top], wins, of
	}
}
