import { expect, it } from "vitest";
import { api } from "../../fixtures/api.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

interface Span { readonly Step: string; readonly At: number; readonly Milliseconds: number | null; readonly Failed: boolean }
interface Start {
  readonly StartedAt: string;
  readonly ByPolicy: boolean;
  readonly Outcome: string;
  readonly Milliseconds: number;
  readonly Error: string;
  readonly Spans: readonly Span[];
  readonly Health: { readonly Status: string; readonly Milliseconds: number | null } | null;
  readonly Ended: { readonly ExitCode: number; readonly Milliseconds: number } | null;
}

/** `/slipway/containers/NAME/starts`. */
export const slipwayStartsSuite: Suite = (lab) => {
  const starts = async (name: string): Promise<Start[]> => JSON.parse((await api(lab().engine.socket, "GET", `/slipway/containers/${name}/starts`)).body) as Start[];
  const steps = ({ Spans }: Start): string[] => Spans.map(({ Step }) => Step);
  const PLAIN = ["create", "files", "log", "mount", "network", "resolve", "start", "wait"];

  it("measures each step of each start, the newest first", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox, "sleep", "1000");
    expect(await starts(name)).toEqual([]);
    const before = performance.now();
    await docker.ok("start", name);
    const elapsed = performance.now() - before;
    const [first] = await starts(name);
    expect(steps(first!).toSorted()).toEqual(PLAIN);
    expect(first).toMatchObject({ Outcome: "running", ByPolicy: false, Error: "", Health: null, Ended: null });
    // The steps lie within the start, and the start within the command.
    expect(first!.Milliseconds).toBeLessThan(elapsed);
    for (const { At, Milliseconds } of first!.Spans) {
      expect(Milliseconds).toBeGreaterThanOrEqual(0);
      expect(At + Milliseconds!).toBeLessThanOrEqual(first!.Milliseconds + 0.02);
    }
    const span = (step: string): Span => first!.Spans.find(({ Step }) => Step === step)!;
    const end = ({ At, Milliseconds }: Span): number => At + Milliseconds!;
    expect(span("create").At).toBeGreaterThanOrEqual(Math.max(end(span("network")), end(span("mount"))) - 0.02);
    expect(span("start").At).toBeGreaterThanOrEqual(end(span("create")) - 0.02);
    expect(span("create").Milliseconds).toBeGreaterThan(1);
    for (let count = 0; count < 6; count++) await docker.ok("restart", "-t", "0", name);
    const all = await starts(name);
    expect(all).toHaveLength(5);
    expect(all.map(({ StartedAt }) => StartedAt)).toEqual(all.map(({ StartedAt }) => StartedAt).toSorted().toReversed());
    expect(all[1]).toMatchObject({ Ended: { ExitCode: 137 } });
    await docker.ok("rm", "-f", name);
    expect((await api(lab().engine.socket, "GET", `/slipway/containers/${name}/starts`)).status).toBe(404);
  });

  it("counts the clients that wait for output, and says how a run ended", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    expect((await docker.run(["run", "--name", name, busybox, "sh", "-c", "sleep 0.3; exit 7"])).code).toBe(7);
    const [start] = await starts(name);
    expect(steps(start!)).toContain("attach");
    expect(start!.Ended).toMatchObject({ ExitCode: 7 });
    expect(start!.Ended!.Milliseconds).toBeGreaterThan(300);
    await docker.ok("rm", name);
  });

  it("tells where a start stopped, and why", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox, "no-such-program");
    expect((await docker.run(["start", name])).code).not.toBe(0);
    const [missing] = await starts(name);
    expect(missing).toMatchObject({ Outcome: "failed", Error: expect.stringContaining("no-such-program") as string, Ended: null });
    expect(missing!.Spans.filter(({ Failed }) => Failed).map(({ Step }) => Step)).toEqual(["create"]);
    await docker.ok("rm", name);
    const network = newName("net");
    await docker.ok("network", "create", network);
    await docker.ok("create", "--name", name, "--network", network, busybox, "true");
    await docker.ok("network", "rm", network);
    expect((await docker.run(["start", name])).code).not.toBe(0);
    const [lost] = await starts(name);
    expect(lost!.Error).toContain(network);
    expect(lost!.Spans.filter(({ Failed }) => Failed).map(({ Step }) => Step)).toEqual(["resolve"]);
    await docker.ok("rm", name);
  });

  it("tells when the container was healthy, and which starts were the policy's", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, "--health-cmd", "test -e /ready", "--health-interval", "100ms", "--health-retries", "100", busybox, "sh", "-c", "sleep 0.5; touch /ready; sleep 1000");
    expect((await starts(name))[0]!.Health).not.toBeNull();
    await expect.poll(async () => (await starts(name))[0]!.Health).toMatchObject({ Status: "healthy" });
    const [{ Health, Milliseconds }] = (await starts(name)) as [Start];
    expect(Health!.Milliseconds).toBeGreaterThan(Milliseconds + 400);
    await docker.ok("rm", "-f", name);
    await docker.ok("run", "-d", "--name", name, "--restart", "on-failure:1", busybox, "sh", "-c", "exit 3");
    await expect.poll(async () => (await starts(name)).map(({ ByPolicy, Ended }) => [ByPolicy, Ended?.ExitCode])).toEqual([[true, 3], [false, 3]]);
    await docker.ok("rm", "-f", name);
  });
};
