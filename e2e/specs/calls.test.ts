/** The engine's calls, live: what the docker CLI asks beside the window, looked at, narrowed down, and made again with curl. With real clicks. */
import { beforeAll, expect, it } from "vitest";
import { api } from "../fixtures/api.ts";
import { must, waitFor } from "../fixtures/exec.ts";
import { journeys } from "../harness/journeys.ts";
import { CallsPage } from "../pages/calls-page.ts";

const CANARY = `canary-${process.pid}`;

journeys("calls", "calls", (stage) => {
  let calls: CallsPage;

  beforeAll(async () => {
    await stage.docker("pull", "-q", stage.image);
    await stage.open();
    calls = new CallsPage(stage.page);
  });

  it("shows what the docker CLI asks as it asks it, and the window's own calls when they are wanted", async () => {
    await calls.open();
    await stage.docker("ps", "-a");
    await calls.says("GET /containers/json", /Docker-Client.*200/);
    expect(await calls.rows(/./).filter({ hasText: "this window" }).count()).toBe(0);
    await calls.filter("Client", "All clients");
    await calls.says("GET /events", "this window");
    await calls.filter("Client", "Other clients");
    await calls.gone("GET /slipway/requests");
  });

  it("shows headers and bodies without any credential", async () => {
    const { page } = stage;
    const auth = Buffer.from(JSON.stringify({ username: "me", password: CANARY })).toString("base64url");
    await api(stage.engine.socket, "POST", "/containers/create?name=looked-at", { Image: stage.image, Cmd: ["true"], Env: [`DB_PASSWORD=${CANARY}`, "PLAIN=seen"], Labels: { quote: `it's "$HOME"` } }, { "x-registry-auth": auth, "user-agent": "journey/1.0" });
    await calls.show(await calls.says("POST /containers/create", "journey 1.0"), "Request");
    const details = calls.details("POST /containers/create");
    await details.getByText("PLAIN=seen").waitFor();
    await details.getByText("DB_PASSWORD=(hidden)").waitFor();
    await calls.show(calls.rows("POST /containers/create").first(), "Headers");
    await details.getByText("x-registry-auth").waitFor();
    await stage.desktop.shot("1-headers");
    await calls.show(calls.rows("POST /containers/create").first(), "Answer");
    await details.getByText(/"Warnings"/).waitFor();
    expect(await page.content()).not.toContain(CANARY);
    await stage.accessible("a call");
    await stage.desktop.shot("2-answer");
    await page.keyboard.press("Escape");
    await details.waitFor({ state: "detached" });
  });

  it("copies a call as a curl command that does the same", async () => {
    const { page } = stage;
    await stage.docker("rm", "looked-at");
    await api(stage.engine.socket, "POST", "/containers/create?name=made-again", { Image: stage.image, Cmd: ["true"], Labels: { quote: `it's "$HOME" \`id\`` } }, { "user-agent": "journey/2.0" });
    await stage.docker("rm", "made-again");
    await calls.show(await calls.says("POST /containers/create", "journey 2.0"), "curl");
    const command = await calls.copiedCurl();
    expect(command).toContain(`--unix-socket ${stage.engine.socket} `);
    const stdout = await must("sh", ["-c", `${command} --silent --write-out ' %{http_code}'`]);
    expect(stdout).toMatch(/"Id":.* 201$/s);
    expect(await stage.docker("inspect", "-f", "{{.Config.Labels.quote}}", "made-again")).toBe(`it's "$HOME" \`id\``);
    await page.getByRole("button", { name: "Close" }).click();
    await calls.says("POST /containers/create", "curl");
  });

  it("shows an exec as open while it lasts, and its bytes at the end", async () => {
    await stage.docker("run", "-d", "--name", "busy", stage.image, "sleep", "1000");
    const exec = stage.engine.docker.run(["exec", "busy", "sh", "-c", "while [ ! -e /stop ]; do sleep 0.05; done; head -c 200000 /dev/zero"]);
    await calls.says(/^POST \/exec\/[0-9a-f]{12}\/start/, "101 open");
    await calls.filter("Status", "Open");
    await calls.says(/^POST \/exec/, /101 open.*\d+ s/);
    await stage.desktop.shot("3-open");
    await api(stage.engine.socket, "PUT", "/slipway/containers/busy/files/content?path=/stop", "now", { "content-type": "application/octet-stream" });
    expect((await exec).code).toBe(0);
    await calls.gone(/^POST \/exec/);
    await calls.filter("Status", "Any status");
    await calls.says(/^POST \/exec/, /101.*20\d kB/);
  });

  it("is narrowed by words, method and status", async () => {
    const { page } = stage;
    expect((await api(stage.engine.socket, "GET", "/containers/nowhere/json")).status).toBe(404);
    await calls.filter("Status", "4xx: refused");
    await calls.says("GET /containers/nowhere/json", "404");
    await calls.gone("GET /containers/json");
    await calls.filter("Status", "Any status");
    await calls.filter("Method", "PUT");
    await calls.says("PUT /slipway/containers/busy/files/content", /20\d/);
    await calls.gone("GET /containers/nowhere/json");
    await calls.search("nothing like it");
    await page.getByText("No call matches.").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await calls.says("GET /containers/nowhere/json", "404");
  });

  it("keeps still under the pointer and while it is paused, and can be emptied", async () => {
    const { page } = stage;
    await calls.rows("GET /containers/nowhere/json").first().hover();
    await stage.docker("volume", "ls");
    await page.getByRole("button", { name: /^\d+ new calls?$/ }).waitFor();
    expect(await calls.rows("GET /volumes").count()).toBe(0);
    await calls.says("GET /volumes", "200");
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await stage.docker("network", "ls");
    await page.getByRole("button", { name: /^Resume, \d+ new$/ }).waitFor();
    await page.mouse.move(2, 2);
    expect(await calls.rows("GET /networks").count()).toBe(0);
    await page.getByRole("button", { name: /^Resume/ }).click();
    await calls.says("GET /networks", "200");
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await page.getByText(/^No other client has called/).waitFor();
    await stage.accessible("an empty list");
    await stage.docker("ps");
    await calls.says("GET /containers/json", "200");
  });

  it("costs nothing once it is left: nobody follows, and no body is kept", async () => {
    await stage.app.goTo("Containers");
    interface List { Calls: { Id: number; Target: string; Open: boolean }[] }
    const list = async (): Promise<List["Calls"]> => (JSON.parse((await api(stage.engine.socket, "GET", "/slipway/requests")).body) as List).Calls;
    await waitFor("the end of following", async () => !(await list()).some(({ Target, Open }) => Open && Target.includes("follow")));
    const create = (await list()).findLast(({ Target }) => Target.includes("/containers/create"));
    expect((JSON.parse((await api(stage.engine.socket, "GET", `/slipway/requests/${create!.Id}`)).body) as { Content: unknown }).Content).toBeNull();
    await stage.docker("rm", "-f", "busy", "made-again");
    expect(stage.desktop.problems).toEqual([]);
  });
});
