import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildingOf } from "../building.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { tempDir } from "../../fixtures/exec.ts";

/** RUN: its forms, its mounts and its flags. */
export const buildRunSuite: Suite = (lab, capabilities) => {
  const { build, image, shell, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;

  it("the shell form goes through a shell, the exec form does not; lines are joined, comments between them left out", async () => {
    const dockerfile = `${from()}RUN echo "$((6 * 7))" \\\n# a comment\n  > /shell \\\n\n  && echo more >> /shell\nRUN ["sh", "-c", "echo \\"$0 $1\\" > /exec", "a b", "$HOME"]\nRUN ["touch", "/$HOME"]\n`;
    expect(await shell({ dockerfile }, "cat /shell /exec; ls -d '/$HOME'")).toBe("42\nmore\na b $HOME\n/$HOME");
  });

  it("sees environment, arguments, working folder and user; has no standard input", async () => {
    const dockerfile = `${from()}ENV A=env\nARG B=argument\nWORKDIR /work\nUSER app\nRUN echo "$A $B $(pwd) $(id -un) $HOME" > /tmp/seen; cat > /tmp/stdin; tty >> /tmp/seen; true\n`;
    const name = await image({ dockerfile });
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cat /tmp/seen; wc -c < /tmp/stdin; echo [$B]")).toBe("env argument /work app /home/app\nnot a tty\n0\n[]");
  });

  it("what the engine mounts while it runs is not in the image", async () => {
    const dockerfile = `FROM scratch\nCOPY --from=${lab().busybox} /bin /bin\nRUN test -s /etc/resolv.conf -o -e /etc/resolv.conf; test -d /proc/1 && test -c /dev/null && echo "1.2.3.4 x" >> /etc/hosts; echo done > /done\n`;
    const name = newName("bare");
    await lab().docker.ok("create", "--name", name, await image({ dockerfile }), "/bin/true");
    const files = (await lab().docker.bytes(["export", name])).toString("latin1");
    expect(files).toContain("done\n");
    expect(files).not.toContain("1.2.3.4 x");
    await lab().docker.ok("rm", name);
  });

  it("processes that it left behind end with it, and what they would write is not in the image", async () => {
    expect(await shell({ dockerfile: `${from()}RUN (sleep 30; touch /late) & touch /now\n` }, "ls /now /late 2>/dev/null || true")).toBe("/now");
  });

  it("here-documents: a script, one with an interpreter, one for another command, two files", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}ARG WHO=world\nRUN <<EOF\nset -e\necho "hello $WHO" > /a\ncd /tmp\npwd >> /a\nEOF\nRUN <<-'EOF' cat > /b\n\t$WHO stays\nEOF\nRUN <<EOF\n#!/bin/awk -f\nBEGIN { print "awk" > "/c" }\nEOF\nRUN cat <<one <<two > /d\n1\none\n2\ntwo\n`;
    expect(await shell({ dockerfile, needs: "modern" }, "cat /a /b /c /d")).toBe("hello world\n/tmp\n$WHO stays\nawk\n2");
    const failing = await build({ dockerfile: `${from()}RUN <<EOF\nset -e\nfalse\ntouch /never\nEOF\n`, needs: "modern" });
    expect(failing.code).not.toBe(0);
  });

  it("--mount=type=cache: what one build writes the next one finds, by id; the image has none of it", { skip: !can("buildkit") }, async () => {
    const id = newName("cache");
    const step = (text: string): string => `${from()}RUN --mount=type=cache,id=${id},target=/cache echo ${text} >> /cache/log && cat /cache/log > /seen\n`;
    expect(await shell({ dockerfile: step("one"), needs: "buildkit" }, "cat /seen; ls -A /cache 2>/dev/null || true")).toBe("one");
    expect(await shell({ dockerfile: step("two"), needs: "buildkit" }, "cat /seen; ls -A /cache 2>/dev/null || true")).toBe("one\ntwo");
    const other = `${from()}RUN --mount=type=cache,target=/cache ls -A /cache > /seen\nRUN --mount=type=cache,id=${id},target=/elsewhere,ro cat /elsewhere/log >> /seen; touch /elsewhere/x 2>/dev/null || echo closed >> /seen\n`;
    expect(await shell({ dockerfile: other, needs: "buildkit" }, "cat /seen")).toBe("one\ntwo\nclosed");
  });

  it("--mount=type=cache: mode, owner, first content from a stage, and sharing", { skip: !can("buildkit") }, async () => {
    const id = newName("cache");
    const dockerfile = [
      `FROM ${lab().busybox} AS seed`, "RUN mkdir /seed && echo seeded > /seed/f", `FROM ${lab().busybox}`,
      `RUN --mount=type=cache,id=${id}-a,target=/c,mode=0711,uid=1000,gid=100 stat -c '%a %u:%g' /c > /seen`,
      `RUN --mount=type=cache,id=${id}-b,target=/c,from=seed,source=/seed,sharing=locked cat /c/f >> /seen`,
      `RUN --mount=type=cache,id=${id}-b,target=/c,from=seed,source=/seed,sharing=private ls /c >> /seen`, "",
    ].join("\n");
    expect(await shell({ dockerfile, needs: "buildkit" }, "cat /seen")).toBe("711 1000:100\nseeded\nf");
  });

  it("--mount=type=bind: the context, a stage, an image; read-only unless rw, and then thrown away", { skip: !can("buildkit") }, async () => {
    const dockerfile = [
      `FROM ${lab().busybox} AS s`, "RUN mkdir /out && echo stage > /out/f", `FROM ${lab().busybox}`,
      "RUN --mount=target=/ctx cat /ctx/sub/f > /seen; touch /ctx/x 2>/dev/null || echo closed >> /seen",
      "RUN --mount=type=bind,source=sub,target=/in --mount=type=bind,from=s,source=/out,target=/stage,rw cat /in/f /stage/f >> /seen; echo changed > /stage/f && cat /stage/f >> /seen",
      "RUN --mount=from=s,source=/out/f,target=/file cat /file >> /seen",
      `RUN --mount=type=bind,from=${lab().image("library/layered")},source=/data,target=/layered cat /layered/kept >> /seen`, "",
    ].join("\n");
    expect(await shell({ dockerfile, needs: "buildkit", files: { "sub/f": "context\n" } }, "cat /seen; ls -d /ctx/* /in/* /stage/* 2>/dev/null || true")).toBe("context\nclosed\ncontext\nstage\nchanged\nstage\nreplaced");
  });

  it("--mount=type=tmpfs: empty, and nothing of it stays", { skip: !can("buildkit") }, async () => {
    const dockerfile = `${from()}RUN mkdir /t && echo below > /t/below\nRUN --mount=type=tmpfs,target=/t ls -A /t > /seen; grep -c ' /t tmpfs' /proc/mounts >> /seen; touch /t/gone\n`;
    expect(await shell({ dockerfile, needs: "buildkit" }, "cat /seen; ls /t")).toBe("1\nbelow");
  });

  it("--mount=type=tmpfs,size limits it", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}RUN --mount=type=tmpfs,target=/t,size=1m dd if=/dev/zero of=/t/f bs=64k count=64 2>/dev/null; stat -c %s /t/f > /size\n`;
    expect(Number(await shell({ dockerfile, needs: "modern" }, "cat /size"))).toBeLessThanOrEqual(1 << 20);
  });

  it("--mount=type=secret: a file, its mode and owner; absent it is skipped, or refused where it is required", { skip: !can("secrets") }, async () => {
    const secrets = { token: "s3cret-value\n" };
    const dockerfile = `${from()}RUN --mount=type=secret,id=token stat -c '%a %u:%g' /run/secrets/token > /seen; wc -c < /run/secrets/token >> /seen\nRUN --mount=type=secret,id=token,target=/etc/token,mode=0440,uid=1000,gid=100 stat -c '%a %u:%g' /etc/token >> /seen\nRUN --mount=type=secret,id=absent test -e /run/secrets/absent || echo absent >> /seen\n`;
    expect(await shell({ dockerfile, secrets, needs: "secrets" }, "cat /seen; find /run/secrets /etc/token -type f -size +0 2>/dev/null; true")).toBe("400 0:0\n13\n440 1000:100\nabsent");
    const required = await build({ dockerfile: `${from()}RUN --mount=type=secret,id=absent,required=true true\n`, secrets, needs: "secrets" });
    expect(required.code).not.toBe(0);
    expect(required.output).toContain("absent");
  });

  it("--mount=type=ssh: an agent's socket, while it runs; absent it is skipped, or refused where it is required", { skip: !can("secrets") }, async () => {
    await using dir = await tempDir("agent");
    const socket = join(dir.path, "agent.sock");
    // Nobody talks to it here: an image of busybox has no client for its protocol.
    const agent = createServer();
    await new Promise<void>((resolve) => agent.listen(socket, resolve));
    // A rootless engine is another user.
    await chmod(dir.path, 0o755);
    await chmod(socket, 0o666);
    try {
      const dockerfile = `${from()}RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && stat -c %a "$SSH_AUTH_SOCK" > /seen\nRUN --mount=type=ssh,target=/agent,mode=0666,uid=1000 test -S /agent && stat -c '%a %u' /agent >> /seen\nRUN --mount=type=ssh,id=other test -S "$SSH_AUTH_SOCK" || echo absent >> /seen\n`;
      expect(await shell({ dockerfile, ssh: { default: socket }, needs: "secrets" }, "cat /seen")).toBe("600\n666 1000\nabsent");
      const required = await build({ dockerfile: `${from()}RUN --mount=type=ssh,id=other,required=true true\n`, ssh: { default: socket }, needs: "secrets" });
      expect(required.code).not.toBe(0);
      expect(required.output).toContain("other");
    } finally {
      await new Promise((resolve) => agent.close(resolve));
    }
  });

  it("mounts that make no sense are refused with the line", { skip: !can("buildkit") }, async () => {
    for (const [mount, says] of [["type=magic,target=/x", /magic/], ["type=cache", /target/], ["type=bind,target=/x,colour=red", /colour/]] as const) {
      const refused = await build({ dockerfile: `${from()}RUN --mount=${mount} true\n`, needs: "buildkit" });
      expect(refused.code, mount).not.toBe(0);
      expect(refused.output, mount).toMatch(says);
    }
  });

  it("--network: none has a loopback alone, host has the engine's, default a way out of its own", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}RUN --network=none ls /sys/class/net > /none\nRUN --network=default ls /sys/class/net > /default\nRUN --network=host ls /sys/class/net | wc -l > /host\n`;
    expect(await shell({ dockerfile, needs: "modern" }, "cat /none /default; test $(cat /host) -gt 0 && echo host")).toMatch(/^lo\neth0\nlo\nhost$/);
    expect((await build({ dockerfile: `${from()}RUN --network=party true\n`, needs: "modern" })).code).not.toBe(0);
  });

  it("--security: sandbox is the usual, insecure must be allowed", { skip: !can("modern") }, async () => {
    expect(await shell({ dockerfile: `${from()}RUN --security=sandbox grep CapEff /proc/self/status > /caps\n`, needs: "modern" }, "cat /caps")).toMatch(/CapEff:\s+0000000[0-9a-f]+/);
    const refused = await build({ dockerfile: `${from()}RUN --security=insecure true\n`, needs: "modern" });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/insecure/);
  });

  it("RUN has the default capabilities and no more", async () => {
    const dockerfile = `${from()}RUN mount -t tmpfs none /mnt 2>/dev/null && echo mounted > /seen || echo refused > /seen; mknod /null c 1 3 && echo node >> /seen; chown 1000 /null && echo owner >> /seen; true\n`;
    const seen = await shell({ dockerfile }, "cat /seen");
    expect(seen.split("\n")[0]).toBe("refused");
    if (!capabilities.rootless) expect(seen).toBe("refused\nnode\nowner");
  });

  it("layers keep deletions, opaque folders, hard links, modes and owners that RUN makes", async () => {
    const dockerfile = [
      `FROM ${lab().image("library/layered")}`,
      "RUN rm /data/kept && rm -r /data/opaque && mkdir /data/opaque && echo new > /data/opaque/new",
      "RUN cd /data && echo x > h1 && ln h1 h2 && chmod 4711 setuid && chown 7:8 owned && rm -r becomes-dir && ln -s first becomes-dir && mkdir -m 1777 sticky", "",
    ].join("\n");
    expect(await shell({ dockerfile }, "cd /data; ls -A opaque; ls kept 2>/dev/null; stat -c '%n %a %u:%g %h' h1 h2 setuid owned sticky; readlink becomes-dir")).toBe(
      "new\nh1 644 0:0 2\nh2 644 0:0 2\nsetuid 4711 0:0 1\nowned 600 7:8 1\nsticky 1777 0:0 2\nfirst",
    );
  });
};
