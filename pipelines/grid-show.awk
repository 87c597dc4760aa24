# SPDX-License-Identifier: MIT
# Show the figures SHOW of a grid's table.tsv as Markdown.  Reads table.tsv, then
# grid, both with tabs between fields.
FNR == 1 && NR > 1 {
	n = split($0, word, " ")
	for (i = 1; i <= n; i++)
		if (word[i] ~ /:$/)
			part = word[i]
		else if (part == "control:")
			control = word[i]
		else if (part == "controls:")
			controls++
		else if (part == "show:" && (word[i] in has))
			show[++columns] = word[i]
	print_tables()
	exit
}

FNR > 1 {
	if (!($1 in known)) {
		known[$1]
		cell[++cells] = $1
	}
	if ($2 == "stopped") {
		stopped[$1] = $3
		next
	}
	has[$2]
	seeds[$1] = $3 > seeds[$1] ? $3 : seeds[$1]
	mean[$1, $2] = shown($4, $5, $6)
	difference[$1, $2] = shown($8, $9, $10)
	if ($12 > 0) {
		above[$1, $2] = $11 " of " $12
		compared[$1] = 1
	}
	if ($18 ~ /[0-9]/) {
		strongest[$2] = $13
		drawn[$1, $2] = shown($15, $18, $19)
		has_draws[$1] = 1
		draws = 1
	}
}

function shown(m, low, high) {
	if (m == "-")
		return "-"
	return low == "-" ? sprintf("%.4g", m) : sprintf("%.4g [%.4g, %.4g]", m, low, high)
}

function head(what,    i) {
	printf "| %s | seeds |", what
	for (i = 1; i <= columns; i++)
		printf " %s |", show[i]
	printf "\n| --- | ---: |"
	for (i = 1; i <= columns; i++)
		printf " ---: |"
	print ""
}

function row(c, of,    i) {
	if (!(c in seeds)) # nothing was measured
		return
	printf "| %s | %d |", c, seeds[c]
	for (i = 1; i <= columns; i++)
		printf " %s |", (c, show[i]) in of ? of[c, show[i]] : "-"
	print ""
}

function print_tables(    c, i, headed) {
	if (!columns) {
		printf "%s: no run has a figure of SHOW\n", FILENAME >"/dev/stderr"
		exit 1
	}
	head("mean [95 % interval]")
	for (c = 1; c <= cells; c++)
		row(cell[c], mean)
	if (cells > 1) {
		print ""
		head("minus " control)
		for (c = 1; c <= cells; c++)
			if (cell[c] != control)
				row(cell[c], difference)
	}
	for (c = 1; c <= cells && controls; c++)
		if (compared[cell[c]]) {
			if (!headed++) {
				print ""
				head("better than every control")
			}
			row(cell[c], above)
		}
	if (draws) {
		print ""
		head("minus the strongest control [95 % by bootstrap over prompts and seeds]")
		printf "| the strongest control | |"
		for (i = 1; i <= columns; i++)
			printf " %s |", show[i] in strongest ? strongest[show[i]] : "-"
		print ""
	}
	for (c = 1; c <= cells; c++)
		if (cell[c] in has_draws)
			row(cell[c], drawn)
	for (c = 1; c <= cells; c++)
		if (stopped[cell[c]])
			printf "\nStopped by the gate: %s, %d of %d seeds.\n", cell[c], stopped[cell[c]], stopped[cell[c]] + seeds[cell[c]]
}
