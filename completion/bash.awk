# SPDX-License-Identifier: MIT
# Completion for bash, from the table of completion/table.

function offer(list) {
	return "mapfile -t COMPREPLY < <(compgen -W \"" list "\" -- \"$word\")"
}

# How the case below sees an option of WORD, or WORD's options together.
function label(word, option) {
	return word == "-" ? option : "'" word " " option "'"
}

$1 == "word" { words = words (words != "" ? " " : "") $2 }

$1 == "option" {
	n = split($3, spelling, / /)
	patterns = ""
	for (i = 1; i <= n; i++)
		patterns = patterns (i > 1 ? "|" : "") label($2, spelling[i])
	if (!($2 in all))
		order[++count] = $2
	all[$2] = all[$2] $3 " "
	if ($5 != "")
		cases = cases "\t" patterns ")\n\t\t" offer($5) "\n\t\treturn ;;\n"
	else if ($4 != "")
		plain = plain (plain != "" ? "|" : "") patterns
}

END {
	name = "_apprentice"
	if (command != "apprentice") {
		name = name "_" command
		gsub(/-/, "_", name)
	}
	print "# bash completion for " command "(1)"
	print name "()\n{"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
	print ""
	print "\tCOMPREPLY=()"
	print "\tif [[ $word == = ]]; then # to bash, --option=WORD is three words"
	print "\t\tword="
	print "\telif [[ $before == = ]]; then"
	print "\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}"
	print "\tfi"
	if (words != "") {
		print "\tif ((COMP_CWORD == 1)); then"
		print "\t\t" offer(words)
		print "\t\treturn"
		print "\tfi"
		print "\tbefore=\"${COMP_WORDS[1]} $before\""
	}
	print "\tcase $before in"
	printf "%s", cases
	if (plain != "")
		print "\t" plain ")\n\t\treturn ;;"
	print "\tesac"
	print "\tcase " (words != "" ? "${COMP_WORDS[1]}\\ $word" : "$word") " in"
	for (i = 1; i <= count; i++) {
		print "\t" (words != "" ? order[i] "\\ -*)" : "-*)")
		print "\t\t" offer(all[order[i]]) " ;;"
	}
	print "\tesac"
	print "}"
	print "complete -o default -F " name " " command
}
