#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The rules of the house that a program can hold: layers, foreign headers,
# budgets, names, and what the library's objects may not do.  Each rule is a
# function that prints its offenders; `none` wants silence from it.
. "$(dirname "$0")/lib.sh"
OBJ=${OBJ:-$ROOT/build}
cd "$ROOT" || exit 1

none() { # NAME COMMAND...
	tap_name=$1
	shift
	same "$tap_name" '' "$("$@" 2>&1)"
}

c_files() { # [-c|-h] FOLDER...
	case $1 in
	-c) shift && find "$@" -name '*.c' | sort ;;
	-h) shift && find "$@" -name '*.h' | sort ;;
	*) find "$@" -name '*.[ch]' | sort ;;
	esac
}

scripts() { # all shell scripts
	find . \( -path ./build -o -path ./.git \) -prune -o -type f -print |
		sort | while read -r f; do
		head -n 1 "$f" | grep -aqE '^#! ?/bin/(ba)?sh' && echo "$f"
	done
	echo ./tests/lib.sh
	sourced | sed "s|^|./|"
}

sourced() { # by pipelines/apprentice: what it is made of, and the methods
	find pipelines -name "*.bash" | sort
	methods
}

methods() {
	for f in pipelines/*.options; do
		[ ! -f "${f%.options}" ] || echo "${f%.options}"
	done
}

# Layers: FOLDER: the folders it may include, beside itself.
layers='base:
io: base
tensor: base
text: base io
nn: base io tensor
gguf: base io tensor nn
traj: base io text
divergence: base tensor traj
likelihood: base io tensor text nn traj
gradient: base io tensor nn
optim: base io tensor nn gradient
discriminator: base io tensor nn traj divergence likelihood optim
objective: base io tensor nn traj divergence likelihood gradient
eval: base io traj divergence
report: base io divergence eval
serve: base io tensor nn text traj likelihood
cli: base io'

upward() {
	echo "$layers" | while IFS=: read -r folder may; do
		for f in lib/"$folder"/*.[ch]; do
			sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$f" | while read -r inc; do
				case " $folder$may " in
				*" ${inc%%/*} "*) ;;
				*) echo "$f: includes $inc" ;;
				esac
			done
		done
	done
}
none 'includes point down the layers' upward
same 'every folder of lib is a layer' "$(echo "$layers" | cut -d : -f 1 | sort)" \
	"$(find lib -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)"

# Modules of a folder: x.c and x.h are one; so is a header x_y.h without x_y.c.
module() { # FOLDER NAME
	if [ ! -f "$1/$2.c" ] && [ -f "$1/${2%%_*}.h" ]; then
		echo "${2%%_*}"
	else
		echo "$2"
	fi
}

circles() {
	for folder in lib/*; do
		for f in "$folder"/*.[ch]; do
			from=$(basename "$f" | sed 's/\.[ch]$//')
			from=$(module "$folder" "$from")
			sed -n "s|^ *# *include *\"${folder#lib/}/\(.*\)\.h\".*|\\1|p" "$f" |
				while read -r to; do
					to=$(module "$folder" "$to")
					[ "$from" = "$to" ] || echo "$from $to"
				done
		done | sort -u | tsort 2>&1 >/dev/null | sed "s|^tsort: |$folder: |"
	done
}
none 'includes inside a folder have no circle' circles

# Whatever is no header of libc is foreign, and has one home.
# (cpuid.h and immintrin.h are the compiler's.)
libc='cpuid|immintrin|assert|ctype|dirent|dlfcn|elf|errno|fcntl|float|fnmatch|ftw|glob|inttypes|langinfo|limits|locale'
libc="$libc|math|netdb|poll|pthread|sched|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint"
libc="$libc|stdio|stdlib|string|strings|sys/[a-z]*|termios|time|unistd|wchar|wctype"
same 'every foreign header is included by exactly one file' \
	'lib/io/archive.c: archive.h
lib/io/archive.c: archive_entry.h
lib/io/hash.c: xxhash.h
lib/io/json.c: jansson.h
lib/io/msg.c: msgpack.h
lib/serve/http.c: microhttpd.h
lib/tensor/gemm.c: cblas.h
lib/text/expression.c: pcre2.h
lib/text/normalize.c: utf8proc.h' \
	"$(c_files lib tools | xargs grep -HE '^ *# *include *<' |
		sed 's/:.*<\(.*\)>.*/: \1/' | grep -vE ": ($libc)\\.h\$" | sort)"

same 'the clock is read in one file' lib/base/clock.c \
	"$(c_files lib tools | xargs grep -lE '\<(clock_gettime|gettimeofday|time) ?\((CLOCK_|NULL|&|which)')"

# Budgets.
over() { # LIMIT COMMAND...: of the files it lists, those with more lines
	limit=$1
	shift
	"$@" | while read -r f; do
		n=$(wc -l <"$f")
		[ "$n" -le "$limit" ] || echo "$f: $n lines, limit $limit"
	done
}
built() {
	[ ! -e .git ] || git ls-files | grep -E '^build|\.[od]$|\.a$'
}
none 'nothing that is built is tracked' built
none 'a .c has at most 500 lines' over 500 c_files -c lib
none 'a test has at most 600 lines' over 600 c_files -c tests
none 'a tool has at most 250 lines' over 250 c_files -c tools
none 'a header has at most 150 lines' over 150 c_files -h lib tests
none 'the Makefile and install.mk have less than 120 lines' over 119 ls Makefile install.mk
none 'a method has less than 80 lines' over 79 methods
none 'what runs methods has at most 250 lines a file' over 250 find pipelines -type f
none 'an example has less than 80 lines' over 79 echo examples/demo
none 'tests/lib.sh has less than 90 lines' over 89 echo tests/lib.sh
none 'tests/tap.h has less than 40 lines' over 39 echo tests/tap.h

long_functions() {
	c_files lib tools tests | while read -r f; do
		awk -v f="$f" '
			/^[a-z_].*\(/ { name = $1; sub(/\(.*/, "", name) }
			/^{$/ { began = FNR }
			/^}/ && began {
				if (FNR - began + 1 > 60)
					print f ": " name ": " FNR - began + 1 " lines"
				began = 0
			}' "$f"
	done
}
none 'a function has at most 60 lines' long_functions

long_lines() {
	c_files lib tools tests | while read -r f; do
		perl -CSD -ne '
			chomp;
			1 while s/\t/" " x (8 - $-[0] % 8)/e;
			print "$ARGV:$.: " . length() . " columns\n" if length() > 80' "$f"
	done
}
none 'a line has at most 80 columns' long_lines

# Other versions of clang-format lay some lines out otherwise.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	none 'C files are as clang-format lays them out' sh -c "
		git ls-files 'lib/*.[ch]' 'tools/*.c' 'tests/*.[ch]' 2>/dev/null |
			xargs clang-format --dry-run -Werror 2>&1 | grep ' error: ' | head -n 5"
else
	skip 'C files are as clang-format lays them out' 'no clang-format 14 here'
fi

# Names, first lines, and what is not to be found.
same_names() {
	c_files lib tools | sed 's|.*/||' | sort | uniq -d
}
none 'file names are unique' same_names

no_guard() {
	c_files -h lib tests | while read -r f; do
		guard=$(echo "$f" | sed 's/^lib.//; s/^tests./(TESTS_)?/' | tr 'a-z/.-' 'A-Z___')
		grep -m 2 '^#' "$f" | tr '\n' ' ' |
			grep -qE "^#ifndef ($guard) #define \\1 \$" || echo "$f: $guard"
	done
}
none 'headers have guards, by their path' no_guard

no_licence() {
	c_files lib tools tests | while read -r f; do
		[ "$(head -n 1 "$f")" = '/* SPDX-License-Identifier: MIT */' ] || echo "$f"
	done
	scripts | while read -r f; do
		head -n 3 "$f" | grep -q '^# SPDX-License-Identifier: MIT$' || echo "$f"
	done
}
none 'C files and scripts begin with their licence' no_licence

found() { # PATTERN PATH...
	pattern=$1
	shift
	grep -rnIE "$pattern" "$@" || :
}
none 'words that the glossary has replaced are gone' found \
	'\b(laws|companions?|criteri(on|a)|rivals?|adversary|told|anew|whoever)\b' \
	lib tools tests/unit tests/cli tests/pipe
none 'no code is commented out by #if' found '^ *# *if +0' lib tools tests
none 'nothing is left for later' found '\b(TO[D]O|FIX[M]E|XX[X])\b' \
	lib tools tests man pipelines examples completion README.md HACKING.md bootstrap Makefile
none "no path of a developer's" found '/wor[k]/' \
	lib tools tests man pipelines examples completion README.md HACKING.md bootstrap Makefile

not_executable() {
	scripts | grep -vxF "$(echo ./tests/lib.sh && sourced | sed "s|^|./|")" | while read -r f; do
		[ -x "$f" ] || echo "$f"
	done
}
none 'scripts are executable' not_executable

undocumented() {
	c_files -c tools | while read -r f; do
		tool=$(basename "$f" .c)
		[ -f "man/$tool.1" ] || echo "$tool: no page"
		grep -qw -- "$tool" man/apprentice.7 || echo "$tool: not in apprentice(7)"
		grep -qw -- "$tool" README.md || echo "$tool: not in the README"
	done
}
none 'every tool is in the manual and the README' undocumented

# The library neither speaks nor ends the process, and keeps no state.
objects() { # but those of files that match PATTERN
	c_files -c lib | grep -vE "$1" | sed "s|^\\(.*\\)\\.c\$|$OBJ/\\1.o|"
}

ends='exit|_exit|_Exit|quick_exit|abort|perror'
ends="$ends|v?f?printf|v?dprintf|__v?[fd]?printf_chk|f?puts|f?putc|putchar|stdout|stderr"
speaking() {
	objects '^lib/(cli/|base/mem\.c)' | while read -r o; do
		nm -u "$o" | awk '{ print $NF }' | grep -xE "$ends" | sed "s|^|${o#"$OBJ"/}: |"
	done
}
none 'the library never prints and never exits' speaking

stateful() {
	objects '^lib/(cli/|base/(err|isa|par)\.c|tensor/(amx|gemm)\.c)' | while read -r o; do
		readelf -SW "$o" | sed 's/^ *\[ *[0-9]*\] *//' | awk -v o="${o#"$OBJ"/}" '
			$1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ &&
				$5 !~ /^0+$/ { print o ": " $1 ": 0x" $5 " bytes" }'
	done
}
if [ -n "$SAN" ]; then
	skip 'the library has no writable data' 'sanitizers add their own'
else
	none 'the library has no writable data' stateful
fi

if command -v shellcheck >/dev/null; then
	# 1090, 1091: what is sourced is checked by itself.  2016: programs of
	# awk, perl and sh -c stand in single quotes.
	ok 'shellcheck is content' sh -c 'xargs shellcheck -e SC1090,SC1091,SC2016' <<-END
		$(scripts | grep -vxF "$(sourced | sed "s|^|./|")")
	END
	# They see variables of each other.
	ok 'shellcheck is content with the methods' sh -c 'xargs shellcheck -e SC1090,SC1091,SC2016,SC2034,SC2154' <<-END
		$(sourced)
	END
else
	skip 'shellcheck is content' 'no shellcheck here'
fi
done_testing
