// The worker in which the solver runs: told a model, it answers with better and better choices.
const fault = (error) => self.postMessage({ do: "fault", message: String(error && error.message || error) });
self.onmessage = async ({ data: { wasm, model, seconds } }) => {
  try {
    const highs = await Module({ instantiateWasm: (imports, done) => { WebAssembly.instantiate(wasm, imports).then(({ instance }) => done(instance), fault); return {}; } });
    self.postMessage({ do: "ready" });
    const tell = (answer, stage) => self.postMessage({ do: "better", answer, stage });
    self.postMessage({ do: "done", ...landgisSolve(highs, model, seconds, tell) });
  } catch (error) {
    fault(error);
  }
};
