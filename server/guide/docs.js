(() => {
	const box = document.querySelector("input[type=search]"), main = document.querySelector("main");
	const links = () => [...document.querySelectorAll("#found a")];
	let last = 0;
	const find = async () => {
		const asked = ++last, q = box.value.trim();
		if (!q) return;
		const answer = await fetch("/docs/search?q=" + encodeURIComponent(q)).then(a => a.ok ? a.text() : "", () => "");
		const found = new DOMParser().parseFromString(answer, "text/html").querySelector("main");
		if (found && asked === last && document.activeElement === box) main.replaceChildren(...[...found.childNodes].filter(n => n.nodeName !== "SCRIPT"));
	};
	box.addEventListener("input", find);
	document.addEventListener("keydown", e => {
		const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.nodeName), all = links();
		if (e.key === "/" && !typing) {
			e.preventDefault(); // browsers have a search of their own
		} else if ((e.key === "ArrowDown" || e.key === "ArrowUp") && all.length) {
			const at = all.indexOf(document.activeElement), next = at + (e.key === "ArrowDown" ? 1 : -1);
			if (at < 0 && document.activeElement !== box) return;
			e.preventDefault();
			next < 0 ? box.focus() : all[Math.min(next, all.length - 1)].focus();
		}
	});
	document.addEventListener("keyup", e => {
		if (e.key !== "/" || document.activeElement === box) return;
		box.focus();
		box.select();
	});
	for (const block of document.querySelectorAll("pre:not([hidden])")) {
		const copy = document.createElement("button");
		copy.textContent = "Copy";
		copy.className = "copy";
		copy.addEventListener("click", async () => {
			await navigator.clipboard.writeText(block.textContent);
			copy.textContent = "Copied";
		});
		block.before(copy);
	}
	const tabs = [...document.querySelectorAll(".tabs")];
	const show = language => {
		for (const t of tabs) {
			const all = [...t.querySelectorAll("figure")], shown = all.find(f => f.dataset.code === language) || all[0];
			for (const f of all) f.hidden = f !== shown;
			for (const b of t.querySelectorAll("[aria-pressed]")) b.setAttribute("aria-pressed", b.textContent === shown.dataset.code);
		}
	};
	for (const t of tabs) {
		const choice = document.createElement("div");
		choice.className = "acts";
		choice.setAttribute("role", "group");
		choice.setAttribute("aria-label", "Language");
		for (const f of t.querySelectorAll("figure")) {
			const b = document.createElement("button");
			b.textContent = f.dataset.code;
			b.setAttribute("aria-pressed", "false");
			b.addEventListener("click", () => {
				try { localStorage.setItem("language", f.dataset.code); } catch { } // it is not kept
				show(f.dataset.code);
			});
			choice.append(b);
			f.querySelector("figcaption").hidden = true;
		}
		t.prepend(choice);
	}
	let language = null;
	try { language = localStorage.getItem("language"); } catch { }
	show(language);
	for (const e of document.querySelectorAll("[data-scripted]")) e.hidden = false;
	const token = () => [...crypto.getRandomValues(new Uint8Array(16))].map(n => n.toString(16).padStart(2, "0")).join("");
	for (const form of document.querySelectorAll("form.try")) {
		const key = form.elements["Idempotency-Key"], said = form.querySelector("[role=status]"), answer = form.querySelector("pre");
		if (key) key.value = token();
		form.addEventListener("submit", async e => {
			e.preventDefault();
			const headers = {}, query = new URLSearchParams(), secret = document.getElementById("key").value.trim(), body = form.querySelector("textarea");
			let path = form.dataset.path;
			for (const { name, value, dataset } of form.querySelectorAll("input")) {
				if (dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
				else if (value && dataset.in === "query") query.append(name, value);
				else if (value) headers[name] = value;
			}
			if (secret) headers.Authorization = "Bearer " + secret;
			if (body && body.value.trim()) headers["Content-Type"] = "application/json";
			if (query.size) path += "?" + query;
			said.textContent = "Sent.";
			try {
				const a = await fetch(path, { method: form.dataset.method, headers, credentials: "omit", cache: "no-store", body: headers["Content-Type"] ? body.value : undefined });
				let text = await a.text();
				try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { } // it is shown as it came
				said.textContent = `${a.status} ${a.statusText}`;
				answer.textContent = [...a.headers].map(h => h.join(": ")).join("\n") + "\n\n" + text;
			} catch (problem) {
				said.textContent = "No answer came. " + problem.message;
				answer.textContent = "";
			}
			answer.hidden = !answer.textContent;
		});
	}
})();
