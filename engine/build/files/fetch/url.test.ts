import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileNameOf } from "./file-name.ts";
import { UrlFetcher } from "./url.ts";
import type { UrlFetcherOptions } from "./url.ts";

let scratch: string;
let server: Server;
let base: string;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const fetchers: UrlFetcher[] = [];
let count = 0;

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "slipway-url-"));
  requests = [];
  answer = (_request, response) => void response.end("content");
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const fetcher of fetchers.splice(0)) fetcher.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  rmSync(scratch, { recursive: true, force: true });
});

function fetcher(options: Partial<UrlFetcherOptions> = {}): UrlFetcher {
  const made = new UrlFetcher({ cacheDirectory: join(scratch, "cache"), transport: { stallTimeoutMs: 300 }, ...options });
  fetchers.push(made);
  return made;
}

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const out = (): string => join(scratch, `out${count++}`);
const kept = (): string[] => (existsSync(join(scratch, "cache")) ? readdirSync(join(scratch, "cache")) : []);

test("puts the file where it is wanted, private, with the server's time", async () => {
  answer = (_request, response) => void response.writeHead(200, { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" }).end("content");
  const directory = out();
  expect(await fetcher().fetch({ url: `${base}/a/my%20file.txt?x=1` }, directory)).toEqual({ name: "my file.txt", digest: digestOf("content"), size: 7 });
  expect(readFileSync(join(directory, "my file.txt"), "utf8")).toBe("content");
  expect(lstatSync(join(directory, "my file.txt"))).toMatchObject({ mode: 0o100600, mtimeMs: Date.UTC(2015, 9, 21, 7, 28) });
  answer = (_request, response) => void response.end("x");
  await fetcher().fetch({ url: `${base}/undated` }, directory);
  expect(lstatSync(join(directory, "undated")).mtimeMs).toBe(0);
});

describe("kept files", () => {
  test("are asked for by their tag, and not sent again", async () => {
    answer = (request, response) => void (request.headers["if-none-match"] === '"v1"' ? response.writeHead(304).end() : response.writeHead(200, { etag: '"v1"' }).end("content"));
    for (let round = 0; round < 3; round++) {
      const directory = out();
      await fetcher().fetch({ url: `${base}/f` }, directory);
      expect(readFileSync(join(directory, "f"), "utf8")).toBe("content");
    }
    expect(requests.map((request) => request.headers["if-none-match"])).toEqual([undefined, '"v1"', '"v1"']);
  });

  test("by their time where there is no tag, and replaced when they changed", async () => {
    let [text, time] = ["one", "Wed, 21 Oct 2015 07:28:00 GMT"];
    answer = (request, response) => void (request.headers["if-modified-since"] === time ? response.writeHead(304).end() : response.writeHead(200, { "last-modified": time }).end(text));
    const read = async (): Promise<string> => {
      const directory = out();
      await fetcher().fetch({ url: `${base}/f` }, directory);
      return readFileSync(join(directory, "f"), "utf8");
    };
    expect([await read(), await read()]).toEqual(["one", "one"]);
    [text, time] = ["two", "Thu, 22 Oct 2015 07:28:00 GMT"];
    expect([await read(), await read()]).toEqual(["two", "two"]);
    expect(kept()).toHaveLength(2);
  });

  test("an equal tag in a whole answer is enough", async () => {
    answer = (_request, response) => void response.writeHead(200, { etag: requests.length === 1 ? 'W/"t"' : '"t"' }).end(requests.length === 1 ? "first" : "other bytes");
    await fetcher().fetch({ url: `${base}/f` }, out());
    const directory = out();
    await fetcher().fetch({ url: `${base}/f` }, directory);
    expect(readFileSync(join(directory, "f"), "utf8")).toBe("first");
  });

  test("with the wanted checksum need no server", async () => {
    await fetcher().fetch({ url: `${base}/f` }, out());
    await fetcher().fetch({ url: `${base}/f`, checksum: digestOf("content") }, out());
    expect(requests).toHaveLength(1);
  });

  test("that are damaged are fetched anew; what a crash left goes", async () => {
    answer = (_request, response) => void response.writeHead(200, { etag: '"v"' }).end("content");
    await fetcher().fetch({ url: `${base}/f` }, out());
    const [data] = kept().filter((name) => name.endsWith(".data"));
    writeFileSync(join(scratch, "cache", data!), "cut");
    writeFileSync(join(scratch, "cache/x.json"), "{");
    writeFileSync(join(scratch, "cache/y-1.data"), "orphan");
    await fetcher().recover();
    expect(kept()).toEqual([]);
    const directory = out();
    await fetcher().fetch({ url: `${base}/f` }, directory);
    expect(readFileSync(join(directory, "f"), "utf8")).toBe("content");
    await fetcher().recover();
    expect(kept()).toHaveLength(2);
  });

  test("are limited: what was used longest ago goes", async () => {
    const small = fetcher({ maxCacheBytes: 20 });
    for (const name of ["a", "b"]) await small.fetch({ url: `${base}/${name}` }, out());
    await new Promise((resolve) => setTimeout(resolve, 20));
    await small.fetch({ url: `${base}/a`, checksum: digestOf("content") }, out());
    await small.fetch({ url: `${base}/c` }, out());
    const before = requests.length;
    await small.fetch({ url: `${base}/a`, checksum: digestOf("content") }, out());
    expect(requests.length).toBe(before);
    expect(kept()).toHaveLength(4);
  });
});

test("a checksum that is not the file's is an error, and nothing is kept", async () => {
  const wrong = digestOf("other");
  await expect(fetcher().fetch({ url: `${base}/f`, checksum: wrong }, out())).rejects.toMatchObject({ code: "dataLoss", message: expect.stringContaining(`digest mismatch for ${base}/f: ${digestOf("content")} (expected: ${wrong})`) as string });
  expect(kept()).toEqual([]);
  await expect(fetcher().fetch({ url: `${base}/f`, checksum: "md5:1" }, out())).rejects.toMatchObject({ code: "invalidArgument" });
});

test("redirects are followed, a bounded number of times", async () => {
  answer = (request, response) => void (request.url === "/to" ? response.end("there") : response.writeHead(302, { location: request.url === "/from" ? "/to" : "/again" }).end());
  const directory = out();
  expect(await fetcher().fetch({ url: `${base}/from` }, directory)).toMatchObject({ name: "from", size: 5 });
  await expect(fetcher().fetch({ url: `${base}/again` }, out())).rejects.toMatchObject({ code: "unavailable", message: expect.stringMatching(/^cannot fetch http.*redirects in circles/) as string });
});

test("credentials of the address go to its host, and into no message", async () => {
  answer = (_request, response) => void response.writeHead(403).end();
  const url = base.replace("http://", "http://me:se%20cret@");
  const error = await fetcher().fetch({ url: `${url}/f` }, out()).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: "unauthorized", message: expect.not.stringMatching(/se.*cret/) as string });
  expect(requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from("me:se cret").toString("base64")}`);
});

test.each([[404, "notFound"], [401, "unauthorized"], [400, "unavailable"]])("status %d is %s", async (status, code) => {
  answer = (_request, response) => void response.writeHead(status).end("x".repeat(100_000));
  await expect(fetcher().fetch({ url: `${base}/f` }, out())).rejects.toMatchObject({ code, message: `cannot fetch ${base}/f: the server answered with status ${status}${code === "notFound" ? " (not found)" : code === "unauthorized" ? ": it wants credentials or refuses ours" : ""}` });
  expect(requests).toHaveLength(1);
});

test("what may pass is tried again", async () => {
  answer = (_request, response) => void (requests.length < 3 ? response.writeHead(503).end() : response.end("content"));
  await expect(fetcher().fetch({ url: `${base}/f` }, out())).resolves.toMatchObject({ size: 7 });
  expect(requests).toHaveLength(3);
});

test("size limits, told and untold", async () => {
  answer = (_request, response) => void response.end("content");
  await expect(fetcher({ maxBytes: 6 }).fetch({ url: `${base}/f` }, out())).rejects.toMatchObject({ code: "resourceExhausted" });
  answer = (_request, response) => {
    response.write("con");
    response.end("tent");
  };
  await expect(fetcher({ maxBytes: 6 }).fetch({ url: `${base}/f` }, out())).rejects.toMatchObject({ code: "resourceExhausted" });
  expect(kept()).toEqual([]);
});

test("a server that keeps silent, one that hangs up, and none at all", async () => {
  answer = () => undefined;
  await expect(fetcher().fetch({ url: `${base}/f` }, out())).rejects.toMatchObject({ code: "deadlineExceeded", message: expect.stringMatching(/^cannot fetch .*127\.0\.0\.1:\d+ sent nothing/) as string });
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("part");
    setTimeout(() => response.destroy(), 20);
  };
  await expect(fetcher().fetch({ url: `${base}/f` }, out())).rejects.toMatchObject({ code: "unavailable" });
  await expect(fetcher().fetch({ url: "http://127.0.0.1:1/f" }, out())).rejects.toMatchObject({ code: "unavailable", message: "cannot fetch http://127.0.0.1:1/f: cannot reach 127.0.0.1:1: connection refused: nothing listens there; check the port and that the server runs" });
  expect(kept()).toEqual([]);
});

test("no address, another scheme, an aborted signal", async () => {
  for (const url of ["", "file:///etc/passwd", "ftp://host/x", "http://", "nonsense"]) await expect(fetcher().fetch({ url }, out()), url).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(fetcher().fetch({ url: `${base}/f` }, out(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  const controller = new AbortController();
  answer = (_request, response) => {
    response.write("part");
    controller.abort();
  };
  await expect(fetcher().fetch({ url: `${base}/f` }, out(), { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(kept()).toEqual([]);
});

test.each([
  ["http://h/a/b.tar.gz?x#y", undefined, "b.tar.gz"], ["http://h/a/", 'attachment; filename="c d.txt"', "c d.txt"], ["http://h/", "attachment; filename=e.txt; x=y", "e.txt"],
  ["http://h/", `attachment; filename="no"; filename*=UTF-8''f%C3%BC.txt`, "f\u00fc.txt"], ["http://h/", 'attachment; filename="../../etc/passwd"', "passwd"], ["http://h/", 'attachment; filename=".."', "__unnamed__"],
  ["http://h/", undefined, "__unnamed__"], ["http://h/%2e%2e%2fx", undefined, "x"], ["http://h/a%00b", undefined, "__unnamed__"], ["http://h/%ff", undefined, "%ff"], [`http://h/${"n".repeat(300)}`, undefined, "__unnamed__"],
])("the file of %s with %s is called %s", (url, disposition, name) => {
  expect(fileNameOf(new URL(url), disposition)).toBe(name);
});
