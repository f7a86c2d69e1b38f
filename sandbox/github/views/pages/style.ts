/** How the pages look: one small sheet, readable on a phone, light and dark as the system is. */

/** Labels have no colours of their own here: a page that takes no style from text needs no exception in its policy. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #fff; --card: #f6f8fa; --line: #d1d9e0; --link: #0969da;
  --good: #1a7f37; --done: #8250df; --bad: #d1242f; --add: #dafbe1; --del: #ffebe9; --hunk: #ddf4ff }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --paper: #0d1117; --card: #151b23; --line: #3d444d;
  --link: #4493f8; --good: #3fb950; --done: #ab7df8; --bad: #f85149; --add: #12261e; --del: #2d1618; --hunk: #121d2f } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; color: var(--ink); background: var(--paper);
  overflow-wrap: anywhere }
a { color: var(--link); text-decoration: none } a:hover, a:focus { text-decoration: underline }
header { padding: .8rem 0; border-bottom: 1px solid var(--line); color: var(--soft) }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 .5rem; font-weight: 500 } h1 small { color: var(--soft); font-weight: 400 }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
small, .soft { color: var(--soft) }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 1rem; border-bottom: 1px solid var(--line) }
nav a { padding: .4rem 0; color: var(--ink) } nav a[aria-current] { border-bottom: 2px solid var(--link); font-weight: 600 }
.count { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 0 .45rem; font-size: 12px }
.list { list-style: none; padding: 0; margin: 0; border: 1px solid var(--line); border-radius: 6px }
.list li { padding: .6rem .8rem; border-top: 1px solid var(--line) } .list li:first-child { border-top: 0 } .list a { font-weight: 600 }
.state { display: inline-block; color: var(--paper); border-radius: 1rem; padding: 0 .7rem; font-weight: 600; font-size: 13px }
.open { background: var(--good) } .closed, .merged { background: var(--done) } .refused { background: var(--bad) }
.label { display: inline-block; border: 1px solid var(--line); background: var(--card); border-radius: 1rem; padding: 0 .55rem; font-size: 12px }
.label + .label { margin-left: .25rem } .labels .label { margin-left: 0 }
.label form { display: inline } .label button { all: unset; cursor: pointer; padding: 0 .2rem; color: var(--soft) }
.label button:focus-visible { outline: 2px solid var(--link) }
article, fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 1rem 0; padding: 0 }
article > header { padding: .4rem .8rem; background: var(--card); border-radius: 6px 6px 0 0 }
article > .text { padding: .2rem .8rem .6rem } .good > header { border-left: 4px solid var(--good) } .bad > header { border-left: 4px solid var(--bad) }
.text p { margin: .5rem 0; white-space: pre-wrap }
fieldset { padding: .6rem .8rem .8rem } legend { padding: 0 .4rem; font-weight: 600 }
pre { margin: .5rem 0; padding: .6rem; background: var(--card); border-radius: 6px; overflow-x: auto; font: 12px/1.5 ui-monospace, monospace; white-space: pre }
pre.wrap { white-space: pre-wrap; user-select: all }
code { font: 12px ui-monospace, monospace; background: var(--card); border-radius: 4px; padding: .1rem .3rem } pre code { padding: 0 }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0 } summary { padding: .4rem .8rem; background: var(--card); cursor: pointer; border-radius: 6px }
details pre { margin: 0; border-radius: 0 0 6px 6px; background: none; padding: .3rem 0 } details pre span { display: block; padding: 0 .8rem; min-width: max-content }
.add { background: var(--add) } .del { background: var(--del) } .hunk { background: var(--hunk); color: var(--soft) }
.plus { color: var(--good) } .minus { color: var(--bad) }
label { display: block; margin: .5rem 0; font-weight: 600 } label small { font-weight: 400 }
input[type=text], textarea { display: block; width: 100%; margin-top: .2rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem }
textarea { min-height: 6rem; resize: vertical }
button, .button { font: inherit; font-weight: 600; cursor: pointer; border: 1px solid var(--line); border-radius: 6px; padding: .35rem .9rem; margin: .3rem .3rem 0 0; background: var(--card); color: var(--ink) }
button.go, .button.go { background: var(--good); color: var(--paper); border-color: transparent } button.no { color: var(--bad) }
button:disabled { opacity: .5; cursor: default }
.labels { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center; margin: .5rem 0 } .add-label { display: flex; gap: .3rem }
.add-label input { width: 9rem; margin: 0; padding: .1rem .5rem; font-size: 13px } .add-label button { margin: 0; padding: .1rem .6rem; font-size: 13px }
.note { border-left: 4px solid var(--line); padding: .2rem .8rem; margin: 1rem 0 } .problem { border-left-color: var(--bad) }
`
