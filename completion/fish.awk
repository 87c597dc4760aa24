# SPDX-License-Identifier: MIT
# Completion for fish, from the table of completion/table.

function quoted(s) {
	gsub(/[\\']/, "\\\\&", s)
	return "'" s "'"
}

function complete(condition, rest) {
	if (condition != "")
		rest = " -n " quoted(condition) rest
	print "complete -c " command rest
}

BEGIN {
	print "# fish completion for " command "(1)"
	if (command == "apprentice") {
		print "function __apprentice_word -d 'whether the first operand is this'"
		print "    set -l given (commandline -opc)"
		print "    set -q given[2]; and test $given[2] = $argv[1]"
		print "end"
		print "function __apprentice_first -d 'whether the first operand is to come'"
		print "    test (count (commandline -opc)) -eq 1"
		print "end"
	}
}

$1 == "word" { complete("__apprentice_first", " -f -a " $2 " -d " quoted($3)) }

$1 == "option" {
	n = split($3, spelling, / /)
	rest = ""
	for (i = 1; i <= n; i++) {
		name = spelling[i]
		sub(/^-+/, "", name)
		rest = rest (spelling[i] ~ /^--/ ? " -l " : " -s ") name
	}
	if ($5 != "")
		rest = rest " -x -a " quoted($5)
	else if ($4 != "")
		rest = rest " -r"
	complete($2 != "-" ? "__apprentice_word " $2 : "", rest " -d " quoted($6))
}
