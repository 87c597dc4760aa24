# SPDX-License-Identifier: MIT
# Strings of JSON: of the record in $0, that of a name; and back.

function field(name,    at) {
	if (!match($0, "\"" name "\": ?\"([^\"\\\\]|\\\\.)*\""))
		return ""
	at = substr($0, RSTART, RLENGTH - 1)
	sub(/^"[a-z]*": ?"/, "", at)
	gsub(/\\n|\\t|\\r/, " ", at)
	gsub(/\\"/, "\"", at)
	gsub(/\\\//, "/", at)
	gsub(/\\\\/, "\\", at)
	return at
}

function quoted(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return text
}
