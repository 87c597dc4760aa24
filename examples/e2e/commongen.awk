# SPDX-License-Identifier: MIT
# The task CommonGen: a sentence of everyday life that uses all given words, in
# any of their forms.  "dance_V#kid_N#room_N" makes the prompt "dance kid room:".
#
# Every task defines two functions: demonstration() makes prompt and response
# from a record and tells whether they are usable; right() checks a response.

BEGIN {
	verbs = split("axis:axes be:is,are,was,were,been begin:began,begun bite:bit,bitten blow:blew,blown " \
		"break:broke,broken bring:brought build:built buy:bought catch:caught child:children " \
		"choose:chose,chosen come:came deal:dealt dig:dug do:did,done draw:drew,drawn drink:drank,drunk " \
		"drive:drove,driven eat:ate,eaten fall:fell,fallen feed:fed feel:felt fight:fought " \
		"find:found fly:flew,flown foot:feet get:got,gotten give:gave,given go:went,gone " \
		"grind:ground grow:grew,grown hang:hung have:has,had hear:heard hide:hid,hidden " \
		"hold:held keep:kept kneel:knelt knife:knives know:knew,known lay:laid lead:led lean:leant " \
		"leap:leapt leaf:leaves leave:left lie:lay,lain,lying light:lit lose:lost make:made " \
		"man:men meet:met pay:paid ride:rode,ridden ring:rang,rung rise:rose,risen " \
		"run:ran say:said see:saw,seen sell:sold send:sent sew:sewn shake:shook,shaken " \
		"shear:shorn shine:shone shoot:shot show:shown sing:sang,sung sink:sank,sunk " \
		"sit:sat sleep:slept slide:slid speak:spoke,spoken spend:spent spin:spun " \
		"stand:stood steal:stole,stolen stick:stuck strike:struck sweep:swept swim:swam,swum " \
		"swing:swung take:took,taken teach:taught tear:tore,torn tell:told think:thought " \
		"throw:threw,thrown tie:tying tooth:teeth wear:wore,worn weave:wove,woven " \
		"wife:wives win:won wind:wound woman:women write:wrote,written", entry, " ")
	for (i = 1; i <= verbs; i++) {
		split(entry[i], half, ":")
		gsub(/,/, "|", half[2])
		irregular[half[1]] = "|" half[2]
	}
}

# The forms of a word, as a regular expression: the regular ones, as if it were
# any part of speech, and the irregular ones.
function forms(w,    stem, last) {
	stem = substr(w, 1, length(w) - 1)
	last = substr(w, length(w))
	if (last == "e")
		return w "|" w "s|" w "d|" stem "ing" irregular[w]
	if (last == "y")
		return w "|" w "s|" w "ed|" w "ing|" stem "ies|" stem "ied" irregular[w]
	return w "|" w "s|" w "es|" w "ed|" w "ing|" w last "ed|" w last "ing" irregular[w]
}

function right(prompt, response,    n, w, i) {
	response = " " tolower(response) " "
	gsub(/[^a-z]+/, " ", response)
	sub(/:.*/, "", prompt)
	n = split(prompt, w, " ")
	for (i = 1; i <= n; i++)
		if (response !~ " (" forms(w[i]) ") ")
			return 0
	return n > 0
}

# Set `prompt` and `response`.
function demonstration(source, text) {
	gsub(/_[A-Z]/, "", source)
	gsub(/#/, " ", source)
	gsub(/  +/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	prompt = source ":"
	response = " " text
	return text != "" && source ~ /^[a-z ]+$/
}
