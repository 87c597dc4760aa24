# SPDX-License-Identifier: MIT
# Draw panels of curves and bars as SVG, two in a row.  Reads lines of
# tab-separated fields:
#
#	panel TITLE [X-LABEL]		a panel of curves
#	line NAME			a curve of the panel
#	Y				the next point of the curve; x is 1, 2, ...
#	bars TITLE SERIES ...		a panel of bars
#	bar NAME VALUE ...		a group of bars, one per series
#
# A faint line shows each curve itself, a bold line its running mean.

BEGIN {
	FS = "\t"
	split("#2b6cb0 #c0392b #2f855a #b7791f", colour, " ")
	WIDTH = 480
	HEIGHT = 310
	LEFT = 52
	RIGHT = 18
	TOP = 44
	BOTTOM = 46
	POINTS = 240 # most points of a curve
}

$1 == "panel" {
	title[++panels] = $2
	xlabel[panels] = $3
	next
}
$1 == "bars" {
	title[++panels] = $2
	for (i = 3; i <= NF; i++)
		name[panels, ++lines[panels]] = $i
	next
}
$1 == "line" {
	name[panels, ++lines[panels]] = $2
	next
}
$1 == "bar" {
	group[panels, ++groups[panels]] = $2
	for (i = 3; i <= NF; i++)
		value[panels, groups[panels], i - 2] = $i
	next
}
$1 ~ /^[-+]?[0-9]/ {
	k = panels SUBSEP lines[panels]
	y[k, ++count[k]] = $1 + 0
}

function escaped(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

function text(x, y, anchor, style, s) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n",
		x, y, anchor, style, escaped(s)
}

function rule(x1, y1, x2, y2, stroke) {
	printf "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" fill=\"none\"/>\n",
		x1, y1, x2, y2, stroke
}

# A step of 1, 2 or 5 times a power of ten that divides span into about n parts.
function tick(span, n,    p, m) {
	p = exp(log(10) * int(log(span / n) / log(10) + 100) - log(10) * 100)
	m = span / n / p
	return p * (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10)
}

function floored(x,    i) {
	i = int(x)
	return i > x ? i - 1 : i
}

# Points of curve k: the mean of each bucket of b points, widened by half points
# on either side.
function points(k, b, half,    i, j, from, to, sum, s) {
	for (i = 1; i <= count[k]; i += b) {
		from = i - half < 1 ? 1 : i - half
		to = i + b - 1 + half > count[k] ? count[k] : i + b - 1 + half
		sum = 0
		for (j = from; j <= to; j++)
			sum += y[k, j]
		s = s sprintf(" %.1f,%.1f", across((from + to) / 2), up(sum / (to - from + 1)))
	}
	return s
}

function across(x) {
	return x0 + (x - 1) / (longest > 1 ? longest - 1 : 1) * w
}

function up(v) {
	return y0 + h - (v - low) / (high - low) * h
}

function curve(k, stroke, b) {
	b = int((count[k] + POINTS - 1) / POINTS)
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" opacity=\"0.3\"/>\n",
		substr(points(k, b, 0), 2), stroke
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n",
		substr(points(k, b, int(count[k] / 40)), 2), stroke
}

# Set low and high to the range of a panel, widened to whole ticks.  Ignore the
# first twentieth of each curve: a loss begins far above its later values.
function range(p,    i, j, k, n, step) {
	n = longest = 0
	for (i = 1; i <= lines[p]; i++) {
		k = p SUBSEP i
		if (count[k] > longest)
			longest = count[k]
		for (j = int(count[k] / 20) + 1; j <= count[k]; j++) {
			if (!n++)
				low = high = y[k, j]
			if (y[k, j] < low)
				low = y[k, j]
			if (y[k, j] > high)
				high = y[k, j]
		}
	}
	if (high <= low)
		high = low + 1
	step = tick(high - low, 5)
	low = floored(low / step) * step
	high = -floored(-high / step) * step
	return step
}

function legend(p,    i, x) {
	x = x0
	for (i = 1; i <= lines[p]; i++) {
		printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"3\" fill=\"%s\"/>\n",
			x, y0 - 15, colour[i]
		text(x + 17, y0 - 10, "start", "", name[p, i])
		x += 7 * length(name[p, i]) + 34
	}
}

function curves(p,    i, k, v, step) {
	step = range(p)
	for (v = low; v <= high + step / 2; v += step) {
		rule(x0, up(v), x0 + w, up(v), "#e2e8f0")
		text(x0 - 7, up(v) + 4, "end", "", sprintf("%.6g", v < step / 2 && v > -step / 2 ? 0 : v))
	}
	rule(x0, y0 + h, x0 + w, y0 + h, "#4a5568")
	step = longest > 1 ? tick(longest, 5) : 1
	for (v = step < 1 ? 1 : step; v <= longest; v += step < 1 ? 1 : step) {
		rule(across(v), y0 + h, across(v), y0 + h + 4, "#4a5568")
		text(across(v), y0 + h + 18, "middle", "", v)
	}
	text(x0 + w / 2, y0 + h + 35, "middle", "", xlabel[p])
	printf "<g clip-path=\"url(#clip%d)\">\n", p
	for (i = 1; i <= lines[p]; i++)
		curve(p SUBSEP i, colour[i])
	print "</g>"
}

# Horizontal bars on an axis from 0 to 1, or to the largest value if it is above
# 1.  Each bar shows its value.
function bars(p,    i, j, v, step, left, thick, at) {
	high = 1
	left = 0
	for (j = 1; j <= groups[p]; j++) {
		if (6.8 * length(group[p, j]) > left)
			left = 6.8 * length(group[p, j])
		for (i = 1; i <= lines[p]; i++)
			if (value[p, j, i] > high)
				high = value[p, j, i]
	}
	left += x0 - 34
	step = tick(high, 5)
	for (v = 0; v <= high + step / 2; v += step) {
		at = left + v / high * (x0 + w - left)
		rule(at, y0, at, y0 + h, "#e2e8f0")
		text(at, y0 + h + 18, "middle", "", sprintf("%.6g", v))
	}
	for (j = 1; j <= groups[p]; j++) {
		thick = h / groups[p] / (lines[p] + 1)
		at = y0 + ((j - 1) * (lines[p] + 1) + 0.5) * thick
		text(left - 8, at + thick * lines[p] / 2 + 4, "end", "", group[p, j])
		for (i = 1; i <= lines[p]; i++) {
			v = value[p, j, i] / high * (x0 + w - left)
			printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
				left, at, v, thick - 1, colour[i]
			text(left + v - 5, at + thick / 2 + 3, "end",
				" font-size=\"10\" fill=\"white\"", sprintf("%.3f", value[p, j, i]))
			at += thick
		}
	}
	rule(left, y0, left, y0 + h, "#4a5568")
}

END {
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" " \
		"font-family=\"sans-serif\" font-size=\"12\" fill=\"#1a202c\">\n",
		WIDTH * (panels > 1 ? 2 : 1), HEIGHT * int((panels + 1) / 2)
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	w = WIDTH - LEFT - RIGHT
	h = HEIGHT - TOP - BOTTOM
	for (p = 1; p <= panels; p++) {
		x0 = (p - 1) % 2 * WIDTH + LEFT
		y0 = int((p - 1) / 2) * HEIGHT + TOP
		printf "<clipPath id=\"clip%d\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n",
			p, x0, y0, w, h
		text(x0, y0 - 26, "start", " font-weight=\"bold\"", title[p])
		legend(p)
		if (groups[p])
			bars(p)
		else
			curves(p)
	}
	print "</svg>"
}
