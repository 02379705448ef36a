import { expect, it } from "vitest";
import { buildingOf } from "../building.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { ARCHITECTURE } from "../../fixtures/images.ts";

const OTHER = ARCHITECTURE === "arm64" ? "amd64" : "arm64";

/** FROM, and every instruction that only configures: build, then inspect or run. */
export const buildSuite: Suite = (lab, capabilities) => {
  const { build, image, shell, config, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;

  it("FROM: stages by name and by number, the last one is the image", async () => {
    const dockerfile = `${from()}RUN echo first > /first\nFROM ${lab().busybox} AS Second\nRUN echo second > /second\nFROM second\nCOPY --from=0 /first /from-first\nRUN cat /second /from-first > /both\n`;
    expect(await shell({ dockerfile }, "cat /both; ls /first 2>/dev/null || echo no first")).toBe("second\nfirst\nno first");
  });

  it("FROM: an ARG before it, with a default that a build argument replaces", async () => {
    const dockerfile = `ARG REPOSITORY\nARG TAG=no-such-tag\nFROM \${REPOSITORY}:\${TAG}\nRUN echo "[$TAG]" > /tag\n`;
    expect(await shell({ dockerfile, flags: ["--build-arg", `REPOSITORY=${lab().image("busybox")}`, "--build-arg", "TAG=1.0"] }, "cat /tag")).toBe("[]");
  });

  it("FROM: a digest, and scratch", async () => {
    const digest = (await lab().docker.ok("image", "inspect", "-f", "{{index .RepoDigests 0}}", lab().busybox)).split("@")[1]!;
    const name = await image({ dockerfile: `FROM ${lab().image("busybox")}@${digest} AS base\nFROM scratch\nCOPY --from=base /bin /bin/\nCOPY f /f\nENTRYPOINT ["/bin/cat"]\nCMD ["/f"]\n`, files: { f: "from scratch\n" } });
    expect(await lab().docker.ok("run", "--rm", name)).toBe("from scratch");
    expect(await lab().docker.ok("image", "inspect", "-f", "{{len .RootFS.Layers}} {{json .Config.Env}}", name)).toMatch(/^2 (null|\[\]|\["PATH=.*"\])$/);
  });

  it("FROM --platform: another architecture's image can be copied from and configured", async () => {
    const name = await image({ dockerfile: `FROM --platform=linux/${OTHER} ${lab().image("multi")} AS other\nFROM --platform=linux/${ARCHITECTURE} ${lab().image("multi")}\nCOPY --from=other /arch /other\n`, needs: "buildkit" });
    expect(await lab().docker.ok("run", "--rm", name, "cat", "/arch", "/other")).toBe(`${ARCHITECTURE}\n${OTHER}`);
    const foreign = await image({ dockerfile: `FROM --platform=linux/${OTHER} ${lab().image("multi")}\nLABEL a=b\n`, needs: "buildkit" });
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", foreign)).toBe(`linux/${OTHER}`);
  });

  it("FROM: what no registry has, and a stage that comes later, are refused by name", async () => {
    const missing = await build({ dockerfile: `FROM ${lab().image("no/such/image:1")}\n` });
    expect(missing.code).not.toBe(0);
    expect(missing.output).toMatch(/no\/such\/image.*(not found|unknown)/s);
    const later = await build({ dockerfile: `${from().trim()} AS first\nCOPY --from=later /x /x\n${from().trim()} AS later\nRUN echo later > /x\nFROM first\n` });
    expect(later.code).not.toBe(0);
    expect(later.output).toContain("later");
  });

  it("CMD and ENTRYPOINT: exec and shell forms; the last one counts; a new ENTRYPOINT takes the base's CMD away", async () => {
    const shellForms = await config({ dockerfile: `${from()}CMD ["first"]\nCMD echo $HOME   two\nENTRYPOINT exec top -b\n` });
    expect([shellForms.Cmd, shellForms.Entrypoint]).toEqual([["/bin/sh", "-c", "echo $HOME   two"], ["/bin/sh", "-c", "exec top -b"]]);
    const execForms = await config({ dockerfile: `${from()}ENTRYPOINT ["/bin/echo", "a b"]\nCMD [ "c", \\\n "d\\"e" ]\n` });
    expect([execForms.Cmd, execForms.Entrypoint]).toEqual([["c", 'd"e'], ["/bin/echo", "a b"]]);
    const reset = await image({ dockerfile: `${from()}ENTRYPOINT ["/bin/echo", "only"]\n` });
    expect(await lab().docker.ok("image", "inspect", "-f", "{{len .Config.Cmd}}", reset)).toBe("0");
    expect(await lab().docker.ok("run", "--rm", reset)).toBe("only");
    const notJson = await config({ dockerfile: `${from()}CMD ['single', 'quotes']\n` });
    expect(notJson.Cmd).toEqual(["/bin/sh", "-c", "['single', 'quotes']"]);
  });

  it("LABEL: several, quoted, replaced; --label comes last", async () => {
    const { Labels } = await config({ dockerfile: `${from()}LABEL a=1 b="two words" "c d"=e\\ f\nLABEL a=2 g="line \\\ncontinued"\nLABEL h=\n`, flags: ["--label", "b=from the command", "--label", "i"] });
    expect(Labels).toEqual({ a: "2", b: "from the command", "c d": "e f", g: "line continued", h: "", i: "" });
  });

  it("EXPOSE: ports, protocols, ranges and variables", async () => {
    const { ExposedPorts } = await config({ dockerfile: `${from()}ENV PORT=8080\nEXPOSE 80 53/udp \${PORT}/tcp\nEXPOSE 9000-9002 80/tcp\n` });
    expect(Object.keys(ExposedPorts ?? {}).sort()).toEqual(["53/udp", "80/tcp", "8080/tcp", "9000/tcp", "9001/tcp", "9002/tcp"]);
    const bad = await build({ dockerfile: `${from()}EXPOSE many\n` });
    expect(bad.code).not.toBe(0);
    expect(bad.output).toContain("many");
  });

  it("ENV: pairs, the old form, replacement in place, values for later steps", async () => {
    const name = await image({ dockerfile: `${from()}ENV A=1 B="two words" C=three\\ words\nENV OLD the rest of  the line\nENV A=changed D=$B\nRUN echo "$A|$B|$C|$OLD|$D" > /env\n` });
    const { Env } = await lab().docker.inspect<{ Config: { Env: string[] } }>(name, "image").then(({ Config }) => Config);
    expect(Env.slice(1)).toEqual(["A=changed", "B=two words", "C=three words", "OLD=the rest of  the line", "D=two words"]);
    expect(await lab().docker.ok("run", "--rm", name, "cat", "/env")).toBe("changed|two words|three words|the rest of  the line|two words");
  });

  it("VOLUME: JSON and plain; a container's volume begins with what the image has there", async () => {
    const name = await image({ dockerfile: `${from()}RUN mkdir /data && echo seed > /data/seed\nVOLUME ["/data", "/with space"]\nVOLUME /a /b\n` });
    expect(await lab().docker.ok("image", "inspect", "-f", "{{json .Config.Volumes}}", name)).toBe('{"/a":{},"/b":{},"/data":{},"/with space":{}}');
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cat /data/seed; mount | grep -c ' on /data '")).toBe("seed\n1");
  });

  it("VOLUME: what a later step writes there is kept", { skip: !capabilities.current }, async () => {
    expect(await shell({ dockerfile: `${from()}RUN mkdir /data\nVOLUME /data\nRUN echo later > /data/later\n` }, "cat /data/later")).toBe("later");
  });

  it("USER: a name, an id with a group; RUN and containers run as it", async () => {
    const dockerfile = `${from()}RUN id -u > /tmp/a\nUSER app\nRUN id -un > /tmp/b; echo $HOME >> /tmp/b; cat /etc/shadow 2>/dev/null || echo closed >> /tmp/b\nUSER 4242:100\nRUN id -u > /tmp/c; id -g >> /tmp/c\n`;
    const name = await image({ dockerfile });
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cat /tmp/a /tmp/b /tmp/c; id -u")).toBe("0\napp\n/home/app\nclosed\n4242\n100\n4242");
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Config.User}}", name)).toBe("4242:100");
    const unknown = await build({ dockerfile: `${from()}USER nobody-here\nRUN true\n` });
    expect(unknown.code).not.toBe(0);
    expect(unknown.output).toContain("nobody-here");
  });

  it("WORKDIR: is made, is relative to the one before", async () => {
    const dockerfile = `${from()}ENV SUB=deep\nWORKDIR /work\nUSER app\nWORKDIR "$SUB/er"\nRUN pwd > /tmp/pwd\nCOPY f .\n`;
    const name = await image({ dockerfile, files: { f: "" } });
    // BuildKit gives it to the user of the moment, the classic builder to root.
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cat /tmp/pwd; pwd; ls; stat -c '%U %a' /work /work/deep /work/deep/er")).toBe(`/work/deep/er\n/work/deep/er\nf\nroot 755\n${capabilities.current ? "app 755\napp 755" : "root 755\nroot 755"}`);
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Config.WorkingDir}}", name)).toBe("/work/deep/er");
  });

  it("ONBUILD: triggers run in the image that stands on it, once, before its own steps", async () => {
    const { docker } = lab();
    const base = await image({ dockerfile: `${from()}ONBUILD COPY f /f\nONBUILD RUN cat /f > /seen\nONBUILD ENV FROM_BASE=yes\nONBUILD WORKDIR /there\n` });
    expect(await docker.ok("image", "inspect", "-f", "{{json .Config.OnBuild}}", base)).toBe('["COPY f /f","RUN cat /f > /seen","ENV FROM_BASE=yes","WORKDIR /there"]');
    const child = await image({ dockerfile: `FROM ${base}\nRUN echo "$(pwd) $FROM_BASE $(cat /seen)" > own\n`, files: { f: "trigger" } });
    expect(await docker.ok("run", "--rm", child, "cat", "/there/own")).toBe("/there yes trigger");
    expect(await docker.ok("image", "inspect", "-f", "{{len .Config.OnBuild}}", child)).toBe("0");
    expect(await shell({ dockerfile: `FROM ${child}\nRUN ls / > /again\n` }, "cat /there/own")).toBe("/there yes trigger");
    const without = await build({ dockerfile: `FROM ${base}\nLABEL a=b\n`, files: { g: "" } });
    expect(without.code).not.toBe(0);
    expect(without.output).toMatch(/f.*(not found|no such file|not exist)|not found.*f/s);
  });

  it("ONBUILD of FROM, MAINTAINER and ONBUILD is refused", async () => {
    for (const [trigger, says] of [["FROM x", /FROM/], ["MAINTAINER x", /MAINTAINER/], ["ONBUILD RUN x", /ONBUILD ONBUILD|[Cc]haining ONBUILD/]] as const) {
      const refused = await build({ dockerfile: `${from()}ONBUILD ${trigger}\n` });
      expect(refused.code, trigger).not.toBe(0);
      expect(refused.output, trigger).toMatch(says);
    }
  });

  it("STOPSIGNAL: a name, a number, a variable; nonsense is refused", async () => {
    expect((await config({ dockerfile: `${from()}STOPSIGNAL SIGQUIT\n` })).StopSignal).toBe("SIGQUIT");
    expect((await config({ dockerfile: `${from()}ENV S=12\nSTOPSIGNAL $S\n` })).StopSignal).toBe("12");
    const nonsense = await build({ dockerfile: `${from()}STOPSIGNAL SIGNONSENSE\n` });
    expect(nonsense.code).not.toBe(0);
    expect(nonsense.output).toContain("SIGNONSENSE");
  });

  it("HEALTHCHECK: options, both forms, NONE", async () => {
    const second = 1_000_000_000;
    const full = await config({ dockerfile: `${from()}HEALTHCHECK --interval=1m30s --timeout=5s --start-period=2s --retries=4 \\\n  CMD test -e /ok || exit 1\n` });
    expect(full.Healthcheck).toEqual({ Test: ["CMD-SHELL", "test -e /ok || exit 1"], Interval: 90 * second, Timeout: 5 * second, StartPeriod: 2 * second, Retries: 4 });
    expect((await config({ dockerfile: `${from()}HEALTHCHECK CMD ["test", "-e", "/ok"]\n` })).Healthcheck).toEqual({ Test: ["CMD", "test", "-e", "/ok"] });
    expect((await config({ dockerfile: `FROM ${lab().image("configured")}\nHEALTHCHECK NONE\n` })).Healthcheck).toMatchObject({ Test: ["NONE"] });
    for (const bad of ["--interval=soon CMD x", "--retries=-1 CMD x", "SOMETIMES"]) expect((await build({ dockerfile: `${from()}HEALTHCHECK ${bad}\n` })).code, bad).not.toBe(0);
  });

  it("HEALTHCHECK --start-interval", { skip: !can("modern") }, async () => {
    expect((await config({ dockerfile: `${from()}HEALTHCHECK --start-period=10s --start-interval=500ms CMD true\n`, needs: "modern" })).Healthcheck).toMatchObject({ StartPeriod: 10_000_000_000, StartInterval: 500_000_000 });
  });

  it("SHELL: RUN, CMD and ENTRYPOINT take it, from there on", async () => {
    const dockerfile = `${from()}RUN echo "$0" > /before\nSHELL ["/bin/ash", "-eux", "-c"]\nRUN false | true; echo "$0" > /after\nCMD echo $0\n`;
    const name = await image({ dockerfile });
    expect(await lab().docker.ok("run", "--rm", name, "cat", "/before", "/after")).toBe("/bin/sh\n/bin/ash");
    expect(await lab().docker.ok("image", "inspect", "-f", "{{json .Config.Shell}} {{json .Config.Cmd}}", name)).toBe('["/bin/ash","-eux","-c"] ["/bin/ash","-eux","-c","echo $0"]');
    const plain = await build({ dockerfile: `${from()}SHELL /bin/ash -c\n` });
    expect(plain.code).not.toBe(0);
    expect(plain.output).toMatch(/SHELL requires the arguments to be in JSON form/);
  });

  it("MAINTAINER: the author", async () => {
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Author}}", await image({ dockerfile: `${from()}MAINTAINER Some One <some@one.example>\n` }))).toBe("Some One <some@one.example>");
  });

  it("the history names every step, newest first, with the sizes of layers", async () => {
    const name = await image({ dockerfile: `${from()}RUN echo 12345 > /five\nENV A=b\nCOPY f /f\nCMD ["x"]\n`, files: { f: "x".repeat(100) } });
    const rows = (await lab().docker.ok("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", name)).split("\n");
    expect(rows.slice(0, 4)).toEqual([expect.stringMatching(/^0 .*CMD \["x"\]/), expect.stringMatching(/^100 .*COPY .*f/), expect.stringMatching(/^0 .*ENV A=b/), expect.stringMatching(/^6 .*echo 12345 > \/five/)] as string[]);
    expect(rows).toHaveLength(5);
    const { Size, Parent } = await lab().docker.inspect<{ Size: number; Parent: string }>(name, "image");
    expect([Size > 106, typeof Parent]).toEqual([true, "string"]);
  });

  it("the image is tagged, listed and dated now", async () => {
    const { docker } = lab();
    const before = Date.now() - 5000;
    const [one, two] = [newName("tag"), newName("tag")];
    const name = await image({ dockerfile: `${from()}RUN echo ${one} > /x\n`, flags: ["-t", `${one}:a`, "-t", `registry.example:5000/${two}`] });
    const { Created, RepoTags, Id } = await docker.inspect<{ Created: string; RepoTags: string[]; Id: string }>(name, "image");
    expect(RepoTags.sort()).toEqual([`${name}:latest`, `registry.example:5000/${two}:latest`, `${one}:a`].sort());
    expect(Date.parse(Created)).toBeGreaterThan(before);
    expect(await docker.ok("images", "-q", "--no-trunc", `${one}:a`)).toBe(Id);
  });
};
