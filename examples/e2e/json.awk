# SPDX-License-Identifier: MIT
# Strings of JSON: field() decodes that of a name in the record $0; quoted()
# encodes one.

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
