# SPDX-License-Identifier: MIT
# Completion for zsh, from the table of completion/table.

function quoted(s) { # as one word of the shell
	gsub(/'/, "'\\''", s)
	return "'" s "'"
}

function escaped(s) { # as a part of a specification of _arguments or _describe
	gsub(/\[|\]|:|\\/, "\\\\&", s)
	return s
}

$1 == "word" { words[++known] = $2; about[$2] = $3 }

$1 == "option" {
	n = split($3, spelling, / /)
	each = ""
	for (i = 1; i <= n; i++) {
		each = each (i > 1 ? "," : "") spelling[i]
		if ($4 != "") # the value may follow at once
			each = each (spelling[i] ~ /^--/ ? "=" : "+")
	}
	what = "[" escaped($6) "]"
	if ($4 != "")
		what = what ":" escaped($4) ":" ($5 != "" ? "(" escaped($5) ")" : "_files")
	options[$2] = options[$2] " \\\n\t'*'" (n > 1 ? "{" each "}" : each) quoted(what)
}

function arguments(word) {
	print "_arguments -s -S :" options[word] " \\\n\t'*:file:_files'"
}

END {
	print "#compdef " command
	if (known == 0) {
		arguments("-")
		exit
	}
	print "if (( CURRENT == 2 )); then"
	print "\tlocal -a known=("
	for (i = 1; i <= known; i++)
		print "\t\t" quoted(escaped(words[i]) ":" escaped(about[words[i]]))
	print "\t)"
	print "\t_describe -t commands 'method or tool' known"
	print "\treturn"
	print "fi"
	print "shift words"
	print "(( CURRENT -= 1 ))"
	print "case $words[1] in"
	for (i = 1; i <= known; i++)
		if (words[i] in options) {
			print "(" words[i] ")"
			arguments(words[i])
			print ";;"
		}
	print "(*)\n_files\n;;\nesac"
}
