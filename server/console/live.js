(() => {
"use strict";
const main = document.getElementById("main"), at = id => document.getElementById(id), lang = document.documentElement.lang;
const key = n => n.nodeType === 1 ? n.dataset.key || n.id : "";

// becomes makes a part of the page what it is now. What is the same stays: the focus, what is open, what was written.
function becomes(old, now) {
	if (old.nodeType !== 1) {
		if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
		return;
	}
	for (const a of [...old.attributes]) if (a.name !== "open" && !now.hasAttribute(a.name)) old.removeAttribute(a.name);
	for (const a of now.attributes) if (a.name !== "open" && old.getAttribute(a.name) !== a.value) old.setAttribute(a.name, a.value);
	const keyed = new Map([...old.children].filter(key).map(e => [key(e), e]));
	let next = old.firstChild;
	for (const n of [...now.childNodes]) {
		const k = key(n);
		let o = k ? keyed.get(k) : next;
		while (!k && o && (key(o) || o.nodeName !== n.nodeName)) o = o.nextSibling;
		if (!o || o.nodeName !== n.nodeName) {
			old.insertBefore(n, next);
			continue;
		}
		if (o === next) next = next.nextSibling;
		else old.insertBefore(o, next);
		becomes(o, n);
	}
	while (next) {
		const gone = next;
		next = next.nextSibling;
		gone.remove();
	}
}

// Times count down, in the zone of who reads and in UTC.
const parts = {weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short"};
const here = new Intl.DateTimeFormat(lang, parts), utc = new Intl.DateTimeFormat(lang, {...parts, timeZone: "UTC"}), far = new Intl.RelativeTimeFormat(lang);
const units = [["second", 1, 60], ["minute", 60, 3600], ["hour", 3600, 172800], ["day", 86400, Infinity]];
let made = Date.now();
function clock() {
	for (const e of main.querySelectorAll("time[data-now]")) {
		const t = Date.parse(e.dateTime), s = Math.trunc((t - Date.parse(e.dataset.now) - Date.now() + made) / 1000);
		if (isNaN(s)) continue;
		const [unit, n] = units.find(u => Math.abs(s) < u[2]), local = here.format(t), world = utc.format(t);
		const text = far.format(Math.trunc(s / n), unit) + " (" + local + (local === world ? "" : "; " + world) + ")";
		if (e.textContent !== text) e.textContent = text;
	}
}

let source, seen = main.dataset.seen, busy = false, again = false;
const stale = gone => { at("stale").hidden = !gone; };
async function refresh() {
	if (busy) {
		again = true;
		return;
	}
	busy = true;
	do {
		again = false;
		try {
			const answer = await fetch(location.href, {headers: {"Handsel-Live": "1"}});
			if (!answer.ok || answer.redirected) throw answer.status;
			const page = new DOMParser().parseFromString(await answer.text(), "text/html"), had = document.activeElement;
			becomes(main, page.getElementById("main"));
			document.title = page.title;
			made = Date.now();
			clock();
			if (had.isConnected && had !== document.activeElement) had.focus({preventScroll: true});
			stale(false);
		} catch {
			stale(true);
		}
	} while (again);
	busy = false;
}

// A page that nobody sees is not followed: browsers have few connections.
function follow() {
	if (document.hidden) {
		source?.close();
		source = null;
	} else if (!source) {
		source = new EventSource("/console/live?" + new URLSearchParams({deal: main.dataset.deal || "", seen}));
		source.addEventListener("changed", e => {
			seen = e.lastEventId;
			refresh();
		});
		source.onerror = e => stale(e.target.readyState === 2);
	}
}
if (seen) {
	follow();
	document.addEventListener("visibilitychange", follow);
	addEventListener("pagehide", () => source?.close());
	addEventListener("pageshow", e => e.persisted && location.reload());
}
clock();
setInterval(clock, 1000);

// Buttons that copy work by this script alone, and are seen with it.
document.documentElement.classList.add("runs");
main.addEventListener("click", async e => {
	const b = e.target.closest("[data-copy]"), row = b?.closest("[id]");
	if (!b) return;
	await navigator.clipboard.writeText(b.dataset.copy === "link" ? new URL("#" + row.id, location.href).href : row.querySelector("pre").textContent);
	b.textContent = "Copied";
});

// Keys, unless somebody writes or has turned them off.
const sheet = at("keys"), box = document.querySelector("header input[name=q]"), on = at("keys-on"), opens = at("keys-open");
let off = null;
try {
	off = localStorage.getItem("keys");
} catch {}
on.checked = off !== "off";
on.onchange = () => {
	try {
		localStorage.setItem("keys", on.checked ? "on" : "off");
	} catch {}
};
opens.hidden = false;
opens.onclick = () => sheet.showModal();
function move(by) {
	const rows = [...main.querySelectorAll(".rows > li, tbody > tr")].map(r => r.querySelector("a[href], button, summary")).filter(e => e?.checkVisibility());
	const now = rows.findIndex(e => e.closest("li, tr").contains(document.activeElement));
	rows[now < 0 ? by > 0 ? 0 : rows.length - 1 : Math.min(Math.max(now + by, 0), rows.length - 1)]?.focus();
}
addEventListener("keydown", e => {
	if (!on.checked || sheet.open || e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, textarea, select")) return;
	const act = {"/": () => box.focus(), "?": () => sheet.showModal(), j: () => move(1), k: () => move(-1)}[e.key];
	if (act) {
		e.preventDefault();
		act();
	}
});
})();
