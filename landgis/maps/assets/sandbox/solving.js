// The solver in the page: what is held stays, the rest is completed in a worker, with a limit and a stop.

function landgisSolving(count, decide, words, tables, say) {
  "use strict";
  const { problem } = count, solving = { running: false };
  const packed = landgisBy("solver"), wasm = landgisBy("wasm"), bytes = (element) => Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
  let code = null, binary = null, worker = null, latest = null, clock = 0, held = null;
  solving.there = Boolean(packed && packed.textContent.length > 10) && typeof WebAssembly === "object" && typeof Worker === "function";
  landgisBy("solve").hidden = landgisBy("solve-seconds").hidden = !solving.there;

  const inUnit = (dm2) => { const main = problem.rows.find((row) => row.kind === "target"); return landgisIn(BigInt(Math.round(dm2)), main ? main.scale : ["1000000", "1"], 4) + " " + tables.unit; };

  function finish(text) {
    solving.running = false;
    clearInterval(clock);
    if (worker) worker.terminate();
    worker = null;
    landgisBy("solving").hidden = true;
    landgisBy("solve").disabled = false;
    landgisBy("solved").textContent = text;
    say(text);
  }

  /** Put an answer in place, one step; what was held stays held. */
  function take(answer) {
    const free = new Set(answer.map(([c]) => c)), list = answer.slice();
    for (let c = 0; c < problem.n; c++) if (count.taken[c] >= 0 && !free.has(c) && (held[c] || !problem.open[c])) list.push([c, count.taken[c], String(count.amount[c])]);
    decide.load(list, [...held.keys()].filter((c) => held[c]));
  }

  /** Deviations as counted here, in whole numbers, and what the solver could prove. */
  function told({ stages = [], soft = false }, stopped) {
    const ranks = count.ranks(), zero = problem.Z(0), parts = [];
    for (const { rank, bound, proven } of stages) {
      if (rank === "score") continue;
      const have = Number(ranks.get(rank) || zero), least = bound === null ? null : Math.max(0, Math.min(bound, have));
      const sure = proven && least !== null && have <= least + 1.5;
      const unit = rank === 0 ? String(have) : inUnit(have);
      parts.push(landgisFill(sure ? words.rank_proven : least === null ? words.rank_open : words.rank_bound, { name: words["rank_" + rank] || landgisFill(words.rank, { rank }), have: unit, least: least === null ? "" : inUnit(least) }));
    }
    const score = stages.find(({ rank }) => rank === "score");
    parts.push(score && score.proven && !stopped ? words.score_proven : words.score_open);
    const broken = (ranks.get(0) || zero) !== zero;
    return (stopped ? words.stopped : words.completed) + parts.join("；") + "。" + (soft || broken ? words.rules_not_held : "");
  }

  solving.start = async (seconds) => {
    if (solving.running || !solving.there) return;
    solving.running = true;
    latest = null;
    held = decide.held.slice();
    landgisBy("solve").disabled = true;
    landgisBy("solving").hidden = false;
    const begun = Date.now(), progress = landgisBy("solving-text");
    clock = setInterval(() => { progress.textContent = landgisFill(words.solving, { s: Math.round((Date.now() - begun) / 1000), n: seconds }) + (latest ? words.solving_has : ""); }, 250);
    try {
      code = code || URL.createObjectURL(new Blob([await landgisUnzip(bytes(packed))], { type: "text/javascript" }));
      binary = binary || await landgisUnzip(bytes(wasm));
      const model = landgisModel(count, held);
      if (!model.options.length) { finish(words.nothing_free); return; }
      if (!solving.running) return;
      worker = new Worker(code);
      worker.onerror = (event) => finish(landgisFill(words.solver_fault, { message: event.message || "" }));
      worker.onmessage = ({ data }) => {
        if (data.do === "better") latest = data.answer;
        if (data.do === "fault") finish(landgisFill(words.solver_fault, { message: data.message }));
        if (data.do === "done") {
          const answer = data.answer || latest;
          if (!answer) { finish(words.no_answer); return; }
          take(answer);
          finish(told(data, false));
        }
      };
      worker.postMessage({ wasm: binary, model, seconds });
    } catch (error) {
      finish(landgisFill(words.solver_fault, { message: error.message }));
    }
  };
  solving.stop = () => {
    if (!solving.running) return;
    const answer = latest;
    if (answer) take(answer);
    finish(answer ? told({}, true) : words.stopped_empty);
  };
  solving.cancel = () => { if (solving.running) finish(words.cancelled); };
  landgisBy("solve").addEventListener("click", () => solving.start(Number(landgisBy("solve-seconds").value)));
  landgisBy("solve-take").addEventListener("click", solving.stop);
  landgisBy("solve-cancel").addEventListener("click", solving.cancel);
  return solving;
}
