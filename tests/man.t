#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The manual: clean for mandoc, complete, with exactly the options that -h
# tells, and every example runs.
#
# How examples are written.  In section EXAMPLES of any page, `.Dl $ COMMAND`
# and the lines of a `.Bd -literal` ... `.Ed` block that begin with `$ ` are
# commands.  A command goes on while it ends with a backslash or the shell
# finds it incomplete (an open quote, loop, pipe or here-document); `> ` in front of such
# lines is dropped.  It is run by bash with pipefail, in an order, all of a
# page in one folder, and must exit 0 within a minute.  Other lines of a block
# are what the command above them prints on stdout, compared exactly, but that
# a line `...` stands for any number of lines.
#
# The folder has, made by `material` below:
#	policy		a tiny policy with a tokenizer
#	demos.jsonl	demonstrations, {"prompt": ..., "response": ...} a line
#	demos.traj	the same as a trajectory stream
. "$(dirname "$0")/lib.sh"
SECTIONS='NAME SYNOPSIS DESCRIPTION EXIT@STATUS EXAMPLES SEE@ALSO'
PAGES=$(find "$ROOT/man" -name '*.[157]' | sort)

material() {
	for n in one two three four five six seven eight; do
		printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n
	done >demos.jsonl
	mkpolicy -q --like llama --dim 16 --layers 2 --tokenizer-from demos.jsonl --vocab 300 policy &&
		demo2traj -q -m policy -o demos.traj demos.jsonl
}

lacking() { # PAGE: sections that a tool's page must have
	for s in $SECTIONS; do
		s=$(echo "$s" | tr @ ' ')
		grep -qE "^\\.Sh \"?$s" "$1" || echo "$s"
	done
}

written() { # PAGE: the long options of its lists
	perl -ne 'if (/^\.It\s+Fl\b/) {
		print "--$1\n" while /\bFl\s+(?:Fl\s+|\\?-)([a-z][a-z0-9-]*)/g }' "$1" | sort -u
}

told() { # TOOL: the long options of -h
	"$1" -h | perl -ne 'print "--$1\n" while /(?<![\w-])--([a-z][a-z0-9-]*)/g' | sort -u
}

unknown_pages() { # PAGE: references to pages of ours that are not there
	sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1.\2/p' "$1" | sort -u | while read -r p; do
		case $p in
		apprentice*.[0-9] | divergences.7) ;;
		*) [ -x "$BIN/${p%.1}" ] || continue ;;
		esac
		[ -f "$ROOT/man/$p" ] || echo "$p"
	done
}

examples() { # PAGE: into NNN.sh and, where output is shown, NNN.out of ../example
	rm -rf ../example && mkdir ../example && perl - "$1" <<-'END'
		use strict;
		my ($in, $block, $cmd, $open, @out, $n) = (0, 0, undef, 0);
		sub plain { # roff's escapes, as far as examples use them
			local $_ = shift;
			my %c = (aq => "'", dq => '"', ti => '~', ha => '^', ga => '`', rs => '\\', lq => '"', rq => '"');
			s/\\(?:\((..)|(e)|([-&|^ ]))/defined $1 ? $c{$1} : $2 ? "\\" : $3 eq '-' ? '-' : $3 eq ' ' ? ' ' : ''/ge;
			return $_;
		}
		sub incomplete {
			return 1 if $_[0] =~ /\\\n\z/;
			open my $p, '|-', 'bash -n 2>../syntax' or die;
			print $p $_[0];
			close $p;
			return $? != 0 || -s '../syntax'; # it only warns of a here-document
		}
		sub flush_command {
			return unless defined $cmd;
			my $name = sprintf '../example/%03d', ++$n;
			open my $f, '>', "$name.sh" or die;
			print $f $cmd;
			close $f;
			if (@out) {
				open $f, '>', "$name.out" or die;
				print $f @out;
				close $f;
			}
			($cmd, @out) = (undef);
		}
		while (<>) {
			if (/^\.Sh\s+"?([A-Z ]+)/) { $in = $1 =~ /^EXAMPLES/; next }
			next unless $in;
			if (/^\.Bd\s+-(literal|unfilled)/) { $block = 1; next }
			if (/^\.Ed/) { $block = 0; flush_command(); next }
			if (/^\.Dl\s+\$ (.*)/) { # a macro's arguments lose their quotes
				my $line = $1;
				flush_command();
				$line =~ s/(?<!\\)"//g;
				$cmd = plain("$line\n");
				flush_command();
				next;
			}
			next unless $block && !/^\.\\"/;
			$_ = plain($_);
			if (/^\s*\$ (.*\n)/) { flush_command(); $cmd = $1; $open = incomplete($cmd) }
			elsif (defined $cmd && $open) { s/^\s*>(?: |$)//; $cmd .= $_; $open = incomplete($cmd) }
			elsif (defined $cmd) { s/^\t//; push @out, $_ }
		}
		flush_command();
	END
}

wide() { # PAGE: lines of examples and cells of tables that do not fit 80 columns
	mandoc -Tascii -O width=80 "$1" | sed 's/.\x08//g' | awk 'length > 80'
	perl -ne '
		if (/^\.Dl (.{68,})/) { print "example: $1\n" }
		if (/^\.Bl -column (.*)/) { @width = map { length } $1 =~ /"([^"]*)"/g }
		if (/^\.El/) { @width = () }
		if (@width && /^\.It (.*)/) {
			my @cell = split / Ta /, $1;
			my ($left, $column) = (5, 0);
			for (@cell) {
				s/ : Ns Cm /:/g;
				s/\b(Cm|Sy|Li|Ar|Xr|Qq|Bq) //g;
				my $last = ++$column == @cell;
				my $room = $last ? 80 - $left : $width[$column - 1];
				print "cell: $_\n" if length > $room;
				$left += $room + 4;
			}
		}' "$1"
}

# Words that the vocabulary of apprentice(7) has replaced.
OLD_WORDS='laws?|companions?|criteri(on|a)|coarse|rivals?|adversary|told|tells|anew|whoever'
old_words() { # FILE...: lines that have them
	grep -nwiE "$OLD_WORDS" "$@"
}

rows_written() { # names of the table of divergences(7), with : where a number follows
	sed -n 's/^\.It Cm \([a-z0-9]*\)\( : Ns Cm [AB]\)\{0,1\} Ta .*/\1\2/p' \
		"$ROOT/man/divergences.7" | sed 's/ : .*/:/'
}

names() { # COMMAND...: the names that a refusal lists, one a line, with : where a number follows
	"$@" 2>&1 | sed -n 's/^.*: not one of //p' | tr ' ' '\n' | sed 's/:.*/:/'
}

rows_coded() { # the same of the code
	names measure -d nosuch demos
}

others_written() { # the same of its other objectives
	sed -n '/^\.Ss Other objectives/,/^\.El/p' "$ROOT/man/divergences.7" |
		sed -n 's/^\.It Cm \([a-z0-9]*\)\( : Ns Cm LAMBDA\)\{0,1\}$/\1\2/p' | sed 's/ : .*/:/'
}

others_coded() {
	names divgrad -d nosuch | grep -vxF "$(rows_coded)"
}

losses_coded() { # the losses of discrim that are not divergences
	names discrim --loss nosuch | grep -vxF "$(rows_coded)"
}

losses_written() {
	sed -n '/^\.Ss Losses/,/^\.El/s/^\.It Cm \([a-z0-9]*\) Ta .*/\1/p' "$ROOT/man/discrim.1"
}

families_unnamed() { # FILE: families of the code that it does not name
	for family in $(names mkpolicy --like nosuch p | tr -d ,); do
		grep -qw -- "$family" "$ROOT/$1" || echo "$family"
	done
}

matches() { # SHOWN FOUND: equal, where a line ... of SHOWN is any lines
	perl -e 'local $/; open my $s, "<", $ARGV[0] or die; open my $f, "<", $ARGV[1] or die;
		my ($pattern, $text) = (quotemeta(<$s>), scalar <$f>);
		$pattern =~ s/^\\\.\\\.\\\.\\\n/(?:.*\n)*/mg;
		exit($text !~ /\A$pattern\z/)' "$1" "$2" || {
		echo 'printed:'
		cat "$2"
		return 1
	}
}

lacking_here() { # FILE.sh: what it needs that is not installed
	if grep -qw python3 "$1" && ! python3 -c 'import msgpack' 2>/dev/null; then
		echo 'no python3 with msgpack here'
	fi
}

run_example() { # FILE.sh, in the page's folder
	timeout 300 bash -o pipefail "$1" >../printed </dev/null || return
	[ ! -f "${1%.sh}.out" ] || matches "${1%.sh}.out" ../printed
}

for page in $PAGES; do
	name=${page##*/}
	if command -v mandoc >/dev/null; then
		same "$name: mandoc is content" '' "$(mandoc -Tlint -Wwarning "$page" 2>&1)"
		same "$name: fits 80 columns" '' "$(wide "$page")"
	else
		skip "$name: mandoc is content" 'no mandoc here'
		skip "$name: fits 80 columns" 'no mandoc here'
	fi
	if command -v groff >/dev/null; then
		same "$name: groff is content" '' "$(groff -mdoc -Tutf8 -wmac -Wbreak -Z "$page" 2>&1 >/dev/null)"
	else
		skip "$name: groff is content" 'no groff here'
	fi
	same "$name: refers to pages that are there" '' "$(unknown_pages "$page")"
done
# shellcheck disable=SC2086
same 'the manual, the READMEs and HACKING use the words of apprentice(7)' '' \
	"$(old_words $PAGES "$ROOT"/*.md "$ROOT"/examples/*/*.md)"

same 'divergences.7: the table of the code' "$(rows_coded)" "$(rows_written)"
same 'divergences.7: the other objectives of the code' "$(others_coded)" "$(others_written)"
same 'discrim.1: the losses of the code' "$(losses_coded)" "$(losses_written)"
for page in man/mkpolicy.1 man/apprentice-policy.5 README.md; do
	same "$page: names all families" '' "$(families_unnamed "$page")"
done
for d in $(rows_written) $(others_written); do
	case $d in *:) d=${d}0.3 ;; esac
	dies 2 "divgrad: missing operand: POLICY, the policy's directory" divgrad -d "$d"
done

first_lines() { # of the sections of methods(7), NAME LINE
	sed -n '/^\.Ss Options of/d; /^\.Ss Methods that/q; /^\.Ss /{s///;N;s/\n/ /;p;}' "$ROOT/man/methods.7" | sort
}
first_lines_told() { # the same by apprentice -h
	apprentice -h | sed -n '/^Methods/,/^$/s/^  \([a-z-]*\)  */\1 /p' | sort
}
same 'methods.7: the first lines of -h' "$(first_lines_told)" "$(first_lines)"

for tool in "$BIN"/*; do
	name=${tool##*/}
	page=$ROOT/man/$name.1
	ok "$name.1 is there" test -f "$page"
	[ -f "$page" ] || continue
	same "$name.1: has all sections" '' "$(lacking "$page")"
	same "$name.1: the options of -h" "$(told "$tool")" "$(written "$page")"
	ok "$name.1: shows an example" grep -qE '^(\.Dl )?\$ ' "$page"
done

mkdir ../material && cd ../material && ok 'material for the examples' material
for page in $PAGES; do
	rm -rf ../page && cp -R ../material ../page && cd ../page || exit 1
	examples "$page"
	for e in ../example/*.sh; do
		[ -f "$e" ] || continue
		name="${page##*/}: $(head -n 1 "$e" | cut -c 1-60)"
		why=$(lacking_here "$e")
		if [ -n "$why" ]; then
			skip "$name" "$why"
		else
			ok "$name" run_example "$e"
		fi
	done
done
done_testing
