# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# warnings: what may be wrong with a run, each said once a run.

warn() { # KIND TEXT HINT: once a run, which RUN/warnings remembers
	! grep -q "^$1	" "$run/warnings" 2>/dev/null || return 0
	printf 'warning: %s\nhint: %s\n' "$2" "$3" >&2
	printf '%s\t%s\n' "$1" "$2" >>"$run/warnings"
}

warnings() {
	local kind text hint
	[ -z "$quiet" ] || return 0
	if [ -f "$start/config.json" ] && # adapters end as their base does
		! grep -qsE '"eos_token_id": *([[]|[0-9])' "$start/config.json" "$start/generation_config.json"; then
		warn eos "$start: no end of sequence is known" 'eos_token_id in its generation_config.json names it'
	fi
	while IFS=$'\t' read -r kind text hint; do
		warn "$kind" "$text" "$hint"
	done < <(awk -v stride="$stride" -v total="$total" -v demos="$mean" -v cut="$cut" -f "$here/warnings.awk" "$run/metrics.jsonl")
}
