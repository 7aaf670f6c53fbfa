/** The looks of a report: light and dark by the reader's own setting, down to the width of a phone. Nothing is fetched. */
export const reportStyle = `
:root{color-scheme:light dark;--paper:light-dark(#fff,#0d1117);--card:light-dark(#f6f8fa,#161b22);--ink:light-dark(#1f2328,#e6edf3);--faint:light-dark(#59636e,#9da7b3);
--rule:light-dark(#d1d9e0,#343b44);--good:light-dark(#1a7f37,#3fb950);--bad:light-dark(#cf222e,#ff7b72);--blue:light-dark(#0969da,#58a6ff);--amber:light-dark(#bf5700,#f0883e)}
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:1080px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .2rem}h1 code{font-size:.85em;font-weight:600}h2{font-size:1.15rem;margin:2.4rem 0 .7rem}h3{font-size:1rem;margin:1.6rem 0 .4rem}p{margin:.3rem 0}
.faint{color:var(--faint)}.good{color:var(--good)}.bad{color:var(--bad)}code,pre{font:13px/1.5 ui-monospace,monospace}
.verdict{border-left:6px solid currentColor;padding:.1rem 0 .1rem .9rem;margin:1.1rem 0}.verdict strong{font-size:1.35rem;display:block;line-height:1.3}.verdict p{color:var(--ink)}
.seeds{display:flex;flex-wrap:wrap;gap:2px;margin:.8rem 0;padding:0;list-style:none}.seeds i{width:9px;height:9px;border-radius:2px;background:var(--good);opacity:.55}.seeds i.bad{background:var(--bad);opacity:1}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:.7rem;margin:1rem 0;padding:0}.tiles div{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.6rem .8rem}
.tiles dt{font-size:.8rem;color:var(--faint)}.tiles dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}.tiles small{display:block;font-size:.78rem;font-weight:400;color:var(--faint)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:1.4rem}figure{margin:0}figure svg{width:100%;height:auto;display:block}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:.15rem .7rem;align-items:center;font-size:.86rem;margin:.4rem 0;padding:0}.bars dt,.bars dd{margin:0}
.bars dd.bar{height:.75rem}.bars dd.bar i{display:block;height:100%;min-width:2px;background:var(--amber);border-radius:0 3px 3px 0}.bars dd.n{font-variant-numeric:tabular-nums;text-align:right}
.states{columns:3 18rem;column-gap:2rem;padding:0;margin:.4rem 0;list-style:none;font-size:.86rem}.states li{break-inside:avoid;padding:.08rem 0}.states b{font-weight:400;color:var(--faint);font-variant-numeric:tabular-nums}
.failing{border:1px solid var(--rule);border-radius:10px;padding:.4rem 1rem 1rem;margin:1.2rem 0;background:var(--paper)}.failing>p:first-of-type{font-size:1.02rem}
pre{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.6rem .8rem;margin:.5rem 0}details{margin:.6rem 0}summary{cursor:pointer;color:var(--blue)}
.space-time{position:relative;min-height:var(--height);margin:.8rem 0}.space-time svg{display:block;max-width:100%}.space-time ol{list-style:none;margin:0;padding:0;font-size:.84rem;line-height:19px}
.space-time time{color:var(--faint);font-variant-numeric:tabular-nums;margin-right:.35rem}.space-time li.fault span{color:var(--amber)}.space-time li.wrong span{color:var(--bad);font-weight:600}.space-time li.deed span{font-weight:600}
.space-time .lane{stroke:var(--rule);stroke-width:3}.space-time .down{stroke:var(--paper);stroke-width:4;stroke-dasharray:4 5}.space-time .head{fill:var(--ink);font:600 12px system-ui,sans-serif}
:is(.space-time,.key) .band{fill:var(--amber);opacity:.22}:is(.space-time,.key) .message path{stroke:var(--blue);stroke-width:1.5;fill:none}:is(.space-time,.key) .message .tip{fill:var(--blue);stroke:none}
:is(.space-time,.key) .message.lost path{stroke:var(--bad);stroke-dasharray:5 4}:is(.space-time,.key) .message.lost .cross{stroke-dasharray:none;stroke-width:2}:is(.space-time,.key) .deed{fill:var(--ink)}:is(.space-time,.key) .born{fill:var(--paper);stroke:var(--good);stroke-width:2.5}
:is(.space-time,.key) .refused{fill:var(--paper);stroke:var(--amber);stroke-width:2.5}:is(.space-time,.key) .death path{stroke:var(--bad);stroke-width:3.5}:is(.space-time,.key) .failure{stroke:var(--bad);stroke-width:2.5}:is(.space-time,.key) .peace{stroke:var(--good);stroke-width:1.5;stroke-dasharray:2 4}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.8rem;color:var(--faint);padding:0;margin:.3rem 0;list-style:none}.key svg{vertical-align:-3px;margin-right:.3rem}
@media(min-width:900px){.space-time{display:flex;gap:1rem;align-items:flex-start}.space-time svg{flex:none;max-width:none}.space-time ol{position:relative;flex:1;min-height:var(--height)}.space-time li{position:absolute;top:var(--y);left:0;right:0}}
@media(max-width:899px){.space-time svg{height:auto}.space-time li{border-top:1px solid var(--rule);padding:.2rem 0}}`;
