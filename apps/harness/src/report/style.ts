import { chartColors, colorProperties } from './theme.js';

/** The style sheet of a report. */
export const style = `${colorProperties(':root')}${chartColors}
:root{color-scheme:light dark}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;overflow-wrap:break-word}
main,header,footer{max-width:70rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 .75rem;overflow-wrap:anywhere}
h2{font-size:1.45rem;line-height:1.25;letter-spacing:-.01em;margin:3.5rem 0 .5rem;padding-top:1.25rem;border-top:1px solid var(--line)}
h2.first{border-top:0;margin-top:1rem}
h3{font-size:1.1rem;line-height:1.3;margin:2.5rem 0 .4rem}
h4{font-size:.95rem;margin:0 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0 .9rem;max-width:46rem}
.note,figcaption,caption,footer{color:var(--muted);font-size:.875rem}
figcaption{max-width:46rem;margin:0 0 .6rem}
a{color:var(--accent)}
.extent{color:var(--muted);margin:-.4rem 0 1rem}
.lead{font-size:1.05rem}
.lead ul{margin:.5rem 0;padding-left:1.2rem}
nav{position:sticky;top:0;z-index:3;background:var(--page);border-bottom:1px solid var(--line);margin-top:1.5rem}
nav ul{display:flex;gap:.25rem 1.25rem;max-width:70rem;margin:0 auto;padding:.6rem 1.25rem;list-style:none;overflow-x:auto;white-space:nowrap;font-size:.9rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.command{display:flex;gap:.75rem;align-items:flex-start;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.7rem .8rem;margin:.75rem 0 1.25rem}
.command pre{margin:.15rem 0;flex:1;min-width:0;white-space:pre-wrap;overflow-wrap:anywhere}
button,.button{font:inherit;font-size:.85rem;color:var(--ink);background:var(--page);border:1px solid var(--line);border-radius:6px;padding:.25rem .7rem;cursor:pointer;text-decoration:none;display:inline-block}
button:hover,.button:hover{border-color:var(--muted)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.9rem 1.5rem;margin:0 0 1rem}
dl.facts dt{color:var(--muted);font-size:.8rem}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:separate;border-spacing:0;font-size:.9rem;font-variant-numeric:tabular-nums}
.results{width:100%}
caption{text-align:left;padding-bottom:.4rem}
th,td{padding:.4rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;position:relative}
.wrap{white-space:normal;min-width:12rem}
thead th{font-weight:600;color:var(--muted);font-size:.8rem;line-height:1.3;vertical-align:bottom;white-space:normal}
th:first-child,td:first-child,.text{text-align:left}
tbody th{font-weight:400}
.results th:first-child{position:sticky;left:0;background:var(--page);z-index:1}
thead button{all:unset;cursor:pointer;font:inherit;color:inherit}
thead button:focus-visible{outline:2px solid var(--accent)}
thead button::after{content:'↕';opacity:.45;padding-left:.3em;font-weight:400}
th[aria-sort=ascending] button::after{content:'↑';opacity:1}
th[aria-sort=descending] button::after{content:'↓';opacity:1}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.best{font-weight:700}
.best::after{content:' ★';color:var(--accent);font-size:.75em;vertical-align:.1em}
td:not(.best).mark::after{content:' ★';visibility:hidden;font-size:.75em}
.tag{font-size:.72rem;color:var(--muted);border:1px solid var(--line);border-radius:99px;padding:.05rem .5rem;margin-left:.4rem;white-space:nowrap}
.bound th,.bound td{color:var(--muted)}
.key{display:inline-block;vertical-align:-.1em;margin-right:.5rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:.2rem 0 .6rem;padding:0;font-size:.875rem}
figure{margin:.25rem 0 1rem}
[role=img] svg{max-width:100%;height:auto;display:block}
.narrow{display:none}
.grid{display:flex;flex-wrap:wrap;gap:1.4rem 1.5rem;align-items:flex-start}
.grid>*{margin:0;max-width:100%}
.scale{display:inline-block;width:8rem;height:.7rem;vertical-align:-.05rem;margin:0 .4rem;border:1px solid var(--line);border-radius:3px;background:linear-gradient(to right,transparent,var(--heat))}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(21rem,100%),1fr));gap:1rem}
.card{border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;min-width:0;display:flex;flex-direction:column}
.card [role=img]{margin-top:auto}
.card p{font-size:.9rem;margin:.3rem 0 .6rem}
.card dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;font-size:.85rem;margin:.4rem 0 .8rem}
.card dt{color:var(--muted)}
.card dd{margin:0;overflow-wrap:anywhere}
.tables{display:flex;flex-wrap:wrap;gap:.5rem 2rem}
.tables>*{max-width:100%}
.results tbody th{white-space:normal;min-width:14rem;max-width:17rem}
details{margin:.3rem 0 1rem;font-size:.9rem}
summary{cursor:pointer;color:var(--muted);width:fit-content}
.warning{border-left:3px solid var(--s2);padding:.1rem 0 .1rem .8rem}
footer{margin-top:4rem;padding-bottom:3rem}
@media (max-width:46rem){
body{font-size:15px}
header{padding-top:1.5rem}
h1{font-size:1.5rem}
.wide{display:none}.narrow{display:block}
.command{flex-direction:column}
th,td{padding:.4rem .5rem}
.results th:first-child{padding-left:0}
.results tbody th{min-width:8.5rem}
.long{display:none}
dl.facts{grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));font-size:.9rem}
.pairs{gap:1rem}
.pairs>*{width:calc(50% - .5rem)}
}
@media print{
body{font-size:10.5pt}
nav,button,.button,details,.screen,.long{display:none}
thead button{display:inline}
main,header,footer{max-width:none;padding:0}
.wide{display:block}.narrow{display:none}
h2,h3,h4,figcaption{break-after:avoid}
figure,.card,tr{break-inside:avoid}
h2{break-before:page;border:0;padding:0;margin-top:0}
h2.first{break-before:auto;margin-top:1.5rem}
.scroll{overflow:visible}
th,td,thead th{padding:.15rem .25rem;font-size:7.5pt}
.results tbody th,.wrap{min-width:0}
tbody th{white-space:normal;overflow-wrap:anywhere}
.tag{font-size:6.5pt;padding:0 .3rem;margin-left:.2rem}
thead button::after{content:''}
svg,.scale{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
