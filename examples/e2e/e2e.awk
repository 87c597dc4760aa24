# SPDX-License-Identifier: MIT
# The task E2E: describe a place.  The prompt has one word for each slot of a
# meaning representation such as "name[Aromi], eatType[coffee shop],
# area[riverside]".  A right response says all of these slots and no other.
# Names are replaced: NAME is the place, NEAR what it is near.
#
# Every task defines two functions: demonstration() makes prompt and response
# from a record and tells whether they are usable; right() checks a response.

# A value of a slot, its word in the prompt, and the phrases that say it, in text
# as plain() leaves it.  Phrases of another value, or of a slot that was not
# given, make a response wrong.
function row(slot, value, word, how) {
	words[slot "[" value "]"] = word
	slot_of[word] = slot
	said[word] = how
}

BEGIN {
	row("eatType", "coffee shop", "coffee", "coffee|cafe")
	row("eatType", "pub", "pub", "pub|bar ")
	row("food", "Chinese", "Chinese", "chinese")
	row("food", "English", "English", "english|british")
	row("food", "Fast food", "fast", "fast food")
	row("food", "French", "French", "french")
	row("food", "Indian", "Indian", "indian")
	row("food", "Italian", "Italian", "italian")
	row("food", "Japanese", "Japanese", "japanese|sushi")
	price = "pric(e|es|ed|ing)( range| ranges)?"
	is = "( is| are| as| of| in| the| was| very| quite)*"
	row("priceRange", "cheap", "cheap", "cheap|affordable|low(er)? (pric|cost)|" price is " low")
	row("priceRange", "moderate", "moderate", "moderate|mid(dle)?( range)? pric|(average|reasonabl[ey]) pric|" \
		price is " (average|reasonable)")
	row("priceRange", "high", "dear", "high(er|ly)? (end )?(pric|cost)|expensive|upscale|pricey|" price is " high")
	row("priceRange", "less than £20", "under", "(less than|under|below|lower than|up to) 20")
	row("priceRange", "£20-25", "middle", "20( to| and)? 25")
	row("priceRange", "more than £30", "over", "30")
	rated = "(rat(ing|ings|ed)|reviews?)" is
	row("customer rating", "1 out of 5", "one", "1( out)?( of)? 5|1 star")
	row("customer rating", "3 out of 5", "three", "3( out)?( of)? 5|3 star")
	row("customer rating", "5 out of 5", "five", "5( out)?( of)? 5|5 star")
	of = " (customer |consumer )?(rat|review|satisf)"
	row("customer rating", "low", "low", "(low(ly)?|poor(ly)?|bad(ly)?)" of "|" rated " (low|poor|bad)")
	row("customer rating", "average", "average", "average(ly)?" of "|" rated " average")
	row("customer rating", "high", "high", "(high(ly)?|good|great|excellent|well|top)" of "|highly recommend|" \
		rated " (high|good|great|excellent|well)")
	row("area", "city centre", "centre", "centre|center|downtown|city")
	row("area", "riverside", "river", "river")
	row("familyFriendly", "yes", "families", "")
	row("familyFriendly", "no", "adults", "")
	row("near", "", "near", "NEAR")
}

# Normalise text: lower case; no accents, hyphens or pound signs; numbers as
# digits; "not" as a word.
function plain(text) {
	gsub(/NAME|NEAR/, "&@", text)
	text = tolower(text)
	gsub(/name@/, "NAME", text)
	gsub(/near@/, "NEAR", text)
	gsub(/é|É/, "e", text)
	gsub(/£/, "", text)
	gsub(/–/, " ", text)
	gsub(/[-\/]/, " ", text)
	gsub(/n't/, " not", text)
	gsub(/cannot/, "can not", text)
	gsub(/inexpensive/, "cheap", text)
	gsub(/ one /, " 1 ", text)
	gsub(/ three /, " 3 ", text)
	gsub(/ five/, " 5", text)
	gsub(/of 5 stars?/, "of 5", text)
	gsub(/  +/, " ", text)
	return " " text " "
}

# "families", "adults", or nothing.  A negation reaches over at most three words,
# and not into another clause.
function company(text,    who, yes, no) {
	who = "(famil(y|ies)|kids?|child|children)"
	gsub(/ (and|but|with|it|that|which) /, " , ", text)
	no = "(not|non|no|un|never|without)( [a-z]+)?( [a-z]+)?( [a-z]+)? " who "|unf(amily|riendly)|adult|" \
		who "( is| are| should| will| would| may| can)* not"
	yes = text ~ who
	if (text ~ no)
		return "adults"
	return yes ? "families" : ""
}

function says(word, text) {
	if (slot_of[word] == "familyFriendly")
		return company(text) == word
	return text ~ said[word]
}

# Set given to the words of a prompt; whether all are known.
function words_of(prompt, given,    n, w, i) {
	split("", given)
	sub(/:.*/, "", prompt)
	n = split(prompt, w, " ")
	for (i = 1; i <= n; i++) {
		if (!(w[i] in slot_of))
			return 0
		given[w[i]]
	}
	return 1
}

function right(prompt, response,    i, text, given) {
	text = plain(response)
	if (text !~ /NAME/ || !words_of(prompt, given))
		return 0
	for (i in slot_of)
		if (says(i, text) != (i in given))
			return 0
	return 1
}

# text with every `old` replaced by `new`.
function replaced(text, old, new,    at, out) {
	while (old != "" && (at = index(text, old))) {
		out = out substr(text, 1, at - 1) new
		text = substr(text, at + length(old))
	}
	return out text
}

# Set `prompt` and `response`.
function demonstration(mr, text,    n, slot, i, name, near, value) {
	gsub(/é/, "e", mr)
	gsub(/é/, "e", text)
	n = split(mr, slot, /, /)
	prompt = name = near = ""
	for (i = 1; i <= n; i++) {
		value = substr(slot[i], index(slot[i], "[") + 1)
		sub(/\]$/, "", value)
		if (slot[i] ~ /^name\[/)
			name = value
		else if (slot[i] ~ /^near\[/)
			near = value
		else if (slot[i] in words)
			prompt = prompt words[slot[i]] " "
		else
			return 0
	}
	if (near != "")
		prompt = prompt "near "
	sub(/ $/, "", prompt)
	prompt = prompt ":"
	# Replace the longer name first: one may be a part of the other.
	if (length(near) > length(name))
		text = replaced(replaced(text, near, "NEAR"), name, "NAME")
	else
		text = replaced(replaced(text, name, "NAME"), near, "NEAR")
	gsub(/  +/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	response = " " text
	return name != ""
}
