# SPDX-License-Identifier: MIT
# Make a Markdown table of lines MINIMISED MEASURED VALUE.  The least value of
# each column is bold; the row "start", where nothing was minimised, does not
# compete.  Below the table: which divergences fell when they were minimised, and
# which were lowest in the run that minimised them.

!($1 in seen) {
	seen[$1] = 1
	row[++rows] = $1
}
rows == 1 {
	column[++columns] = $2
}
{
	value[$1, $2] = $3
	if ($1 != "start" && (!($2 in best) || $3 + 0 < value[best[$2], $2] + 0))
		best[$2] = $1
}

function said(what, yes, no) {
	print what ": " (yes == "" ? "none" : substr(yes, 2)) "." (no == "" ? "" : "  Not:" no ".")
}

END {
	line = "| minimised |"
	rule = "| --- |"
	for (c = 1; c <= columns; c++) {
		line = line " " column[c] " |"
		rule = rule " --- |"
	}
	print line "\n" rule
	for (r = 1; r <= rows; r++) {
		line = "| " row[r] " |"
		for (c = 1; c <= columns; c++) {
			figure = sprintf("%.4g", value[row[r], column[c]])
			line = line " " (best[column[c]] == row[r] ? "**" figure "**" : figure) " |"
		}
		print line
	}
	for (c = 1; c <= columns; c++) {
		d = column[c]
		if (!(d in seen))
			continue
		if (value[d, d] + 0 < value["start", d] + 0)
			lower = lower " " d
		else
			higher = higher " " d
		if (best[d] == d)
			own = own " " d
		else
			other = other " " d " (" best[d] ")"
	}
	print ""
	said("Lowered by minimising it", lower, higher)
	said("Lowest by minimising it", own, other)
}
