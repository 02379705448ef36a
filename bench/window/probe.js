// Runs in the page before its own scripts: notes when data arrived, when rows were painted, and how long frames took.
(() => {
  /** Calls back once the frame that is being made now is painted, as nearly as a page can tell. */
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => resolve(performance.now()); channel.port2.postMessage(0); }));
  const rows = () => document.querySelector("[role=grid] [role=rowgroup] [role=row]");
  const probe = { data: 0, rows: 0, longest: 0, unfilled: 0, frames: [], animation: [] };
  window.probe = probe;

  // The fake host hands itself to the page here: the answers of its lists are the data.
  let fake;
  Object.defineProperty(window, "fake", {
    get: () => fake,
    set(value) {
      fake = value;
      for (const service of ["containers", "images"]) {
        const list = value.client[service].list;
        value.client[service].list = async (...input) => {
          const answer = await list(...input);
          // The answer of the one that this screen shows.
          if (probe.data === 0 && location.hash.includes("images") === (service === "images")) probe.data = performance.now();
          return answer;
        };
      }
    },
  });
  const waitForRows = async () => {
    while (!rows()) await new Promise((resolve) => setTimeout(resolve, 1));
    probe.rows = await painted();
  };
  addEventListener("DOMContentLoaded", () => void waitForRows());

  new PerformanceObserver((list) => { for (const entry of list.getEntries()) { probe.longest = Math.max(probe.longest, entry.duration); } }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) probe.animation.push({ duration: entry.duration, blocking: entry.blockingDuration, scripts: entry.scripts.map((script) => `${script.invoker} ${script.sourceURL.split("/").at(-1)}:${script.sourceFunctionName} ${Math.round(script.duration)} ms`) }); }).observe({ type: "long-animation-frame", buffered: true });

  /** Resolves with the milliseconds from the next key press to the paint of a list that has another number of rows. */
  probe.keystroke = () => new Promise((resolve) => {
    const grid = document.querySelector("[role=grid]");
    const before = grid.getAttribute("aria-rowcount");
    addEventListener("keydown", (event) => {
      const look = () => (grid.getAttribute("aria-rowcount") !== before ? painted().then((at) => resolve(at - event.timeStamp)) : performance.now() - event.timeStamp > 3000 ? resolve(Number.POSITIVE_INFINITY) : setTimeout(look, 0));
      void look();
    }, { capture: true, once: true });
  });

  /** From where to where the list has rows, in pixels. */
  const reach = () => {
    const all = document.querySelectorAll("[role=grid] [role=rowgroup] > [role=row]");
    return all.length === 0 ? undefined : { from: parseFloat(all[0].style.top), to: parseFloat(all[all.length - 1].style.top) + all[0].clientHeight };
  };
  const holds = ({ from, to }) => {
    const grid = document.querySelector("[role=grid]");
    const head = grid.querySelector("[role=row]").clientHeight;
    const whole = grid.querySelector("[role=rowgroup]").clientHeight;
    return from <= Math.max(0, grid.scrollTop - head) && to >= Math.min(whole, grid.scrollTop + grid.clientHeight - head);
  };

  /** Counts frames until `stop`. */
  probe.start = () => {
    probe.frames = [];
    probe.animation = [];
    probe.longest = 0;
    probe.unfilled = 0;
    let last = performance.now();
    let drawn = reach();
    probe.running = true;
    const frame = (now) => {
      probe.frames.push(now - last);
      last = now;
      // The browser has scrolled to here already, over the rows of the frame before.
      if (drawn && !holds(drawn)) probe.unfilled++;
      drawn = reach();
      if (probe.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
  };
  probe.stop = () => {
    probe.running = false;
    return { frames: probe.frames, animation: probe.animation, longest: probe.longest, unfilled: probe.unfilled };
  };

  /** 2,000 changes of state in a second, twenty at a time, as a host that does not gather them would send them. */
  probe.burst = async (names) => {
    const begin = performance.now();
    for (let at = 0; at < 2000; at += 20) {
      for (let index = at; index < at + 20; index++) {
        const id = names[index % names.length];
        void (Math.floor(index / names.length) % 2 === 0 ? fake.client.containers.pause({ id }) : fake.client.containers.unpause({ id }));
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + (at + 20) / 2 - performance.now())));
    }
    const took = performance.now() - begin;
    void fake.client.containers.rename({ id: names[0], name: "last-event" });
    return took;
  };
})();
