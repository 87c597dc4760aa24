#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tests/golden, by which two builds are compared: it prints a checksum of each
# thing, the same for any number of threads, and another one where something
# else is computed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

golden() { # BIN NAME=VALUE...
	bin=$1
	shift
	env FAMILIES=llama "$@" "$ROOT/tests/golden" "$bin"
}
golden "$BIN" OMP_NUM_THREADS=1 >one
same 'a checksum of each thing' '' "$(grep -vE '^[0-9]+ [a-z0-9:. ]+$' one)"
ok 'golden prints at least 25 checksums' test "$(wc -l <one)" -ge 25
golden "$BIN" OMP_NUM_THREADS=3 >three
ok 'threads change nothing' diff one three

# A build that samples at another temperature.
mkdir other
for tool in "$BIN"/*; do
	ln -s "$tool" "other/${tool##*/}"
done
rm other/rollout
printf '#!/bin/sh\nexec "%s/rollout" --temperature 0.5 "$@"\n' "$BIN" >other/rollout
chmod +x other/rollout
golden "$PWD/other" >changed
ok 'another sampler changes checksums' sh -c '! diff one changed >diff'
same 'the checksums of samples change' '> llama samples f32' "$(sed -n '/samples f32/s/^\(.\) [0-9]*/\1/p' diff | tail -n 1)"
ok 'the checksums of supervised fine-tuning do not' sh -c '! grep -q adapters diff'
dies 2 "$(sed -n '3,9s/^# \{0,1\}//p' "$ROOT/tests/golden")" "$ROOT/tests/golden" nowhere
done_testing
