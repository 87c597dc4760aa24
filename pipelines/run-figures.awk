# SPDX-License-Identifier: MIT
# The numbers in "summary" of a run.json, as lines NAME<TAB>NUMBER.
{
	text = text $0 "\n"
}

END {
	value("", 0)
	blank()
	if (text != "")
		refuse("text after the object")
	if (!printed)
		refuse("no number in \"summary\"")
}

function refuse(what) {
	printf "%s: %s\n", FILENAME, what >"/dev/stderr"
	exit 1
}

function blank() {
	sub(/^[ \t\r\n]+/, "", text)
}

# Take what the pattern of the last match() found.
function taken(    found) {
	found = substr(text, 1, RLENGTH)
	text = substr(text, RLENGTH + 1)
	return found
}

function expect(c) {
	blank()
	if (substr(text, 1, 1) != c)
		refuse("expected " c " before: " substr(text, 1, 20))
	text = substr(text, 2)
}

function string(    found) {
	if (!match(text, /^"([^"\\]|\\.)*"/))
		refuse("expected a string before: " substr(text, 1, 20))
	found = taken()
	return substr(found, 2, length(found) - 2)
}

function members(path, depth,    name, some) {
	expect("{")
	for (blank(); substr(text, 1, 1) != "}"; some = 1) {
		if (some)
			expect(",")
		blank()
		name = string()
		expect(":")
		value(path "." name, depth + 1)
		blank()
	}
	expect("}")
}

function elements(path, depth,    some) {
	expect("[")
	for (blank(); substr(text, 1, 1) != "]"; some = 1) {
		if (some)
			expect(",")
		value(path "[]", depth + 1)
		blank()
	}
	expect("]")
}

function value(path, depth,    c, number) {
	blank()
	c = substr(text, 1, 1)
	if (depth > 32)
		refuse("deeper than 32")
	if (c == "{")
		members(path, depth)
	else if (c == "[")
		elements(path, depth)
	else if (c == "\"")
		string()
	else if (match(text, /^(true|false|null)/))
		taken()
	else if (match(text, /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/)) {
		number = taken()
		if (path ~ /^\.summary\.[A-Za-z0-9_\/-]+$/) {
			print substr(path, 10) "\t" number
			printed = 1
		}
	} else
		refuse("expected a value before: " substr(text, 1, 20))
}
