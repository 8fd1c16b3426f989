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
	for (const block of document.querySelectorAll("pre")) {
		const copy = document.createElement("button");
		copy.textContent = "Copy";
		copy.className = "copy";
		copy.addEventListener("click", async () => {
			await navigator.clipboard.writeText(block.textContent);
			copy.textContent = "Copied";
		});
		block.before(copy);
	}
})();
