/* SPDX-License-Identifier: MIT */
#include "report/pagestyle.h"

#include "report/figure.h"

enum { SHADES = 4 };

static const char light[] =
    "--paper:#fff;--ink:#1c2430;--soft:#5d6673;--rule:#dfe3e8;"
    "--tint:#f5f7f9;--accent:#0b57b5;--more:11,87,181;--less:196,84,26;";
static const char dark[] =
    "--paper:#14181d;--ink:#e6e9ee;--soft:#9aa4b2;--rule:#2c333d;"
    "--tint:#1b2027;--accent:#7fb0ff;--more:90,150,255;--less:240,130,70;";

static const char text[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "\"Helvetica Neue\",\"Noto Sans\",\"DejaVu Sans\",sans-serif;"
    "overflow-wrap:break-word}\n"
    "main,footer{max-width:76rem;margin:0 auto;"
    "padding:0 clamp(1rem,4vw,3rem)}\n"
    ".over{margin:clamp(1.6rem,5vw,3.5rem) 0 .6rem;color:var(--soft);"
    "font-size:.875rem}\n"
    "h1{margin:0 0 1.4rem;max-width:30em;font-weight:650;"
    "font-size:clamp(1.35rem,1.05rem + 1.5vw,2.05rem);line-height:1.25;"
    "letter-spacing:-.012em;text-wrap:balance}\n"
    "h1.next{font-size:1.25rem}\n"
    ".of{margin:2.2rem 0 .2rem;color:var(--soft);font-weight:600;"
    "font-size:.875rem}.over+.of{margin-top:0}\n"
    "h2{margin:0 0 1rem;font-size:1.2rem;font-weight:650;line-height:1.3}\n"
    "h3{margin:0;font-size:1rem;font-weight:600;line-height:1.4}\n"
    "section{margin-top:3.2rem;padding-top:1.6rem;"
    "border-top:1px solid var(--rule)}\n"
    "p{margin:0 0 1rem;max-width:44em}\n"
    ".soft{color:var(--soft)}.small{font-size:.875rem}\n"
    ".scroll{overflow-x:auto;margin:0 0 1.2rem}\n"
    "table{border-collapse:collapse;min-width:100%;font-size:.9375rem;"
    "font-variant-numeric:tabular-nums lining-nums}\n"
    "th,td{padding:.5rem .7rem;text-align:left;vertical-align:baseline;"
    "border-bottom:1px solid var(--rule);white-space:nowrap}\n"
    "th:first-child,td:first-child{padding-left:0}\n"
    "th:last-child,td:last-child{padding-right:0}\n"
    "thead th{color:var(--soft);font-weight:500;font-size:.8125rem;"
    "vertical-align:bottom}\n"
    "tbody th{font-weight:500}\n"
    ".n{text-align:right}.keep th,.keep td{font-weight:650}\n"
    ".keep th::after{content:\" keep\";margin-left:.6em;color:var(--accent);"
    "font-size:.8125rem;font-weight:600}\n"
    ".best th,.best td:nth-child(4){"
    "font-weight:650}"
    ".mean th{color:var(--soft)}\n"
    ".bad{color:rgb(var(--less));font-weight:600}\n"
    ".of-cells tbody th{white-space:normal;min-width:9rem}"
    ".means div{font-size:.8125rem;line-height:1.35;margin-top:.15rem}"
    ".means span{display:block}.means .at{font-size:.9375rem}"
    ".top{font-weight:650}\n"
    ".drawn{vertical-align:middle;padding:0 .7rem}"
    "td .whisker{display:block;width:7rem;height:1.1rem}\n"
    ".key{display:inline-block;width:.8em;height:.8em;margin-right:.5em;"
    "border-radius:.2em;vertical-align:-.04em}"
    ".again{clip-path:polygon(0 0,38% 0,38% 100%,62% 100%,62% 0,100% 0,"
    "100% 100%,0 100%)}\n"
    ".figures{display:grid;gap:2rem 2.4rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr))}\n"
    "figure{margin:0;min-width:0}\n"
    "svg{display:block;width:100%;height:auto;overflow:visible}\n"
    "figcaption{display:flex;flex-wrap:wrap;gap:.15rem 1.3rem;"
    "margin:.3rem 0 0;padding-left:10.5%;font-size:.8125rem;"
    "color:var(--soft);"
    "font-variant-numeric:tabular-nums}\n"
    "figcaption b{color:var(--ink);font-weight:600}\n"
    "path{fill:none}.grid{stroke:var(--rule)}.base{stroke:var(--soft)}\n"
    ".mark{fill:var(--soft);font-size:13px}"
    ".end{text-anchor:end}.middle{text-anchor:middle}\n"
    ".faint{opacity:.3}.thin{stroke-width:1.2;opacity:.55}"
    ".bold,.dashed{stroke-width:2.2;stroke-linejoin:round}"
    ".dashed{stroke-dasharray:5 4}\n"
    ".line{display:inline-block;width:1.8em;height:.6em;margin-right:.5em}\n"
    ".zero{stroke:var(--soft)}.span{stroke:var(--accent);stroke-width:2}"
    ".dot{fill:var(--accent)}\n"
    ".sample{margin:0 0 1.8rem}\n"
    ".sample h3{margin:0 0 .7rem;padding:.6rem .8rem;background:var(--tint);"
    "border-radius:.4rem;font-weight:500;white-space:pre-wrap}\n"
    ".cells{display:grid;gap:1rem 1.8rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}\n"
    ".cell{min-width:0;border-left:2px solid var(--rule);"
    "padding-left:.8rem}\n"
    ".cell h4{margin:0 0 .2rem;font-size:.8125rem;font-weight:500;"
    "color:var(--soft);display:flex;gap:.2em;align-items:baseline}\n"
    ".sum{margin-left:auto;padding-left:1em;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}\n"
    ".said{white-space:pre-wrap}\n"
    ".said span,.shade{border-radius:.15em}\n"
    ".shade{padding:.05em .5em;white-space:nowrap;color:var(--ink)}\n"
    "#provenance h3{margin:1.8rem 0 .5rem}"
    "figure h3{margin-bottom:.3rem}\n"
    "dl{display:grid;grid-template-columns:minmax(4.5rem,max-content) 1fr;"
    "gap:.25rem 1.4rem;margin:0 0 1.2rem;font-size:.9375rem}\n"
    "dt{color:var(--soft)}dd{margin:0;min-width:0;"
    "font-variant-numeric:tabular-nums}\n"
    "pre,code{font:.8125rem/1.55 ui-monospace,SFMono-Regular,Menlo,"
    "Consolas,\"DejaVu Sans Mono\",monospace}\n"
    "pre{margin:0 0 1.2rem;padding:.8rem 1rem;background:var(--tint);"
    "border-radius:.4rem;white-space:pre-wrap}\n"
    "details{margin:0 0 1.2rem}summary{cursor:pointer;color:var(--accent);"
    "margin-bottom:.8rem}\n"
    "footer{margin-top:3.5rem;padding-bottom:2.5rem;color:var(--soft);"
    "font-size:.8125rem}\n"
    "@media(max-width:40rem){body{font-size:15px}"
    "figcaption{padding-left:0}\n"
    ".cards thead,.cards .none,.cards td:empty{display:none}"
    ".cards,.cards tbody{display:block}"
    ".cards tr{display:grid;grid-template-columns:1fr 1fr;gap:.1rem 1.6rem;"
    "padding:.6rem 0 .7rem;border-bottom:1px solid var(--rule)}"
    ".cards th,.cards td{padding:0;border:0;white-space:normal}"
    ".cards tbody th{grid-column:1/-1;margin-bottom:.15rem;font-weight:650}"
    ".cards td{display:flex;flex-wrap:wrap;justify-content:flex-end;"
    "align-items:baseline;gap:0 .4rem}.cards td[colspan],.cards .wide,.cards "
    ".drawn{grid-column:1/-1}"
    ".cards "
    "td[data-h]::before{content:attr(data-h);margin-right:auto;color:var(--"
    "soft);"
    "font-size:.8125rem;font-weight:400}"
    ".cards td .whisker{width:100%}"
    ".means span{display:inline;margin-left:.5em}}\n"
    "@media print{section{break-inside:avoid}.scroll{overflow:visible}}\n";

void
pagestyle_put(struct buf *b)
{
	size_t i;

	buf_adds(b, "<style>\n:root{color-scheme:light dark;");
	buf_adds(b, light);
	figure_colors(b, false);
	buf_adds(b, "}\n@media(prefers-color-scheme:dark){:root{");
	buf_adds(b, dark);
	figure_colors(b, true);
	buf_adds(b, "}}\n");
	buf_adds(b, text);
	for (i = 0; i < FIGURE_COLORS; i++)
		buf_addf(b,
		    "path.c%zu{stroke:var(--c%zu)}circle.c%zu{fill:var(--c%zu)}"
		    ".key.c%zu{background:var(--c%zu)}\n",
		    i, i, i, i, i, i);
	for (i = 1; i <= SHADES; i++)
		buf_addf(b,
		    ".p%zu{background:rgba(var(--more),.%02zu)}"
		    ".m%zu{background:rgba(var(--less),.%02zu)}\n",
		    i, 9 + (i - 1) * 11, i, 9 + (i - 1) * 11);
	buf_adds(b, "</style>\n");
}
