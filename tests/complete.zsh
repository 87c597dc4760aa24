# SPDX-License-Identifier: MIT
# zsh -f complete.zsh FOLDER LINE: what zsh completes at the end of LINE, with
# the completions of FOLDER, a word a line.
#
# Completion runs in an editor on a terminal only.  So another zsh on a terminal
# of its own gets LINE and a key; there, compadd, which adds words, also writes
# them into a pipe.

zmodload zsh/zpty
words=$(mktemp -u) && mkfifo $words || exit
zpty inner zsh -f -i || exit

cat >$words.rc <<END
exec 9>$words
fpath=(${(q)1} \$fpath)
END
cat >>$words.rc <<'END'
autoload -Uz compinit && compinit -D -u
compadd() {
	local -a found
	if [[ ${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
		builtin compadd -O found "$@"
		(( ! $#found )) || print -rlu 9 -- $found
	fi
	builtin compadd "$@"
}
capture() {
	zle complete-word
	exec 9>&-
}
zle -N capture
bindkey '^X' capture
END
zpty -w inner ". $words.rc"
zpty -w -n inner "$2"$'\C-x'
cat $words | awk '!seen[$0]++'
zpty -d inner
rm -f $words $words.rc
