#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds under sanitizers start, and see errors at the ends of large blocks.
. "$(dirname "$0")/lib.sh"

cat >overrun.c <<'EOF'
#include "base/mem.h"

int
main(int argc, char **argv)
{
	char *p = (char *)mem_block(1 << 20);

	(void)argv;
	p[(4 << 20) - 1 + argc] = 1;
	mem_block_free(p);
	return 0;
}
EOF
cat >clones.c <<'EOF'
#include "tensor/softmax.h"

int
main(void)
{
	float x[3] = { 1, 2, 3 };

	(void)softmax_row(x, 3);
	return !(x[2] > x[1]);
}
EOF
compile() { # COMPILER SANITIZER PROGRAM SOURCE...
	compiler=$1 sanitizer=$2 program=$3
	shift 3
	"$compiler" -std=c11 -D_GNU_SOURCE -O1 -g "-fsanitize=$sanitizer" -I"$ROOT/lib" -pthread \
		-o "$program" "$@" -lm
}
works() { # COMPILER SANITIZER: such programs can be built and run
	echo 'int main(void) { return 0; }' >empty.c
	compile "$1" "$2" empty empty.c 2>/dev/null && ./empty 2>/dev/null
}
overruns() { # COMPILER
	compile "$1" address overrun "$ROOT/lib/base/mem.c" overrun.c || return
	! ./overrun 2>said && grep -q heap-buffer-overflow said
}
for compiler in gcc clang; do
	if works "$compiler" address; then
		ok "$compiler: the address sanitizer sees a byte behind a block" overruns "$compiler"
	else
		skip "$compiler: a byte behind a block" 'no address sanitizer here'
	fi
	if works "$compiler" thread; then
		ok "$compiler: a kernel builds for the thread sanitizer" compile "$compiler" thread \
			clones "$ROOT/lib/tensor/softmax.c" "$ROOT/lib/base/mem.c" clones.c
		ok "$compiler: and runs" ./clones
	else
		skip "$compiler: the thread sanitizer" 'not here, or not in this kernel'
	fi
done
done_testing
