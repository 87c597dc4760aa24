#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The README and other pages of the source tree: the commands of the README run
# as they are written there; files, links, variables and make goals that the
# pages name exist; the commands that write tables into pages find their place.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
PAGES=$(ls README.md HACKING.md examples/*/README.md 2>/dev/null)
cd - >/dev/null || exit 1

section() { # TITLE: its indented lines in the README, without the call of make
	awk -v title="$1" '/^## /{ on = $0 == "## " title } on && /^    / && !/make/' "$ROOT/README.md"
}
quoted() { # PAGE: the words in backquotes
	grep -o '`[^` ]*`' "$ROOT/$1" | tr -d '`'
}
missing_files() { # PAGE: files and folders that it names but that do not exist
	quoted "$1" | grep -E '^(lib|tests|man|pipelines|examples|tools|completion)/[^ ]*$' |
		grep -vE '\*|NAME|MODULE|TOOL' | while read -r f; do
		[ -e "$ROOT/$f" ] || echo "$f"
	done
	quoted "$1" | grep -E '^[a-z0-9-]+\.awk$' | while read -r f; do
		[ -e "$ROOT/${1%/*}/$f" ] || echo "$f"
	done
}
dead_links() { # PAGE: links to files that do not exist
	grep -o '](\([^):]*\))' "$ROOT/$1" | sed 's/^](//; s/)$//; s/#.*//' | while read -r f; do
		[ -e "$(dirname "$ROOT/$1")/$f" ] || echo "$f"
	done
}
missing_goals() { # PAGE: goals of make -C examples that do not exist
	grep -oE 'make -C examples[^`#>]*' "$ROOT/$1" | sed 's/^make -C examples//' |
		tr ' ' '\n' | grep -xE '[a-z0-9]+' | sort -u | while read -r goal; do
		make -n -C "$ROOT/examples" "$goal" EXPERT=. LEARNER=. FROM=Makefile >/dev/null 2>&1 || echo "$goal"
	done
}

same 'the first session begins with demonstrations' 'for n in' \
	"$(section 'A first session' | head -n 1 | cut -c 5-12)"
section 'A first session' >session.sh
mkdir play && cd play || exit 1
ok 'the first session runs' bash -e -o pipefail ../session.sh </dev/null
same 'its supervised fine-tuning makes a hundred steps' 100 "$(wc -l <sft.jsonl)"
same 'its adversarial imitation makes ten steps' 10 "$(wc -l <js.jsonl)"

section 'With your own model and data' >../own.sh
same 'one command continues from the session' 1 "$(wc -l <../own.sh)"
bash -e ../own.sh >../said 2>&1 </dev/null
status=$?
[ $status -eq 3 ] && status=0
same 'it prints a table, whatever the gate says' '0 1' "$status $(grep -c '^SFT, continued' ../said)"
for word in $(sed -n '/^## With your own/,/^## What/p' "$ROOT/README.md" | grep -oE '`--[a-z-]+' | tr -d '`'); do
	ok "apprentice real has $word" sh -c 'apprentice real -h | grep -qE -- "$1( |$)"' - "$word"
done
for target in build demo check; do
	ok "bootstrap has the goal $target" grep -qE "^$target\\)" "$ROOT/bootstrap"
done

same 'the README counts the divergences of divergences(7)' \
	"$(grep -c '^\.It Cm .* Ta .* Ta ' "$ROOT/man/divergences.7")" \
	"$(sed -n 's/.*any of \([0-9]*\) divergences.*/\1/p' "$ROOT/README.md")"

for page in $PAGES; do
	same "$page: every file that it names exists" '' "$(missing_files "$page")"
	same "$page: every link leads to a file" '' "$(dead_links "$page")"
	same "$page: every goal of make -C examples exists" '' "$(missing_goals "$page")"
done

# HACKING: its table of layers, and the code that its recipes show.
layers() { # of HACKING, as tests/house.t writes them
	sed -n 's/^| `lib\/\([a-z]*\)\/` | .* | \(.*\) |$/\1: \2/p' "$ROOT/HACKING.md" |
		sed 's/: libc$/:/'
}
same 'HACKING.md: the layers of tests/house.t' \
	"$(sed -n "/^layers='/,/'\$/p" "$ROOT/tests/house.t" | sed "s/^layers='//; s/'\$//")" "$(layers)"
recipes() { grep '^        ' "$ROOT/HACKING.md" | cut -c 9-; }
same 'HACKING.md: the tables of its recipes exist' '' "$(recipes |
	sed -n 's/^[- ]\(.*\[\] = {\).*/\1/p' | while read -r line; do
	grep -rqF -- "$line" "$ROOT/lib" "$ROOT/tools" || echo "$line"
done)"
same 'HACKING.md: the macros and constants of its recipes exist' '' "$(recipes |
	grep -oE '\b[A-Z][A-Z_]{3,}\b' | sort -u | grep -vx FAMILY_MISTRAL | while read -r word; do
	grep -rqw -- "$word" "$ROOT/lib" || echo "$word"
done)"

# Tables: each experiment's page has a place that the commands find.
cd .. || exit 1
for name in make-n modes e2e e2e-students diagonal; do
	mkdir -p "build/$name"
	printf '| table of %s |\n| --- |\n' "$name" >"build/$name/table.md"
done
mkdir pages
for page in make-n/README.md modes/README.md e2e/README.md diagonal/README.md; do
	cp "$ROOT/examples/$page" "pages/$(echo "$page" | tr / -)"
done
cp -r pages before
ok 'tables are written into the pages' "$ROOT/examples/tables" build pages/*
same 'each table into its own page' 'diagonal-README.md:| table of diagonal |
e2e-README.md:| table of e2e |
e2e-README.md:| table of e2e-students |
make-n-README.md:| table of make-n |
modes-README.md:| table of modes |' "$(cd pages && grep '^| table of' ./* | sed 's|^\./||')"
outside() { # FOLDER: the pages without their tables
	for page in "$1"/*; do
		awk '/^<!-- end of /{ skip = 0 } !skip; /^<!-- .*: written by /{ skip = 1 }' "$page"
	done
}
same 'the rest of each page stays as it is' "$(outside before)" "$(outside pages)"
cp -r pages once
rm -r build/modes
ok 'tables can be written again' "$ROOT/examples/tables" build pages/*
ok 'without a table, a page stays as it is' diff -r once pages
dies 2 "$(sed -n '3,7s/^# \{0,1\}//p' "$ROOT/examples/tables")" "$ROOT/examples/tables" build
done_testing
