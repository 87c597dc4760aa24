# SPDX-License-Identifier: MIT
# The task E2E: put what is known of a place into words.  Of a meaning
# representation, "name[Aromi], eatType[coffee shop], area[riverside]", the
# prompt says the slots in a word each; a response says all of them, or it is
# wrong.  Names are taken out of both: NAME is the place, NEAR what it is near.
#
# Two functions, as every task has: demonstration() makes prompt and response of
# what was read and tells whether they are of use; right() checks a response.

# A value, its word in the prompt, and how it is said, in text as plain() leaves
# it.  The words of another value of the slot are a mistake, and so are those of
# a slot that was not given.
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

# Lower case, no accents, hyphens and pounds, numbers as digits, "not" as a word.
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

# "families", "adults", both, or nothing.  A negation reaches over three words
# and not beyond a new clause.
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

function right(prompt, response,    n, w, i, text, given) {
	text = plain(response)
	if (text !~ /NAME/)
		return 0
	sub(/:.*/, "", prompt)
	n = split(prompt, w, " ")
	for (i = 1; i <= n; i++) {
		if (!(w[i] in slot_of))
			return 0
		given[w[i]]
	}
	for (i in slot_of)
		if (says(i, text) != (i in given))
			return 0
	return 1
}

# All of `old` in `text` become `new`, whatever their accents.
function replaced(text, old, new,    at, out) {
	while (old != "" && (at = index(text, old))) {
		out = out substr(text, 1, at - 1) new
		text = substr(text, at + length(old))
	}
	return out text
}

# Sets `prompt` and `response`.
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
	# The longer first: one may be a part of the other.
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
