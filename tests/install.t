#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What `make install` puts in its place, that it runs from there alone, that
# `make uninstall` takes it away, and that `make dist` packs what is committed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

B=${OBJ:-$ROOT/build}
# shellcheck disable=SC2317 # ok calls it
goal() { # GOAL VARIABLE=VALUE...
	make -s -C "$ROOT" B="$B" SAN="$SAN" "$@"
}
list() ( # FOLDER: its files, in the order of their names
	cd "$1" && find . ! -type d | sed 's|.*/||' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
)

ok 'make install' goal install DESTDIR="$PWD/dest" PREFIX=/usr
usr=$PWD/dest/usr
inner='report watch plot compare' # with names that others use, too
commands=
for name in $(cd "$BIN" && echo *); do
	case " $inner " in
	*" $name "*) ;;
	*) commands="$commands${commands:+ }$name" ;;
	esac
done
same 'every command is installed' "$commands" "$(list "$usr/bin")"
pages() { # as they are called there
	for page in "$ROOT"/man/*.[157]; do
		page=${page##*/}
		case " $inner " in
		*" ${page%.1} "*) echo "apprentice-$page" ;;
		*) echo "$page" ;;
		esac
	done | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}
same 'every page of the manual is installed' "$(pages)" "$(list "$usr/share/man")"
same 'nothing else is installed' 'bin libexec share' "$(cd "$usr" && echo *)"
methods() ( # FOLDER: its files, with what makes them executable
	cd "$1" && find . -type f ! -name '.*' ! -name '*~' ! -path ./apprentice \
		\( -perm -u+x -printf '%P runs\n' -o -printf '%P\n' \) | LC_ALL=C sort
)
same 'every method is installed, and each program with a common name' "$({
	methods "$ROOT/pipelines"
	for name in $inner; do
		[ ! -x "$BIN/$name" ] || echo "$name runs"
	done
} | LC_ALL=C sort)" "$(methods "$usr/libexec/apprentice")"
for name in $commands; do
	ok "$name runs from there" env -i PATH="$usr/bin:/usr/bin:/bin" "$name" -h
done

ok 'apprentice finds its methods' \
	env -i PATH="$usr/bin:/usr/bin:/bin" apprentice sft -h
same 'apprentice says where experiment.mk lies' 0 \
	"$(cmp "$ROOT/pipelines/experiment.mk" "$(env -i PATH="$usr/bin:/usr/bin:/bin" apprentice env experiment.mk)"; echo $?)"

# Packages compress the pages.
gzip -r "$usr/share/man"
# shellcheck disable=SC2119,SC2120 # without a word it lists the pages
helped() { # [WORD]
	env -i PATH="$usr/bin:/usr/bin:/bin" apprentice help "$@"
}
same 'apprentice help lists the pages, itself not' "$(cd "$ROOT/man" && echo *.[157] | sed 's/apprentice\.7 //')" \
	"$(helped "$@" | sed 's/(/./; s/)//' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
if command -v man >/dev/null; then
	for page in sft rollout report; do
		ok "apprentice help $page" helped $page
	done
else
	skip 'apprentice help shows a page' 'no man here'
fi

# Another place for everything, and away with it.
mkdir -p else/m/man1
set -- DESTDIR="$PWD/else" BINDIR=/b LIBEXECDIR=/l MANDIR=/m BASHDIR=/bash ZSHDIR=/zsh FISHDIR=/fish
ok 'make install to other folders' goal install "$@"
same 'they are the other folders' 'b bash fish l m zsh' "$(cd else && echo *)"
for name in $commands; do
	ok "$name runs from the other folder" env -i PATH="$PWD/else/b:/usr/bin:/bin" "$name" -h
done
ok 'apprentice finds its methods in the other folder' \
	env -i PATH="$PWD/else/b:/usr/bin:/bin" apprentice sft -h
for folder in b m/man1 l; do
	echo mine >else/$folder/mine
done
ok 'make uninstall' goal uninstall "$@"
same 'it leaves what is not its own' 'mine mine mine' "$(list else)"
same 'it leaves no folder of its own, but with what is not' 'else else/b else/l else/m else/m/man1' \
	"$(find else -type d | LC_ALL=C sort | xargs)"
rm else/*/mine else/m/man1/mine
ok 'make install over an installation' sh -c '"$@" && "$@"' sh make -s -C "$ROOT" B="$B" SAN="$SAN" install "$@"
ok 'make uninstall of it' goal uninstall "$@"
same 'folders that were there before stay' 'else else/b else/l else/m else/m/man1' "$(find else -type d | LC_ALL=C sort | xargs)"
ok 'make uninstall where nothing is left' goal uninstall "$@"
ok 'a path with a blank is refused' sh -c "! make -s -C '$ROOT' B='$B' uninstall DESTDIR='$PWD/a b' 2>said"

# bash
same 'bash: every command has its completion' "$commands" "$(list "$usr/share/bash-completion/completions")"
completed() { # COMMAND WORD...: what the last word may become
	bash -c '
		. "$usr/share/bash-completion/completions/$1"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		name=_apprentice_${1//-/_}
		"${name%_apprentice}" && echo "${COMPREPLY[@]}"' bash "$@"
}
export usr
for name in $commands; do
	[ "$name" != apprentice ] || continue
	same "bash: $name --vers" --version "$(completed "$name" --vers)"
	same "bash: $name -o" '' "$(completed "$name" -o F)"
done
same 'bash: apply-update --optimizer ad' 'adamw' "$(completed apply-update --optimizer ad)"
same 'bash: apply-update --optimizer=ad' 'adamw' "$(completed apply-update --optimizer = ad)"
same 'bash: apply-update --optimizer=' 'adamw sgd lion' "$(completed apply-update --optimizer =)"
same 'bash: divgrad -d j' 'js jsd: jeffreys' "$(completed divgrad -d j)"
same 'bash: divgrad --objective sp' 'spin' "$(completed divgrad --objective sp)"
same 'bash: discrim --loss lo' 'logistic logd' "$(completed discrim --loss lo)"
same 'bash: mkpolicy --like q' 'qwen2 qwen3' "$(completed mkpolicy --like q)"
same 'bash: trajcat --as ch' 'chosen' "$(completed trajcat --as ch)"
same 'bash: demo2traj -f js' 'jsonl json' "$(completed demo2traj -f js)"

same 'bash: apprentice sf' 'sft' "$(completed apprentice sf)"
same 'bash: apprentice roll' 'rollout' "$(completed apprentice roll)"
same 'bash: apprentice sft --sch' '--schedule' "$(completed apprentice sft --sch)"
same 'bash: apprentice sft --schedule c' 'constant cosine' "$(completed apprentice sft --schedule c)"
same 'bash: apprentice adversarial -d je' 'jeffreys' "$(completed apprentice adversarial -d je)"
same 'bash: apprentice mkpolicy --like q' 'qwen2 qwen3' "$(completed apprentice mkpolicy --like q)"
same 'bash: apprentice sft x' '' "$(completed apprentice sft x)"

# zsh, in a terminal of its own: what it would add to the word
same 'zsh: every command has its completion' "$commands" "$(list "$usr/share/zsh/site-functions" | sed 's/\(^\| \)_/\1/g')"
zsh_completed() { # LINE
	timeout 120 zsh -f "$ROOT/tests/complete.zsh" "$usr/share/zsh/site-functions" "$1" | tr '\n' ' ' | sed 's/ $//'
}
if command -v zsh >/dev/null; then
	for name in $commands; do
		ok "zsh: the completion of $name is a script" zsh -n "$usr/share/zsh/site-functions/_$name"
	done
	same 'zsh: divgrad -d j' 'js jsd: jeffreys' "$(zsh_completed 'divgrad -d j')"
	same 'zsh: divgrad --objective=sp' 'spin' "$(zsh_completed 'divgrad --objective=sp')"
	same 'zsh: mkpolicy --like q' 'qwen2 qwen3' "$(zsh_completed 'mkpolicy --like q')"
	same 'zsh: discrim --vers' '--version' "$(zsh_completed 'discrim --vers')"
	same 'zsh: apprentice sf' 'sft' "$(zsh_completed 'apprentice sf')"
	same 'zsh: apprentice sft --schedule c' 'constant cosine' "$(zsh_completed 'apprentice sft --schedule c')"
	same 'zsh: apprentice mkpolicy --like q' 'qwen2 qwen3' "$(zsh_completed 'apprentice mkpolicy --like q')"
else
	skip 'zsh completes' 'no zsh here'
fi

# fish
same 'fish: every command has its completion' "$commands" "$(list "$usr/share/fish/vendor_completions.d" | sed 's/\.fish\( \|$\)/\1/g')"
fish_completed() { # LINE
	HOME=$PWD fish --no-config -c 'set fish_complete_path $argv[1]; complete -C $argv[2]' \
		"$usr/share/fish/vendor_completions.d" "$1" | cut -f 1 | tr '\n' ' ' | sed 's/ $//'
}
if command -v fish >/dev/null; then
	for name in $commands; do
		ok "fish: the completion of $name is a script" fish -n "$usr/share/fish/vendor_completions.d/$name.fish"
	done
	same 'fish: divgrad -d j' 'jeffreys js jsd:' "$(fish_completed 'divgrad -d j')"
	same 'fish: divgrad --objective=sp' '--objective=spin' "$(fish_completed 'divgrad --objective=sp')"
	same 'fish: mkpolicy --like q' 'qwen2 qwen3' "$(fish_completed 'mkpolicy --like q')"
	same 'fish: discrim --vers' '--version' "$(fish_completed 'discrim --vers')"
	same 'fish: apprentice sf' 'sft' "$(fish_completed 'apprentice sf')"
	same 'fish: apprentice sft --schedule c' 'constant cosine' "$(fish_completed 'apprentice sft --schedule c')"
	same 'fish: apprentice mkpolicy --like q' 'qwen2 qwen3' "$(fish_completed 'apprentice mkpolicy --like q')"
else
	skip 'fish completes' 'no fish here'
fi

# What is committed, as an archive.
version=$(trajcat --version | cut -d ' ' -f 2)
same 'the version of the package is that of the tools' "$version" \
	"$(sed -n '1s/^apprentice (\(.*\)) .*/\1/p' "$ROOT/debian/changelog")"
if [ -e "$ROOT/.git" ] && command -v git >/dev/null; then
	ok 'make dist' env SOURCE_DATE_EPOCH=1700000000 make -s -C "$ROOT" B="$PWD/one" dist
	(umask 077 && SOURCE_DATE_EPOCH=1700000000 make -s -C "$ROOT" B="$PWD/two" dist) >/dev/null
	ok 'it writes the same bytes again' cmp "one/apprentice-$version.tar.gz" "two/apprentice-$version.tar.gz"
	tar -xzf "one/apprentice-$version.tar.gz"
	same 'it packs what is committed' "$(cd "$ROOT" && git ls-tree -r --name-only HEAD)" \
		"$(cd "apprentice-$version" && find . ! -type d | cut -c 3- | LC_ALL=C sort)"
	ok 'what it packs can be made' make -n -C "apprentice-$version" all
else
	skip 'make dist' 'not a checkout of git'
fi
done_testing
