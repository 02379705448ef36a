import { describe, expect, test } from "vitest";
import { AMD64, PATH, history, lastStep, program, run } from "./testing/planning.ts";

const SH = ["/bin/sh", "-c"];

describe("the command", () => {
  test.each<[string, readonly string[]]>([
    ["RUN make  all $A", [...SH, "make  all $A"]], ["RUN a \\\n  b", [...SH, "a   b"]], ['RUN ["a", "$b"]', ["a", "$b"]], ['RUN ["a]', [...SH, '["a]']],
    ['SHELL ["/bin/bash", "-eux", "-c"]\nRUN a', ["/bin/bash", "-eux", "-c", "a"]], ['SHELL ["x"]\nRUN ["a"]', ["a"]],
    ["RUN <<EOF\na\n$b\nEOF", [...SH, "a\n$b\n"]], ["RUN <<-'EOF'\n\ta\n\tEOF", [...SH, "a\n"]], ["RUN cat <<A <<B\n1\nA\n2\nB", [...SH, "cat <<A <<B\n1\nA\n2\nB"]], ["RUN <<EOF python\nx\nEOF", [...SH, "<<EOF python\nx\nEOF"]],
    ["RUN python <<-EOF\n\tx\n\tEOF", [...SH, "python <<-EOF\n\tx\nEOF"]], ["RUN <<#\n#\n", [...SH, ""]],
  ])("%j", (instructions, args) => expect(run(`FROM x\n${instructions}`)).toMatchObject({ args, files: [] }));

  test("a heredoc that begins with #! is a program of its own", () => {
    expect(run("FROM x\nRUN <<EOF\n#!/usr/bin/env python\nprint(1)\nEOF")).toMatchObject({ args: [...SH, "/dev/pipes/EOF"], files: [{ path: "/dev/pipes/EOF", content: "#!/usr/bin/env python\nprint(1)\n" }] });
    expect(run("FROM x\nRUN <<../../etc/x\n#!/a\n../../etc/x").files).toEqual([{ path: "/dev/pipes/x", content: "#!/a\n" }]);
    expect(run("FROM x\nRUN sh <<EOF\n#!/a\nEOF").files).toEqual([]);
  });

  test.each([
    ["RUN a", "RUN /bin/sh -c a"], ['RUN ["a", "b c"]', "RUN a b c"], ["ARG A=1 B\nRUN a", "RUN |2 A=1 B= /bin/sh -c a"], ["ARG A=1\nENV A=2\nRUN a", "RUN |1 A=2 /bin/sh -c a"], ["ARG A=1\nARG B=2\nARG A=3\nRUN a", "RUN |2 A=3 B=2 /bin/sh -c a"],
    ["RUN --mount=type=tmpfs,target=/x --network=none a", "RUN /bin/sh -c a"], ["RUN <<EOF\na\nEOF", "RUN /bin/sh -c a\n"],
  ])("%j is %j in the history", (instructions, createdBy) => expect(history(`FROM x\n${instructions}`).at(-1)).toBe(createdBy));
});

describe("surroundings", () => {
  test("of the image, of ARG, in the order they were set", () => {
    expect(run("FROM x\nARG V=1 W\nENV A=2\nARG V=3\nRUN x", { base: { Env: ["B=1", "PATH=/p"], User: "u", WorkingDir: "/w" } })).toMatchObject({ env: ["B=1", "PATH=/p", "A=2", "V=3"], user: "u", cwd: "/w", uncachedEnv: [] });
    expect(run("FROM x\nRUN x")).toMatchObject({ env: [PATH], user: "", cwd: "/", network: undefined, security: "sandbox" });
    expect(run("FROM scratch\nWORKDIR /a/./b/..\nUSER 1:2\nRUN x")).toMatchObject({ cwd: "/a", user: "1:2" });
  });
  test("all declared arguments count, whatever the command reads", () => expect(lastStep("FROM x\nARG A=1 B\nENV A=2\nRUN true").arguments).toEqual({ A: "2", B: "" }));
  test("arguments of scanners reach no process", () => expect(run("FROM x\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN x").env).toEqual([PATH]));

  test("proxies come in capitals and small letters, and count only where an ARG names them", () => {
    const args = { HTTP_PROXY: "h", no_proxy: "n", https_proxy: "s", HTTPS_PROXY: "S", Ftp_Proxy: "f", OTHER: "o" };
    const operation = run("FROM x\nENV http_proxy=mine\nRUN x", { args });
    expect(operation.env).toEqual([PATH, "HTTP_PROXY=h", "http_proxy=h", "HTTPS_PROXY=s", "https_proxy=s", "FTP_PROXY=f", "ftp_proxy=f", "NO_PROXY=n", "no_proxy=n"]);
    expect(operation.uncachedEnv).toEqual(["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy"]);
    expect(history("FROM x\nRUN x", { args })).toEqual(["RUN /bin/sh -c x"]);
    const declared = lastStep("FROM x\nARG HTTP_PROXY\nRUN x", { args: { HTTP_PROXY: "h" } });
    expect(declared).toMatchObject({ createdBy: "RUN |1 HTTP_PROXY=h /bin/sh -c x", operation: { uncachedEnv: ["http_proxy"] } });
  });

  test("network and security", () => {
    expect(run("FROM x\nRUN --network=host --security=sandbox x")).toMatchObject({ network: "host", security: "sandbox" });
    expect(run("FROM x\nARG N=none\nRUN --network=$N x")).toMatchObject({ network: "none" });
    expect(run("FROM x\nRUN --security=insecure x", { allowInsecure: true })).toMatchObject({ security: "insecure" });
  });
});

describe("mounts", () => {
  const mounts = (text: string, args = {}): unknown => run(`FROM t AS tools\nFROM x\nWORKDIR /w\n${text}`, { args }).mounts;
  const owner = { uid: 0, gid: 0 };
  test.each<[string, object]>([
    ["target=/a", { type: "bind", from: { type: "context" }, source: "/", target: "/a", readWrite: false }],
    ["type=bind,source=../s,dst=a/../b,rw", { type: "bind", from: { type: "context" }, source: "/s", target: "/w/b", readWrite: true }],
    ["from=tools,source=/bin,target=/a", { type: "bind", from: { type: "stage", index: 0 }, source: "/bin", target: "/a", readWrite: false }],
    ["from=0,target=/a", { type: "bind", from: { type: "stage", index: 0 }, source: "/", target: "/a", readWrite: false }],
    ["from=img:1,target=/a", { type: "bind", from: { type: "image", reference: "img:1", platform: AMD64 }, source: "/", target: "/a", readWrite: false }],
    ["from=scratch,target=/a", { type: "tmpfs", target: "/a", size: undefined }],
    ["type=cache,target=/root/.cache/", { type: "cache", id: "/root/.cache", target: "/root/.cache", readOnly: false, sharing: "shared", from: undefined, source: "/", mode: 0o755, ...owner }],
    ["type=cache,id=i,sharing=locked,target=c,from=tools,source=/s,mode=0700,uid=1,gid=2,ro", { type: "cache", id: "i", target: "/w/c", readOnly: true, sharing: "locked", from: { type: "stage", index: 0 }, source: "/s", mode: 0o700, uid: 1, gid: 2 }],
    ["type=cache,from=scratch,target=/c", { type: "cache", id: "/c", target: "/c", readOnly: false, sharing: "shared", from: undefined, source: "/", mode: 0o755, ...owner }],
    ["type=tmpfs,target=/t,size=1m", { type: "tmpfs", target: "/t", size: 1 << 20 }],
    ["type=secret,id=s", { type: "secret", id: "s", target: "/run/secrets/s", env: undefined, required: false, mode: 0o400, ...owner }],
    ["type=secret,id=s,target=s.txt,required", { type: "secret", id: "s", target: "/w/s.txt", env: undefined, required: true, mode: 0o400, ...owner }],
    ["type=secret,id=s,env=S", { type: "secret", id: "s", target: undefined, env: "S", required: false, mode: 0o400, ...owner }],
    ["type=ssh", { type: "ssh", id: "default", target: "/run/buildkit/ssh_agent.0", required: false, mode: 0o600, ...owner }],
  ])("%s", (value, expected) => expect(mounts(`RUN --mount=${value} x`)).toEqual([expected]));
  test("values are expanded each by itself", () => {
    expect(mounts("ARG P='/a,b' I=q\nRUN --mount=type=cache,target=$P,id=${I}x x")).toEqual([expect.objectContaining({ target: "/a,b", id: "qx" })]);
    expect(mounts("ARG T=cache\nRUN --mount=type=$T,target=/a x", { T: "tmpfs" })).toEqual([{ type: "tmpfs", target: "/a", size: undefined }]);
  });
  test("agents without a target are numbered", () => expect(mounts("RUN --mount=type=ssh --mount=type=tmpfs,target=/t --mount=type=ssh,target=/x --mount=type=ssh,id=b x")).toMatchObject([{ target: "/run/buildkit/ssh_agent.0" }, {}, { target: "/x" }, { target: "/run/buildkit/ssh_agent.2" }]));
  test("caches can have a namespace", () => expect(mounts("RUN --mount=type=cache,target=/c x", { BUILDKIT_CACHE_MOUNT_NS: "ns" })).toMatchObject([{ id: "ns//c" }]));
  test("arguments of mounts count", () => expect(program("FROM x\nRUN --mount=target=/m$U x").stages[0]!.plan({ ...AMD64, rootfs: { type: "layers", diff_ids: [] } }).steps[0]!.unset).toEqual(["U"]));
});
