"use strict";
(() => {
  const at = id => document.getElementById(id);
  let given = null; // path → File

  const speak = lang => {
    document.documentElement.lang = lang;
    for (const l of ["ja", "en"]) at("say-" + l).setAttribute("aria-pressed", String(l === lang));
  };
  for (const l of ["ja", "en"]) at("say-" + l).addEventListener("click", () => speak(l));
  speak((navigator.language || "en").toLowerCase().startsWith("ja") ? "ja" : "en");

  const show = state => {
    for (const e of document.querySelectorAll("[data-state]")) e.hidden = e.dataset.state !== state;
    at("result").className = state;
  };

  const start = async () => {
    const text = at("engine").textContent.trim(), raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const go = new Go();
    const { instance } = await WebAssembly.instantiate(await new Response(stream).arrayBuffer(), go.importObject);
    go.run(instance);
    at("check").disabled = false;
    show("ready");
    document.dispatchEvent(new Event("noroshi-ready"));
  };

  // A folder's files by their paths without the folder's own name.
  const inside = list => {
    const files = {};
    for (const f of list) files[(f.webkitRelativePath || f.name).split("/").slice(f.webkitRelativePath ? 1 : 0).join("/")] = f;
    return files;
  };
  at("archive").addEventListener("change", e => { given = inside(e.target.files); at("folder").value = ""; });
  at("folder").addEventListener("change", e => { given = inside(e.target.files); at("archive").value = ""; });

  const walk = async (entry, path, files) => {
    if (entry.isFile) {
      files[path] = await new Promise((done, failed) => entry.file(done, failed));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const list = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!list.length) return;
      for (const e of list) await walk(e, path ? path + "/" + e.name : e.name, files);
    }
  };
  const drop = at("drop");
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async e => {
    e.preventDefault();
    drop.classList.remove("over");
    const files = {}, entries = [...e.dataTransfer.items].map(i => i.webkitGetAsEntry()).filter(Boolean);
    for (const entry of entries) await walk(entry, entry.isFile || entries.length > 1 ? entry.name : "", files);
    given = files;
    check();
  });

  const check = async () => {
    if (!at("root").value.trim()) { show("no-root"); at("root").focus(); return; }
    if (!given || !Object.keys(given).length) { show("no-export"); return; }
    show("working");
    const files = {}, since = [];
    for (const [name, f] of Object.entries(given)) files[name] = new Uint8Array(await f.arrayBuffer());
    for (const f of at("since").files) since.push(await f.text());
    const chosen = name => document.querySelector("input[name=" + name + "]:checked").value;
    await new Promise(done => setTimeout(done, 30)); // let the page be painted
    answer(noroshiVerify(files, { root: at("root").value, mode: chosen("mode"), fresh: Number(chosen("fresh")), since }));
  };
  const answer = text => {
    const a = JSON.parse(text);
    for (const l of ["ja", "en"]) {
      at("text-" + l).textContent = a.text[l];
      at("text-" + l).hidden = false;
    }
    at("save").hidden = a.failed;
    at("save").href = URL.createObjectURL(new Blob([a.report], { type: "application/json" }));
    show(a.failed ? "failed" : a.right ? "right" : "wrong");
    document.dispatchEvent(new Event("noroshi-answer"));
  };
  at("form").addEventListener("submit", e => { e.preventDefault(); check(); });
  start();
})();
